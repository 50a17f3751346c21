package import Tensors

/// One extent of a value whose shape may be partly unknown until a run.
package enum Dimension: Hashable, Sendable {
    case fixed(Int)
    /// The same name means the same extent throughout a graph (`batch`, `N`).
    case symbol(String)
    case unknown

    package var fixedExtent: Int? {
        if case .fixed(let extent) = self { extent } else { nil }
    }
}

extension Dimension: CustomStringConvertible {
    package var description: String {
        switch self {
        case .fixed(let extent): String(extent)
        case .symbol(let name): name
        case .unknown: "?"
        }
    }
}

/// What is known of a value before a run: element type and shape. `dimensions` is `nil` when not even the rank is known.
package struct ValueType: Hashable, Sendable {
    package var dataType: DataType
    package var dimensions: [Dimension]?

    package init(_ dataType: DataType, _ dimensions: [Dimension]?) {
        self.dataType = dataType
        self.dimensions = dimensions
    }

    package init(_ dataType: DataType, shape: Shape) {
        self.init(dataType, shape.dimensions.map(Dimension.fixed))
    }

    /// The shape, when every extent is fixed.
    package var fixedShape: Shape? {
        guard let extents = dimensions?.map(\.fixedExtent), extents.allSatisfy({ $0 != nil }) else { return nil }
        return Shape(extents.compactMap { $0 })
    }

    package var rank: Int? { dimensions?.count }
}

extension ValueType: CustomStringConvertible {
    package var description: String {
        guard let dimensions else { return "\(dataType)[…]" }
        return "\(dataType)[" + dimensions.map(\.description).joined(separator: ",") + "]"
    }
}

/// A node's input at planning time: its type and, when it is a constant, its elements.
package struct ValueFact: Sendable {
    package var type: ValueType
    package var constant: Tensor?

    package init(_ type: ValueType, constant: Tensor? = nil) {
        self.type = type
        self.constant = constant
    }

    package init(constant: Tensor) {
        self.init(ValueType(constant.dataType, shape: constant.shape), constant: constant)
    }
}
