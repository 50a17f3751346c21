/// Where labels come from when nobody gives them.
package enum LabelSource {
    /// The class names that Ultralytics writes into its files: `{0: 'person', 1: "traffic light"}`.
    static func metadata(_ metadata: [String: String]) -> [String]? {
        guard let text = metadata["names"], text.utf8.count <= 1 << 20 else { return nil }
        var names: [Int: String] = [:]
        var rest = text.dropFirst()
        while let colon = rest.firstIndex(of: ":") {
            guard let number = Int(rest[..<colon].filter { $0.isNumber }) else { return nil }
            rest = rest[rest.index(after: colon)...].drop { $0 == " " }
            guard let quote = rest.first, quote == "'" || quote == "\"" else { return nil }
            rest = rest.dropFirst()
            guard let end = rest.firstIndex(of: quote) else { return nil }
            names[number] = String(rest[..<end])
            rest = rest[rest.index(after: end)...]
        }
        let labels = (0..<names.count).compactMap { names[$0] }
        return labels.count == names.count && !labels.isEmpty && labels.allSatisfy { (1...128).contains($0.utf8.count) }
            ? labels : nil
    }

    /// The characters that PaddleOCR writes into its files, a line each, with the blank before and the space behind them.
    static func characters(_ metadata: [String: String]) -> [String]? {
        guard let text = metadata["character"], text.utf8.count <= 1 << 20 else { return nil }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        if lines.last == "" { lines.removeLast() }
        guard !lines.isEmpty, lines.allSatisfy({ (1...128).contains($0.utf8.count) }) else { return nil }
        return ["(blank)"] + lines + [" "]
    }

    /// COCO's labels for 80 classes, or 91 with numbers that were never used; else numbers.
    static func standard(_ count: Int, head: ModelManifest.Head) -> [String] {
        if case .pose = head { return ["person"] }
        if case .centerFace = head { return ["face"] }
        if case .textRegions = head { return ["text"] }
        if count == 80 { return COCOCategories.labels }
        if count == 91 { return (0..<91).map { COCOCategories.label($0) ?? "class \($0)" } }
        return (0..<count).map { "class \($0)" }
    }

    /// COCO's for 17 points, else numbers.
    static func keypoints(_ count: Int) -> [String] {
        let body = [
            "nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder", "left elbow",
            "right elbow", "left wrist", "right wrist", "left hip", "right hip", "left knee", "right knee",
            "left ankle", "right ankle",
        ]
        return count == body.count ? body : (0..<count).map { "point \($0)" }
    }
}
