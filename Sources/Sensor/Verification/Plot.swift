import Glibc

/// A diagram as SVG: points and lines over two axes.
struct Plot {
    enum Scale { case linear, logarithmic }

    struct Axis {
        var title: String
        var range: ClosedRange<Double>
        var scale = Scale.linear

        /// 0…1 within the range.
        func place(_ value: Double) -> Double {
            switch scale {
            case .linear: (value - range.lowerBound) / (range.upperBound - range.lowerBound)
            case .logarithmic:
                value > 0 ? log10(value / range.lowerBound) / log10(range.upperBound / range.lowerBound) : -1
            }
        }

        var ticks: [Double] {
            switch scale {
            case .linear:
                let step = Plot.niceStep(range.upperBound - range.lowerBound)
                return stride(
                    from: (range.lowerBound / step).rounded(.up) * step, through: range.upperBound + step * 1e-9,
                    by: step
                ).map { abs($0) < step * 1e-9 ? 0 : $0 }
            case .logarithmic:
                var tick = 1e-6
                var ticks: [Double] = []
                while tick <= range.upperBound * 1.000_001 {
                    if tick >= range.lowerBound * 0.999_999 { ticks.append(tick) }
                    tick *= 10
                }
                return ticks
            }
        }
    }

    struct Series {
        var label: String
        var points: [(x: Double, y: Double)]
        var color: String
        /// Joined by a line, else dots.
        var isLine: Bool
    }

    var title: String
    var x: Axis
    var y: Axis
    var series: [Series]

    private static let size = (width: 720.0, height: 480.0)
    private static let area = (left: 80.0, top: 50.0, right: 700.0, bottom: 420.0)

    var svg: String {
        let (left, top, right, bottom) = Self.area
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(Self.size.width))" height="\(Int(Self.size.height))" \
            viewBox="0 0 \(Int(Self.size.width)) \(Int(Self.size.height))" font-family="sans-serif" font-size="13">
            <rect width="100%" height="100%" fill="white"/>
            <text x="\(left)" y="28" font-size="17">\(Self.escaped(title))</text>

            """
        for tick in x.ticks {
            let place = left + x.place(tick) * (right - left)
            text += Self.line(place, top, place, bottom, "#ddd")
            text += Self.label(Self.number(tick), x: place, y: bottom + 18, anchor: "middle")
        }
        for tick in y.ticks {
            let place = bottom - y.place(tick) * (bottom - top)
            text += Self.line(left, place, right, place, "#ddd")
            text += Self.label(Self.number(tick), x: left - 6, y: place + 4, anchor: "end")
        }
        text += "<rect x=\"\(left)\" y=\"\(top)\" width=\"\(right - left)\" height=\"\(bottom - top)\" "
        text += "fill=\"none\" stroke=\"#333\"/>\n"
        text += Self.label(x.title, x: (left + right) / 2, y: bottom + 42, anchor: "middle")
        text += "<text transform=\"translate(20 \((top + bottom) / 2)) rotate(-90)\" text-anchor=\"middle\">"
        text += "\(Self.escaped(y.title))</text>\n"
        for (index, series) in series.enumerated() {
            text += draw(series)
            let place = top + 20 + 20 * Double(index)
            text += "<rect x=\"\(left + 12)\" y=\"\(place - 9)\" width=\"12\" height=\"8\" fill=\"\(series.color)\"/>\n"
            text += Self.label(series.label, x: left + 30, y: place, anchor: "start")
        }
        return text + "</svg>\n"
    }

    private func draw(_ series: Series) -> String {
        let (left, top, right, bottom) = Self.area
        let places = series.points.map { point in (x.place(point.x), y.place(point.y)) }
            .filter { (-0.001...1.001).contains($0.0) && (-0.001...1.001).contains($0.1) }
            .map { (Self.rounded(left + $0.0 * (right - left)), Self.rounded(bottom - $0.1 * (bottom - top))) }
        if series.isLine {
            let path = places.map { "\($0.0),\($0.1)" }.joined(separator: " ")
            return "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(series.color)\" stroke-width=\"1.5\"/>\n"
        }
        return places.map { "<circle cx=\"\($0.0)\" cy=\"\($0.1)\" r=\"3.5\" fill=\"\(series.color)\"/>\n" }.joined()
    }

    private static func line(_ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double, _ color: String) -> String {
        "<line x1=\"\(rounded(x0))\" y1=\"\(rounded(y0))\" x2=\"\(rounded(x1))\" y2=\"\(rounded(y1))\" stroke=\"\(color)\"/>\n"
    }

    private static func label(_ text: String, x: Double, y: Double, anchor: String) -> String {
        "<text x=\"\(rounded(x))\" y=\"\(rounded(y))\" text-anchor=\"\(anchor)\">\(escaped(text))</text>\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    /// Four digits at most, no trailing zeros.
    static func number(_ value: Double) -> String {
        if value == 0 { return "0" }
        var unit = 1.0
        while abs(value) * unit < 1000, unit < 1e9 { unit *= 10 }
        let shown = (value * unit).rounded() / unit
        return Int(exactly: shown).map { "\($0)" } ?? "\(shown)"
    }

    private static func niceStep(_ span: Double) -> Double {
        var step = 1e-9
        while span / step > 100 { step *= 10 }
        // Now 10…100 steps.
        return [1.0, 2, 5, 10].map { $0 * step }.first { span / $0 <= 10 } ?? 10 * step
    }
}
