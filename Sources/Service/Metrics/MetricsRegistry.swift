import Synchronization

/// Counters, gauges and histograms in Prometheus' text format (version 0.0.4).
final class MetricsRegistry: Sendable {
    private let families = Mutex<[any MetricFamily]>([])

    func counter(_ name: String, _ help: String, labels: [String] = []) -> Counter {
        add(Counter(name: name, help: help, labels: labels))
    }

    func histogram(_ name: String, _ help: String, labels: [String] = [], buckets: [Double]) -> Histogram {
        add(Histogram(name: name, help: help, labels: labels, buckets: buckets))
    }

    /// Samples are asked for when the metrics are read.
    func observed(
        _ name: String, _ help: String, kind: ObservedFamily.Kind, labels: [String] = [],
        samples: @escaping @Sendable () -> [(labels: [String], value: Double)]
    ) {
        _ = add(ObservedFamily(name: name, help: help, kind: kind, labels: labels, samples: samples))
    }

    private func add<Family: MetricFamily>(_ family: Family) -> Family {
        families.withLock { $0.append(family) }
        return family
    }

    func render() -> String {
        var text = ""
        for family in families.withLock({ $0 }) {
            text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.type)\n"
            family.write(into: &text)
        }
        return text
    }
}

protocol MetricFamily: Sendable {
    var name: String { get }
    var help: String { get }
    var type: String { get }
    func write(into text: inout String)
}

/// A number that only grows, one for each combination of label values.
final class Counter: MetricFamily {
    let name: String
    let help: String
    let type = "counter"
    private let labels: [String]
    private let values = Mutex<[[String]: Double]>([:])

    fileprivate init(name: String, help: String, labels: [String]) {
        self.name = name
        self.help = help
        self.labels = labels
        if labels.isEmpty { values.withLock { $0[[]] = 0 } }
    }

    func add(_ amount: Double = 1, _ labelValues: String...) {
        precondition(labelValues.count == labels.count)
        values.withLock { $0[labelValues, default: 0] += amount }
    }

    /// Moves what was counted under one value of a label to another value, so that the sum stays and the series goes.
    func fold(_ label: String, _ value: String, into other: String) {
        guard let place = labels.firstIndex(of: label) else { return }
        values.withLock { values in
            for (key, amount) in values where key[place] == value {
                values[key] = nil
                var folded = key
                folded[place] = other
                values[folded, default: 0] += amount
            }
        }
    }

    func write(into text: inout String) {
        for (labelValues, value) in values.withLock({ $0 }).sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            MetricText.sample(name, labels, labelValues, value, into: &text)
        }
    }
}

/// How often values fell at or below fixed bounds.
final class Histogram: MetricFamily {
    let name: String
    let help: String
    let type = "histogram"
    private let labels: [String]
    private let bounds: [Double]

    private struct Counts {
        var buckets: [Int]
        var sum = 0.0
    }

    private let series = Mutex<[[String]: Counts]>([:])

    fileprivate init(name: String, help: String, labels: [String], buckets: [Double]) {
        precondition(buckets == buckets.sorted() && !buckets.isEmpty)
        self.name = name
        self.help = help
        self.labels = labels
        bounds = buckets
    }

    func observe(_ value: Double, _ labelValues: String...) {
        precondition(labelValues.count == labels.count)
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        series.withLock {
            let empty = Counts(buckets: Array(repeating: 0, count: bounds.count + 1))
            $0[labelValues, default: empty].buckets[bucket] += 1
            $0[labelValues, default: empty].sum += value
        }
    }

    func write(into text: inout String) {
        for (labelValues, counts) in series.withLock({ $0 }).sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            var total = 0
            for (bound, count) in zip(bounds + [.infinity], counts.buckets) {
                total += count
                let le = MetricText.number(bound)
                MetricText.sample("\(name)_bucket", labels + ["le"], labelValues + [le], Double(total), into: &text)
            }
            MetricText.sample("\(name)_sum", labels, labelValues, counts.sum, into: &text)
            MetricText.sample("\(name)_count", labels, labelValues, Double(total), into: &text)
        }
    }
}

/// Values that live elsewhere and are read when metrics are.
final class ObservedFamily: MetricFamily {
    enum Kind: String, Sendable {
        case counter, gauge
    }

    let name: String
    let help: String
    let type: String
    private let labels: [String]
    private let samples: @Sendable () -> [(labels: [String], value: Double)]

    fileprivate init(
        name: String, help: String, kind: Kind, labels: [String],
        samples: @escaping @Sendable () -> [(labels: [String], value: Double)]
    ) {
        self.name = name
        self.help = help
        type = kind.rawValue
        self.labels = labels
        self.samples = samples
    }

    func write(into text: inout String) {
        for sample in samples() { MetricText.sample(name, labels, sample.labels, sample.value, into: &text) }
    }
}

private enum MetricText {
    static func sample(
        _ name: String, _ labels: [String], _ values: [String], _ value: Double, into text: inout String
    ) {
        text += name
        if !labels.isEmpty {
            text += "{" + zip(labels, values).map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",") + "}"
        }
        text += " \(number(value))\n"
    }

    static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        if value.rounded() == value, abs(value) < 1e15 { return "\(Int(value))" }
        return "\(value)"
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
