internal import Graph
internal import Tensors

/// A loop body written once for all element types and specialised for each by the compiler.
protocol RealVisitor {
    associatedtype Result
    func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) throws(GraphError) -> Result
    func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) throws(GraphError) -> Result
}

extension NodeDescription {
    /// Calls the visitor with the Swift type of a real data type. 16-bit floats do not arrive here: operators widen them.
    func visit<V: RealVisitor>(_ dataType: DataType, _ visitor: V) throws(GraphError) -> V.Result {
        switch dataType {
        case .float32: return try visitor.visit(floating: Float.self)
        case .float64: return try visitor.visit(floating: Double.self)
        case .int8: return try visitor.visit(integer: Int8.self)
        case .int16: return try visitor.visit(integer: Int16.self)
        case .int32: return try visitor.visit(integer: Int32.self)
        case .int64: return try visitor.visit(integer: Int64.self)
        case .uint8: return try visitor.visit(integer: UInt8.self)
        case .uint16: return try visitor.visit(integer: UInt16.self)
        case .uint32: return try visitor.visit(integer: UInt32.self)
        case .uint64: return try visitor.visit(integer: UInt64.self)
        default: throw unsupported("elements of type \(dataType)")
        }
    }
}

/// A loop body that only moves elements, specialised by their width in bytes.
protocol WidthVisitor {
    associatedtype Result
    func visit<T: BitwiseCopyable>(_ type: T.Type) -> Result
}

struct Bytes16: BitwiseCopyable {
    var low: UInt64
    var high: UInt64
}

/// Calls the visitor with a type as wide as the elements of a stored tensor.
func visitWidth<V: WidthVisitor>(_ dataType: DataType, _ visitor: V) -> V.Result {
    switch dataType.byteWidth {
    case 1: visitor.visit(UInt8.self)
    case 2: visitor.visit(UInt16.self)
    case 4: visitor.visit(UInt32.self)
    case 8: visitor.visit(UInt64.self)
    default: visitor.visit(Bytes16.self)
    }
}

extension Tensor {
    /// The first element's address as another type of the same width. It holds while the tensor lives: never take it
    /// from a temporary.
    func pointer<T: BitwiseCopyable>(_ type: T.Type = T.self) -> UnsafeMutablePointer<T> {
        base.assumingMemoryBound(to: T.self)
    }
}
