package import ONNX
internal import Tensors

extension ValueType {
    /// The declared type of a value; `nil` when it is undeclared, not a tensor, or of elements that are not stored.
    package init?(_ declared: ONNXValueInfo) {
        guard case .tensor(let elementType, let extents) = declared.kind, let code = Int32(exactly: elementType),
            let dataType = DataType(rawValue: code), dataType.byteWidth != nil
        else { return nil }
        self.init(
            dataType,
            extents?.map { extent in
                switch extent {
                case .value(let extent): .fixed(extent)
                // Exporters write these for every extent that is open, equal or not.
                case .parameter("?"), .parameter("None"), .parameter("-1"): .unknown
                case .parameter(let name): .symbol(name)
                case .unknown: .unknown
                }
            })
    }
}
