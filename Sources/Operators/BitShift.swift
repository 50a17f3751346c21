package import Graph

/// ONNX `BitShift`: shifts unsigned whole numbers left or right by the second input; a shift by the width or more gives 0.
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
    package func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { left ? a << b : a >> b }
}
