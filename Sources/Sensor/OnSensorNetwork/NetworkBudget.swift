package import Inference

/// Whether a network fits the memory that a sensor has for it, with weights and activations of 8 bits.
package struct NetworkBudget: Sendable {
    package let name: String
    package let memory: NetworkMemory
    /// Bytes.
    package let limit: Int

    package init(name: String, memory: NetworkMemory, limit: Int) {
        self.name = name
        self.memory = memory
        self.limit = limit
    }

    package var fits: Bool { memory.total <= limit }

    /// - Throws: `networkTooLarge`.
    package func check() throws(SensorError) {
        if !fits { throw .networkTooLarge(name: name, byteCount: memory.total, limit: limit) }
    }

    /// The sums, one line.
    package var summary: String {
        let share = (Double(memory.total) / Double(limit) * 1000).rounded() / 10
        return "\(name) at 8 bits: weights \(memory.weights) + activations \(memory.peak) = \(memory.total) bytes, "
            + "\(share) % of the sensor's \(limit)" + (fits ? "" : ": it does not fit")
    }

    /// A table of the layers in bytes, with the most that is alive marked.
    package var table: [String] {
        let headings = ["layer", "operator", "weights", "outputs", "alive"]
        let rows = memory.layers.enumerated().map { index, layer in
            [
                layer.name.isEmpty ? "#\(index)" : String(layer.name.suffix(40)), layer.operation, "\(layer.weights)",
                "\(layer.activations)", "\(layer.live)" + (layer.live == memory.peak ? " *" : ""),
            ]
        }
        let widths = headings.indices.map { column in ([headings] + rows).map { $0[column].count }.max() ?? 0 }
        return ([headings] + rows).map { row in
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                // Numbers to the right; the mark stays beyond them.
                return (2...3).contains(column) ? padding + row[column] : row[column] + padding
            }.joined(separator: "  ").trimmingTrailingSpaces
        }
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
