import Batch
import StrictJSON

/// Tells how far a batch is: a bar that is drawn over itself, or JSON lines.
final class ProgressDisplay {
    enum Style: String, CaseIterable { case auto, bar, json, none }

    private let style: Style
    private var meter = ProgressMeter()
    private var lastShown = 0.0
    private var hasBar = false

    init(_ style: Style) {
        self.style = style == .auto ? (StandardError.isTerminal ? .bar : .json) : style
    }

    /// Shows progress, not more often than eyes or logs want it.
    func show(_ totals: BatchTotals) {
        guard style != .none, totals.seconds - lastShown >= (style == .bar ? 0.2 : 5) else { return }
        lastShown = totals.seconds
        meter.note(seconds: totals.seconds, totals: totals)
        switch style {
        case .bar:
            hasBar = true
            StandardError.write("\r\u{1B}[K" + bar(totals))
        case .json: StandardError.print(line(totals))
        case .auto, .none: break
        }
    }

    /// Ends the bar, and says what became of the inputs.
    func finish(_ totals: BatchTotals) {
        if hasBar { StandardError.write("\r\u{1B}[K") }
        guard style == .bar || (style == .json && lastShown > 0) else { return }
        let rate = totals.seconds > 0 ? Double(totals.answered) / totals.seconds : 0
        let skipped = totals.skipped > 0 ? ", \(totals.skipped) done before" : ""
        StandardError.print(
            "fovea: \(totals.inputs) inputs: \(totals.answered) answered\(skipped), \(totals.failed) failed; "
                + "\(Self.rounded(rate))/s over \(Self.clock(totals.seconds))")
    }

    private func bar(_ totals: BatchTotals) -> String {
        var parts = ["\(totals.inputs)"]
        if let expected = totals.expected {
            let share = expected > 0 ? Double(totals.inputs) / Double(expected) : 1
            let width = 30
            let filled = min(width, Int(share * Double(width)))
            let strip = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            parts = ["\(strip) \(Int(share * 100))%  \(totals.inputs)/\(expected)"]
        }
        if let rate = meter.rate { parts.append("\(Self.rounded(rate))/s") }
        if let remaining = meter.remaining(totals) { parts.append("\(Self.clock(remaining)) left") }
        if totals.failed > 0 { parts.append("\(totals.failed) failed") }
        return parts.joined(separator: "  ")
    }

    private func line(_ totals: BatchTotals) -> String {
        var json = JSONWriter(pretty: false)
        json.object { json in
            for (key, value) in [
                ("done", totals.inputs), ("total", totals.expected), ("answered", totals.answered),
                ("failed", totals.failed), ("skipped", totals.skipped),
            ] {
                guard let value else { continue }
                json.key(key)
                json.value(value)
            }
            for (key, value) in [
                ("seconds", totals.seconds), ("rate", meter.rate), ("remaining", meter.remaining(totals)),
            ] {
                guard let value else { continue }
                json.key(key)
                json.value((value * 100).rounded() / 100)
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    private static func clock(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 1e8).rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return (whole >= 3600 ? "\(whole / 3600):" : "") + "\(two(whole / 60 % 60)):\(two(whole % 60))"
    }
}
