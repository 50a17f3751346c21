extension FrameResult {
    /// The columns of ``csvRows``, one line with its line break.
    package static let csvHeader = "source,sha256,width,height,label,class_id,score,x0,y0,x1,y1,error\n"

    /// A line for each detection or class, boxes in pixels of the upright frame; one with empty columns when nothing was found.
    ///
    /// Quoting is RFC 4180's; lines end with a line feed.
    package var csvRows: String {
        let head = [csvField(frame.source ?? ""), frame.sha256, "\(frame.width)", "\(frame.height)"]
        var rows: [[String]] = []
        for detection in detections ?? [] {
            rows.append(
                head + [csvField(detection.label), "\(detection.classID)", "\(detection.score)"]
                    + detection.box.map { "\($0)" } + [""])
        }
        for answer in classifications ?? [] {
            rows.append(
                head + [csvField(answer.label), "\(answer.classID)", "\(answer.score)"] + ["", "", "", "", ""])
        }
        if rows.isEmpty { rows = [head + Array(repeating: "", count: 8)] }
        return rows.map { $0.joined(separator: ",") + "\n" }.joined()
    }

    /// The line of an input that could not be answered.
    package static func csvFailure(source: String, error: String) -> String {
        csvField(source) + ",,,,,,,,,,," + csvField(error) + "\n"
    }
}

private func csvField(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
}
