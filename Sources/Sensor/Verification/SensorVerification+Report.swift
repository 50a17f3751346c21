import StrictJSON

extension SensorVerification {
    /// What was measured, as indented JSON.
    package func json() throws(SensorError) -> [UInt8] {
        struct Report: Encodable {
            var schema = "fovea.sensor-verification/1"
            var sensor: String
            var mode: String
            var quantities: [Quantity]
            var photonTransfer: [[Double]]
        }
        let report = Report(
            sensor: sheet.name, mode: mode.name, quantities: quantities,
            photonTransfer: transfer.map { [$0.electrons, $0.mean, $0.variance] })
        do { return try JSONText.indented(report) } catch {
            throw .badDataSheet(field: "report", detail: "\(error)")
        }
    }

    /// The same as a table for people.
    package var lines: [String] {
        let header = Self.row("", "data sheet", "measured", "", "off by", "may be")
        return [header]
            + quantities.map { quantity in
                let isRelative = quantity.stated != 0
                return Self.row(
                    quantity.name, Self.number(quantity.stated), Self.number(quantity.measured), quantity.unit,
                    isRelative ? Self.percent(quantity.deviation) : Self.number(quantity.deviation),
                    isRelative ? Self.percent(quantity.tolerance) : Self.number(quantity.tolerance))
                    + (quantity.holds ? "" : "  FAILS")
            }
    }

    private static func row(
        _ name: String, _ stated: String, _ measured: String, _ unit: String, _ off: String, _ limit: String
    ) -> String {
        padded(name, 32) + right(stated, 11) + right(measured, 11) + " " + padded(unit, 10) + right(off, 10)
            + right(limit, 10)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }

    private static func number(_ value: Double) -> String { Plot.number(value) }

    private static func percent(_ value: Double) -> String { "\((value * 100_00).rounded() / 100) %" }
}
