#if FOVEA_SERVER
import FoundationEssentials
import Sensor
import StrictJSON
import Vision

/// Tells a person or a script what became of each frame of a stream.
struct StreamReport: Sendable {
    enum Style: Sendable { case lines, json, quiet }

    let style: Style
    /// Said of each frame when there are several sensors.
    var sensor: String?

    func show(_ event: StreamEvent) {
        switch event {
        case .answered(let sequence, let latency, let body):
            switch style {
            case .quiet: return
            case .json: try? StandardOutput.write(line: body)
            case .lines: try? StandardOutput.write(line: line(sequence: sequence, latency: latency, body: body))
            }
        case .dropped(let sequence, let reason, let detail):
            if style == .quiet && reason == .backpressure { return }
            StandardError.print(
                "\(prefix)frame \(sequence)  dropped: \(reason.rawValue)\(detail.map { ": \($0)" } ?? "")")
        }
    }

    private var prefix: String { sensor.map { "\($0)  " } ?? "" }

    private func line(sequence: UInt64, latency: Duration, body: [UInt8]) -> String {
        let head = "\(prefix)frame \(sequence)  \(Self.milliseconds(latency)) ms"
        guard let result = try? JSONDecoder().decode(FrameResult.self, from: Data(body)) else { return head }
        let stages = ["decode", "develop", "prepare", "inference", "hash"].compactMap { stage in
            result.timings[stage].map { "\(stage) \(Self.rounded($0))" }
        }
        let named =
            (result.detections ?? []).map { ($0.label, $0.score) }
            + (result.classifications ?? []).map { ($0.label, $0.score) }
        let labels = named.map { "\($0) \(Self.rounded(Double($1), digits: 2))" }
        let found = labels.isEmpty ? "nothing found" : labels.joined(separator: ", ")
        return "\(head)  [\(stages.joined(separator: ", "))]  \(found)"
    }

    static func summary(_ totals: StreamTotals) -> String {
        let reasons = totals.dropped.filter { $0.value > 0 }.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.value) \($0.key.rawValue)" }
        let dropped =
            "\(totals.droppedCount) dropped" + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))")
        return "\(totals.generated) frames = \(totals.answered) answered + \(dropped)"
    }

    /// What making the frames cost, per frame and for two megapixels.
    static func making(_ totals: StreamTotals, mode: SensorDataSheet.Mode) -> String {
        guard totals.made > 0 else { return "no frame was made" }
        let frame = totals.makingTime / .milliseconds(1) / Double(totals.made)
        let megapixels = Double(mode.width * mode.height) / 1e6
        return "\(rounded(frame, digits: 2)) ms of processor time to make a frame, "
            + "\(rounded(frame * 2 / megapixels, digits: 2)) ms for 2 megapixels"
    }

    /// The totals of each sensor by name.
    static func json(_ totals: [(String, StreamTotals)]) throws -> [UInt8] {
        struct Totals: Encodable {
            var generated: UInt64
            var answered: UInt64
            var dropped: [String: UInt64]
            var broken: UInt64
            var brokenAnswered: UInt64
            var repeated: UInt64
            var disconnections: UInt64
            var processorMilliseconds: Double
        }
        let entries = totals.map { name, totals in
            let dropped = totals.dropped.map { ($0.key.rawValue, $0.value) }
            return (
                name,
                Totals(
                    generated: totals.generated, answered: totals.answered,
                    dropped: Dictionary(uniqueKeysWithValues: dropped), broken: totals.broken,
                    brokenAnswered: totals.brokenAnswered, repeated: totals.repeated,
                    disconnections: totals.disconnections,
                    processorMilliseconds: totals.makingTime / .milliseconds(1))
            )
        }
        return try JSONText.indented(Dictionary(uniqueKeysWithValues: entries))
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let parts = duration.components
        return rounded(Double(parts.seconds) * 1e3 + Double(parts.attoseconds) / 1e15)
    }

    private static func rounded(_ value: Double, digits: Int = 1) -> String {
        let scale = digits == 1 ? 10.0 : 100.0
        return "\((value * scale).rounded() / scale)"
    }
}
#endif
