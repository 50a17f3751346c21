import GRDB

/// The tables, and how older files become today's.
enum ResultSchema {
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 results") { db in try db.execute(sql: results) }
        migrator.registerMigration("2 jobs") { db in try db.execute(sql: jobs) }
        return migrator
    }()

    /// `chain` has one row a sensor: where its kept results begin, and the last one's number and hash. `removal` stands for
    /// results that were deleted from the middle of a chain. Triggers keep the sum of bytes, and drop a blob with the last
    /// result that has it.
    private static let results = """
        CREATE TABLE chain (
            name TEXT PRIMARY KEY, first INTEGER NOT NULL, number INTEGER NOT NULL, sha256 TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE blob (
            sha256 TEXT PRIMARY KEY, type TEXT NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL
        );
        CREATE TABLE result (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            chain TEXT NOT NULL, number INTEGER NOT NULL, previous TEXT NOT NULL, sha256 TEXT NOT NULL,
            time INTEGER NOT NULL, sensor TEXT, model TEXT NOT NULL, best REAL,
            frame TEXT REFERENCES blob (sha256), picture TEXT REFERENCES blob (sha256),
            size INTEGER NOT NULL, request BLOB NOT NULL, document BLOB NOT NULL,
            UNIQUE (chain, number)
        );
        CREATE INDEX result_sensor ON result (sensor, id);
        CREATE INDEX result_model ON result (model, id);
        CREATE INDEX result_time ON result (time);
        CREATE INDEX result_frame ON result (frame) WHERE frame IS NOT NULL;
        CREATE INDEX result_picture ON result (picture) WHERE picture IS NOT NULL;
        CREATE TABLE finding (
            label TEXT NOT NULL, result INTEGER NOT NULL REFERENCES result (id) ON DELETE CASCADE, score REAL NOT NULL,
            PRIMARY KEY (label, result)
        ) WITHOUT ROWID;
        CREATE INDEX finding_result ON finding (result);
        CREATE TABLE removal (
            chain TEXT NOT NULL, number INTEGER NOT NULL, previous TEXT NOT NULL, sha256 TEXT NOT NULL,
            time INTEGER NOT NULL, PRIMARY KEY (chain, number)
        ) WITHOUT ROWID;
        CREATE TABLE usage (bytes INTEGER NOT NULL);
        INSERT INTO usage VALUES (0);
        CREATE TRIGGER result_added AFTER INSERT ON result BEGIN
            UPDATE usage SET bytes = bytes + NEW.size;
        END;
        CREATE TRIGGER result_gone AFTER DELETE ON result BEGIN
            UPDATE usage SET bytes = bytes - OLD.size;
            DELETE FROM blob WHERE sha256 IN (OLD.frame, OLD.picture)
                AND NOT EXISTS (SELECT 1 FROM result WHERE frame = blob.sha256)
                AND NOT EXISTS (SELECT 1 FROM result WHERE picture = blob.sha256);
        END;
        CREATE TRIGGER blob_added AFTER INSERT ON blob BEGIN
            UPDATE usage SET bytes = bytes + NEW.size;
        END;
        CREATE TRIGGER blob_gone AFTER DELETE ON blob BEGIN
            UPDATE usage SET bytes = bytes - OLD.size;
        END;
        """

    private static let jobs = """
        CREATE TABLE job (id TEXT PRIMARY KEY, created INTEGER NOT NULL, document BLOB NOT NULL) WITHOUT ROWID;
        """
}
