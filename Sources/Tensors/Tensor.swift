#if canImport(Glibc)
internal import Glibc
#endif

/// A dense row-major tensor: a type, a shape, and a range of bytes in shared storage.
///
/// A value's storage is written by whoever makes it and only read once the tensor is handed on.
package struct Tensor: Sendable {
    package let dataType: DataType
    package let shape: Shape
    package let storage: ByteStorage
    /// Offset of the first element in `storage`, a multiple of the element width.
    package let byteOffset: Int

    package var elementCount: Int { shape.elementCount }
    package var byteCount: Int { elementCount * (dataType.byteWidth ?? 0) }
    package var base: UnsafeMutableRawPointer { storage.base + byteOffset }

    /// A view of `storage`. The range must lie inside it.
    package init(dataType: DataType, shape: Shape, storage: ByteStorage, byteOffset: Int = 0) {
        precondition(dataType.byteWidth != nil, "tensors of \(dataType) are not stored")
        self.dataType = dataType
        self.shape = shape
        self.storage = storage
        self.byteOffset = byteOffset
        precondition(
            byteOffset >= 0 && byteOffset + shape.elementCount * (dataType.byteWidth ?? 0) <= storage.byteCount,
            "a tensor lies inside its storage")
    }

    /// A new tensor in storage of its own.
    package init(dataType: DataType, shape: Shape, zeroed: Bool = true) {
        let byteCount = shape.elementCount * (dataType.byteWidth ?? 0)
        self.init(dataType: dataType, shape: shape, storage: ByteStorage(byteCount: byteCount, zeroed: zeroed))
    }

    package init<Element: TensorElement>(_ elements: [Element], shape: Shape) {
        precondition(elements.count == shape.elementCount, "\(elements.count) elements do not fill \(shape)")
        self.init(dataType: Element.dataType, shape: shape, zeroed: false)
        elements.withUnsafeBytes { source in
            if let start = source.baseAddress { memcpy(base, start, source.count) }
        }
    }

    package init<Element: TensorElement>(scalar: Element) {
        self.init([scalar], shape: .scalar)
    }

    /// The same elements under another shape of as many elements.
    package func reshaped(_ shape: Shape) -> Tensor {
        precondition(shape.elementCount == elementCount, "\(self.shape) does not reshape to \(shape)")
        return Tensor(dataType: dataType, shape: shape, storage: storage, byteOffset: byteOffset)
    }

    /// The elements as `Element`, which must be the tensor's own type.
    package func elements<Element: TensorElement>(as type: Element.Type = Element.self) -> UnsafeBufferPointer<Element>
    {
        precondition(Element.dataType == dataType, "a \(dataType) tensor read as \(Element.dataType)")
        return UnsafeBufferPointer(
            start: UnsafePointer(base.assumingMemoryBound(to: Element.self)), count: elementCount)
    }

    /// The elements for writing: only for the maker of the tensor, before it is handed on.
    package func mutableElements<Element: TensorElement>(
        as type: Element.Type = Element.self
    ) -> UnsafeMutableBufferPointer<Element> {
        precondition(Element.dataType == dataType, "a \(dataType) tensor written as \(Element.dataType)")
        return UnsafeMutableBufferPointer(start: base.assumingMemoryBound(to: Element.self), count: elementCount)
    }

    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }

    package func array<Element: TensorElement>(of type: Element.Type = Element.self) -> [Element] {
        Array(elements(as: type))
    }
}

extension Tensor: CustomStringConvertible {
    package var description: String { "\(dataType)\(shape)" }
}
