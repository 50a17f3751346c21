internal import Tensors

/// What a journal says of each input, small enough to hold for millions: about 100 bytes an input.
struct JournalIndex {
    /// The latest entry of an input under the present identity.
    struct Done {
        var file: FileStatus?
        /// The first 64 bits of the content's digest; `nil` when it could not be read.
        var content: UInt64?
        var isFailure: Bool
        var error: String?
        var name: String
    }

    private var done: [UInt64: Done] = [:]
    /// Whether the output holds something that the finished file must not: answers under another identity, or to content that
    /// has changed since.
    private(set) var hasStaleOutput = false
    /// End of the last entry's output.
    private(set) var outputEnd = 0
    private(set) var target = Journal.Target.partial
    /// Bytes of the journal up to the end of its last whole line.
    private(set) var byteCount = 0

    init() {}

    private struct BeyondOutput: Error {}

    /// - Parameter outputLimit: entries from the first one on whose output ends behind this are taken for not written.
    /// - Throws: as ``Journal/read(_:_:)``.
    init(path: String, identity: RunIdentity, outputLimit: Int = Int.max) throws {
        var end = 0
        do {
            try Journal.read(path) { line, lineEnd in
                switch line {
                case .marker(let target): self.target = target
                case .entry(let entry):
                    if entry.output.upperBound > outputLimit { throw BeyondOutput() }
                    add(entry, identity: identity)
                }
                end = lineEnd
            }
        } catch is BeyondOutput {}
        byteCount = end
    }

    private mutating func add(_ entry: JournalEntry, identity: RunIdentity) {
        outputEnd = max(outputEnd, entry.output.upperBound)
        let key = Self.key(entry.path, entry.repetition)
        guard entry.identity == identity else {
            hasStaleOutput = true
            return
        }
        let entry = Done(
            file: entry.file, content: entry.sha256.flatMap(Self.prefix), isFailure: entry.status == .failed,
            error: entry.error, name: entry.name)
        if done.updateValue(entry, forKey: key) != nil { hasStaleOutput = true }
    }

    func done(_ path: String, _ repetition: Int) -> Done? { done[Self.key(path, repetition)] }

    var names: some Sequence<String> { done.values.lazy.map(\.name) }

    /// 64 bits of the path's digest: two of a million paths share them once in 37 million runs.
    static func key(_ path: String, _ repetition: Int) -> UInt64 {
        // No path holds a zero byte.
        prefix(SHA256.hex(of: Array(path.utf8) + (repetition > 0 ? Array("\0\(repetition)".utf8) : []))) ?? 0
    }

    static func prefix(_ digest: String) -> UInt64? { UInt64(digest.prefix(16), radix: 16) }
}
