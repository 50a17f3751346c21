/// File names for pictures made of inputs: the input's own name with a new ending, numbered where two inputs share one.
struct AnnotatedNames {
    let paths: [String]

    init(folder: String, files: [String], ending: String) {
        var taken: Set<String> = []
        paths = files.map { file in
            let name = file == "-" ? "stdin" : file.split(separator: "/").last.map { String($0) } ?? "frame"
            let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
            var candidate = stem
            var number = 2
            while !taken.insert(candidate).inserted {
                candidate = "\(stem)-\(number)"
                number += 1
            }
            return "\(folder)/\(candidate).\(ending)"
        }
    }
}
