#if FOVEA_SERVER
import ArgumentParser
import Store

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Look after the database of results that `fovea serve` writes.",
        discussion: "All of this works while the service runs.",
        subcommands: [Check.self, Backup.self, Export.self]
    )

    struct Database: ParsableArguments {
        @Argument(help: "The SQLite file, as the setting store.path names it.")
        var database: String

        func open() throws -> ResultsDatabase { try ResultsDatabase(path: database, mustExist: true) }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the file and everything in it.",
            discussion: """
                Every page and index, references and sums, the hashes of stored frames and pictures, and the chains of \
                results. Exit code 0: sound; 1: not, each fault on a line; 4: it cannot be read.
                """)

        @OptionGroup var database: Database

        func run() throws {
            let store = try database.open()
            var verifier = ChainVerifier()
            var faults = try store.faults()
            try store.verify(&verifier)
            faults += verifier.faults.map(\.description)
            try VerifyCommand.report(faults, verifier)
        }
    }

    struct Backup: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a consistent copy.",
            discussion: "The copy is one file, without the -wal and -shm beside it, and can be served as it is.")

        @OptionGroup var database: Database

        @Argument(help: "The copy. A file that is there already is not overwritten.")
        var target: String

        func run() throws { try database.open().backUp(to: target) }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write all results as JSON lines, sensor by sensor, the oldest first.",
            discussion:
                "`fovea verify` checks such a file anywhere. Deleted results show as lines that only have their hash.")

        @OptionGroup var database: Database

        func run() throws { try database.open().export { try StandardOutput.write(line: $0) } }
    }
}
#endif
