/// Gives each input a name for its pictures and label files: its own, numbered where two inputs share one.
struct OutputNames {
    private var taken: Set<String>

    /// - Parameter taken: names that earlier runs gave.
    init(taken: some Sequence<String>) { self.taken = Set(taken) }

    mutating func claim(_ name: String) -> String {
        // A path that climbs stays below the output folder.
        let base = name.split(separator: "/").map { $0 == ".." || $0 == "." ? "_" : $0 }.joined(separator: "/")
        var candidate = base.isEmpty ? "frame" : base
        var number = 2
        while !taken.insert(candidate).inserted {
            candidate = "\(base)-\(number)"
            number += 1
        }
        return candidate
    }
}
