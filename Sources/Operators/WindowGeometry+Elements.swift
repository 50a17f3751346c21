internal import Graph
internal import Tensors

extension WindowGeometry {
    /// Calls `body` for each output position, in row-major order, with the input elements (row-major index within the
    /// plane) that the window meets there.
    func forEachWindow(_ body: (_ position: Int, _ elements: [Int]) -> Void) {
        var elements: [Int] = []
        let inputStrides = Shape(input).strides
        let outputStrides = Shape(output).strides
        let kernelStrides = Shape(kernel).strides
        for position in 0..<outputCount {
            elements.removeAll(keepingCapacity: true)
            for tap in 0..<kernelCount {
                var element = 0
                var isInside = true
                for axis in 0..<rank {
                    let place =
                        position / outputStrides[axis] % output[axis] * stride[axis]
                        + tap / kernelStrides[axis] % kernel[axis] * dilation[axis] - before[axis]
                    isInside = isInside && place >= 0 && place < input[axis]
                    element += place * inputStrides[axis]
                }
                if isInside { elements.append(element) }
            }
            body(position, elements)
        }
    }

    /// Calls `body` for each output position and kernel element that meets an input element, all row-major indices.
    func forEachTap(_ body: (_ position: Int, _ tap: Int, _ element: Int) -> Void) {
        let inputStrides = Shape(input).strides
        let outputStrides = Shape(output).strides
        let kernelStrides = Shape(kernel).strides
        for position in 0..<outputCount {
            for tap in 0..<kernelCount {
                var element = 0
                for axis in 0..<rank where element >= 0 {
                    let place =
                        position / outputStrides[axis] % output[axis] * stride[axis]
                        + tap / kernelStrides[axis] % kernel[axis] * dilation[axis] - before[axis]
                    element = place >= 0 && place < input[axis] ? element + place * inputStrides[axis] : -1
                }
                if element >= 0 { body(position, tap, element) }
            }
        }
    }

    /// Kernel elements that lie in the input or its padding at an output position; those beyond do not count.
    func paddedElementCount(at position: Int) -> Int {
        let outputStrides = Shape(output).strides
        var count = 1
        for axis in 0..<rank {
            let start = position / outputStrides[axis] % output[axis] * stride[axis] - before[axis]
            let end = input[axis] + after[axis]
            count *= (0..<kernel[axis]).count { start + $0 * dilation[axis] < end }
        }
        return count
    }

    /// The index of a row-major element of the plane when its axes are stored in reverse order.
    func columnMajor(_ element: Int) -> Int {
        let strides = Shape(input).strides
        var index = 0
        var scale = 1
        for axis in 0..<rank {
            index += element / strides[axis] % input[axis] * scale
            scale *= input[axis]
        }
        return index
    }
}

extension SlidingWindow {
    /// The output type of a pool, which keeps batch, channels and element type.
    func pooledType(_ x: ValueType, kernel: [Int]) throws(GraphError) -> ValueType {
        guard let dimensions = x.dimensions else { return x }
        guard dimensions.count >= 3 else { throw node.mismatch("x of rank \(dimensions.count)") }
        let spatial = try outputDimensions(Array(dimensions[2...]), kernel: kernel)
        return try Self.checkedType(x.dataType, Array(dimensions[..<2]) + spatial, node)
    }

    /// Window and output shape of a pool.
    func pool(_ x: Shape, kernel: [Int]) throws(GraphError) -> (WindowGeometry, Shape) {
        guard x.rank >= 3 else { throw node.mismatch("x of shape \(x)") }
        let geometry = try geometry(input: Array(x.dimensions[2...]), kernel: kernel)
        return (geometry, try Self.checkedShape([x[0], x[1]] + geometry.output, node))
    }
}
