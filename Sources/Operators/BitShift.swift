package import Graph

/// ONNX `BitShift`: shifts whole numbers left or right by the second input. A shift by the width or more, or by a
/// negative number, leaves no bit of the input but its sign, which a shift to the right repeats.
package struct BitShift: BinaryFunction {
    package static let opType = "BitShift"
    private let left: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        switch try node.string("direction") {
        case "LEFT": left = true
        case "RIGHT": left = false
        default: throw node.malformed("direction must be LEFT or RIGHT")
        }
    }

    package func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a }
    package func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
        let count = b < 0 ? T(clamping: T.bitWidth) : b
        return left ? a << count : a >> count
    }
}
