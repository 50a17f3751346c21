/// An ONNX `ValueInfoProto`: the declared type of a value.
package struct ONNXValueInfo: Sendable {
    package enum Extent: Sendable, Equatable {
        case value(Int)
        case parameter(String)
        case unknown
    }

    package enum ValueKind: Sendable, Equatable {
        /// The element type's code, and the extents, which are `nil` when not even the rank is declared.
        case tensor(elementType: Int, extents: [Extent]?)
        /// `sequence`, `map`, `optional` or `sparse tensor`.
        case other(String)
        case undeclared
    }

    package var name = ""
    package var kind = ValueKind.undeclared

    package init(name: String, kind: ValueKind) {
        self.name = name
        self.kind = kind
    }

    init(_ message: WireReader, _ allowance: inout Allowance) throws(ONNXFormatError) {
        try allowance.takeEntry()
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try reader.string(field)
            case 2: kind = try Self.readType(try reader.message(field), allowance.limits)
            default: try reader.skip(field)
            }
        }
    }

    /// `TypeProto`.
    private static func readType(_ message: WireReader, _ limits: ONNXLimits) throws(ONNXFormatError) -> ValueKind {
        var reader = message
        var kind = ValueKind.undeclared
        while let field = try reader.next() {
            switch field.number {
            case 1: kind = try readTensorType(try reader.message(field), limits)
            case 4, 5, 8, 9:
                kind = .other([4: "sequence", 5: "map", 8: "sparse tensor", 9: "optional"][field.number] ?? "")
                try reader.skip(field)
            default: try reader.skip(field)
            }
        }
        return kind
    }

    /// `TypeProto.Tensor` with its `TensorShapeProto`.
    private static func readTensorType(
        _ message: WireReader, _ limits: ONNXLimits
    ) throws(ONNXFormatError) -> ValueKind {
        var reader = message
        var elementType = 0
        var extents: [Extent]?
        while let field = try reader.next() {
            switch field.number {
            case 1: elementType = try reader.int(field)
            case 2:
                var shape = try reader.message(field)
                var list: [Extent] = []
                while let dimension = try shape.next() {
                    guard dimension.number == 1 else {
                        try shape.skip(dimension)
                        continue
                    }
                    list.append(try readExtent(try shape.message(dimension)))
                    try Allowance.check("rank of a declared type", list.count, limits.tensorRank)
                }
                extents = list
            default: try reader.skip(field)
            }
        }
        return .tensor(elementType: elementType, extents: extents)
    }

    private static func readExtent(_ message: WireReader) throws(ONNXFormatError) -> Extent {
        var reader = message
        var extent = Extent.unknown
        while let field = try reader.next() {
            switch field.number {
            case 1:
                let value = try reader.int(field)
                extent = value < 0 ? .unknown : .value(value)
            case 2:
                let name = try reader.string(field)
                extent = name.isEmpty ? .unknown : .parameter(name)
            default: try reader.skip(field)
            }
        }
        return extent
    }
}
