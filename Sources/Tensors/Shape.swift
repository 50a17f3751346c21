/// The extents of a tensor, outermost first. A scalar has no dimensions. Extents are never negative.
package struct Shape: Hashable, Sendable {
    package var dimensions: [Int]

    package init(_ dimensions: [Int]) {
        precondition(dimensions.allSatisfy { $0 >= 0 }, "a shape's extents are never negative")
        self.dimensions = dimensions
    }

    package static let scalar = Shape([])

    package var rank: Int { dimensions.count }

    /// Number of elements. Overflow traps: check untrusted extents with ``checkedElementCount(of:)`` first.
    package var elementCount: Int { dimensions.reduce(1, *) }

    /// Row-major strides in elements.
    package var strides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * dimensions[axis + 1]
        }
        return strides
    }

    package subscript(axis: Int) -> Int { dimensions[axis] }

    /// The product of extents from an untrusted source; `nil` when one is negative or the product overflows.
    package static func checkedElementCount(of extents: some Sequence<Int>) -> Int? {
        var count = 1
        var isEmpty = false
        for extent in extents {
            if extent < 0 { return nil }
            if extent == 0 {
                isEmpty = true
                continue
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            if overflow { return nil }
            count = product
        }
        return isEmpty ? 0 : count
    }
}

extension Shape: ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
    package var description: String { "[" + dimensions.map(String.init).joined(separator: ",") + "]" }
}
