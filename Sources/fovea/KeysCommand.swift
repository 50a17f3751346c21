#if FOVEA_SERVER
import ArgumentParser
import FoundationEssentials
import Service
import Tensors

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, list and revoke the keys that clients need.",
        discussion: "A running service reads the file anew when it changes.",
        subcommands: [Create.self, List.self, Revoke.self, Rotate.self]
    )

    struct FileOption: ParsableArguments {
        @Option(help: "The key file, as the setting service.keys names it.")
        var file: String

        /// The file's keys; none for a file that is not there yet.
        func read() throws -> KeyFile { DirectoryListing.exists(file) ? try KeyFile(path: file) : KeyFile() }

        func write(_ keys: KeyFile) throws { try FileWriting.write(keys.json, to: file) }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key and print it. It is shown this once: the file holds only its hash.")

        @OptionGroup var file: FileOption

        @Argument(help: "A name for the key, unique in the file.")
        var id: String

        @Option(help: "What it allows, separated by commas: analyze, read, manage, metrics.")
        var scopes: String = "analyze,read"

        @Option(help: "Days after which it expires; by default it does not.")
        var days: Int?

        @Option(help: "Requests a second that it may send; by default as many as are answered.")
        var perSecond: Double?

        @Option(help: "Requests a day, from midnight to midnight UTC, that it may send; by default any number.")
        var perDay: Int?

        func validate() throws {
            if let perDay, !(1...1_000_000_000).contains(perDay) {
                throw ValidationError("--per-day is \(perDay), allowed are 1 to 1000000000")
            }
            if id.isEmpty || id.utf8.count > 128 { throw ValidationError("the name has 1 to 128 bytes") }
            if let days, !(1...36_500).contains(days) {
                throw ValidationError("--days is \(days), allowed are 1 to 36500")
            }
            if let perSecond, !(0.001...1e6).contains(perSecond) {
                throw ValidationError("--per-second is \(perSecond), allowed are 0.001 to 1000000")
            }
            _ = try scopeSet
        }

        private var scopeSet: Set<Scope> {
            get throws {
                Set(
                    try scopes.split(separator: ",").map { name in
                        guard let scope = Scope(rawValue: String(name)) else {
                            let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                            throw ValidationError("--scopes has '\(name)', allowed are \(known)")
                        }
                        return scope
                    })
            }
        }

        func run() throws {
            var keys = try file.read()
            guard !keys.keys.contains(where: { $0.id == id }) else {
                throw ConfigurationError.unreadable(key: file.file, detail: "there is a key '\(id)' already")
            }
            let text = APIKey.makeText()
            let now = Date()
            keys.keys.append(
                APIKey(
                    id: id, sha256: APIKey.digest(of: text), scopes: try scopeSet, created: now,
                    expires: days.map { now.addingTimeInterval(Double($0) * 86_400) }, perSecond: perSecond,
                    perDay: perDay))
            try file.write(keys)
            try StandardOutput.write(line: text)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the keys by name.")

        @OptionGroup var file: FileOption

        func run() throws {
            for key in try file.read().keys {
                let scopes = key.scopes.map(\.rawValue).sorted().joined(separator: ",")
                let expiry = key.expires.map { date in
                    (key.isExpired(at: Date()) ? "expired " : "expires ") + date.formatted(.iso8601)
                }
                let rate = key.perSecond.map { "\($0) a second" }
                try StandardOutput.write(
                    line: [
                        key.id, scopes, "created " + key.created.formatted(.iso8601), expiry ?? "does not expire",
                        rate ?? "any rate", key.perDay.map { "\($0) a day" } ?? "any number",
                    ].joined(separator: "\t"))
            }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a key out of the file: it no longer works.")

        @OptionGroup var file: FileOption

        @Argument(help: "The key's name.")
        var id: String

        func run() throws {
            var keys = try file.read()
            try KeysCommand.require(id, in: keys, file.file)
            keys.keys.removeAll { $0.id == id }
            try file.write(keys)
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace a key by a new one of the same name and rights, and print it.")

        @OptionGroup var file: FileOption

        @Argument(help: "The key's name.")
        var id: String

        func run() throws {
            var keys = try file.read()
            let place = try KeysCommand.require(id, in: keys, file.file)
            let text = APIKey.makeText()
            keys.keys[place].sha256 = APIKey.digest(of: text)
            keys.keys[place].created = Date()
            try file.write(keys)
            try StandardOutput.write(line: text)
        }
    }

    @discardableResult
    private static func require(_ id: String, in keys: KeyFile, _ path: String) throws -> Int {
        guard let place = keys.keys.firstIndex(where: { $0.id == id }) else {
            throw ConfigurationError.unreadable(key: path, detail: "there is no key '\(id)'")
        }
        return place
    }
}
#endif
