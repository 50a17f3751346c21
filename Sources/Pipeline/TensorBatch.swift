internal import Glibc
internal import Tensors

/// Joins tensors along their first axis, and takes results apart again.
enum TensorBatch {
    /// Rows of a request: the first extent, which all its tensors must share; `nil` when they do not or one has no axis.
    static func rows(of tensors: [String: Tensor]) -> Int? {
        var rows: Int?
        for tensor in tensors.values {
            guard let first = tensor.shape.dimensions.first, rows ?? first == first else { return nil }
            rows = first
        }
        return rows
    }

    /// The rows of all requests in order. Types and further extents agree.
    static func joined(_ requests: [[String: Tensor]], rows: Int) -> [String: Tensor] {
        guard let first = requests.first else { return [:] }
        var joined: [String: Tensor] = [:]
        for (name, tensor) in first {
            var extents = tensor.shape.dimensions
            extents[0] = rows
            let target = Tensor(dataType: tensor.dataType, shape: Shape(extents), zeroed: false)
            var offset = 0
            for request in requests {
                guard let part = request[name] else { continue }
                memcpy(target.base + offset, part.base, part.byteCount)
                offset += part.byteCount
            }
            joined[name] = target
        }
        return joined
    }

    /// Views of each request's rows; `nil` when an output does not have one row for each of the input's.
    static func split(_ outputs: [String: Tensor], rows counts: [Int]) -> [[String: Tensor]]? {
        let total = counts.reduce(0, +)
        guard outputs.values.allSatisfy({ $0.shape.dimensions.first == total }) else { return nil }
        var start = 0
        return counts.map { count in
            defer { start += count }
            return outputs.mapValues { tensor in
                var extents = tensor.shape.dimensions
                extents[0] = count
                let rowBytes = total == 0 ? 0 : tensor.byteCount / total
                return Tensor(
                    dataType: tensor.dataType, shape: Shape(extents), storage: tensor.storage,
                    byteOffset: tensor.byteOffset + start * rowBytes)
            }
        }
    }

    /// Whether the same bits stand in both.
    static func areIdentical(_ left: [String: Tensor], _ right: [String: Tensor]) -> Bool {
        left.count == right.count
            && left.allSatisfy { name, tensor in
                guard let other = right[name], other.dataType == tensor.dataType, other.shape == tensor.shape else {
                    return false
                }
                return memcmp(tensor.base, other.base, tensor.byteCount) == 0
            }
    }
}
