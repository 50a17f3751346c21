#if FOVEA_SERVER
import ArgumentParser
import Store
import Tensors

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check offline that stored results are unchanged and complete.",
        discussion: """
            Each result of a sensor carries its own hash and that of the one before. Found are results that were changed, left \
            out or moved, and those that do not say from which frame, ISP profile and model they came. A chain that was made \
            anew as a whole, or lost its end, shows only against a hash that was noted before: --expect. \
            Exit code 0: all is as it was stored; 1: it is not, each fault on a line; 4: the input cannot be read.
            """
    )

    @Argument(help: "JSON lines, as `fovea store export` writes them; - for standard input.")
    var file: String?

    @Option(help: "A database of results instead of a file; its chains' ends are checked too.")
    var store: String?

    @Option(help: "A result's hash that must occur. Can be given several times.")
    var expect: [String] = []

    func validate() throws {
        if (file == nil) == (store == nil) { throw ValidationError("name a file, or a database with --store") }
        for hash in expect where hash.utf8.count != 64 {
            throw ValidationError("--expect is '\(hash)', but a hash has 64 hexadecimal digits")
        }
    }

    func run() throws {
        var verifier = ChainVerifier()
        for hash in expect { verifier.expect(hash.lowercased()) }
        if let store {
            try ResultsDatabase(path: store, mustExist: true).verify(&verifier)
        } else if let file {
            let bytes = try ByteStorage.reading(path: file, maximumByteCount: Self.byteLimit)
            var number = 0
            for line in bytes.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
                number += 1
                if !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) {
                    verifier.take(Array(line), place: "line \(number)")
                }
            }
            withExtendedLifetime(bytes) {}
            verifier.finish()
        }
        try Self.report(verifier.faults.map(\.description), verifier)
    }

    private static let byteLimit = 4 << 30

    /// Prints faults and a sum.
    ///
    /// - Throws: `ExitStatus.someInputsFailed` when there are faults.
    static func report(_ faults: [String], _ verifier: ChainVerifier) throws {
        for fault in faults { try StandardOutput.write(line: fault) }
        let removed = verifier.removedCount > 0 ? ", \(verifier.removedCount) deleted" : ""
        StandardError.print(
            "\(verifier.resultCount) results in \(verifier.chainCount) chains\(removed): "
                + (faults.isEmpty ? "sound" : "\(faults.count) faults"))
        if !faults.isEmpty { throw ExitStatus.someInputsFailed }
    }
}
#endif
