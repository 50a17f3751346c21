package import Graph
internal import Tensors

/// ONNX `Einsum`: sums products of elements over the indices that the output does not name. An ellipsis stands for
/// broadcast axes; without `->` the output has the indices that occur once, in alphabetical order.
package struct Einsum: Operator {
    package static let opType = "Einsum"
    private let node: NodeDescription
    private let terms: [Term]
    private let output: Term?

    /// Index letters of one operand; the ellipsis is `nil`.
    private typealias Term = [Character?]

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...26)
        self.node = node
        guard let equation = try node.string("equation"), equation.count <= 1024 else {
            throw node.malformed("attribute 'equation' is missing or too long")
        }
        let text = equation.filter { !$0.isWhitespace }
        var left = text[...]
        var right: Substring?
        if let arrow = text.firstIndex(of: "-") {
            left = text[..<arrow]
            guard text[arrow...].hasPrefix("->") else { throw node.malformed("equation '\(equation)'") }
            right = text[arrow...].dropFirst(2)
        }
        var terms: [Term] = []
        for part in left.split(separator: ",", omittingEmptySubsequences: false) {
            terms.append(try Self.parse(part, node))
        }
        guard terms.count == node.hasInput.count else {
            throw node.malformed("equation '\(equation)' has \(terms.count) operands")
        }
        self.terms = terms
        output = try right.map { text throws(GraphError) in try Self.parse(text, node) }
        if let output {
            for letter in output.compactMap({ $0 }) {
                guard terms.contains(where: { $0.contains(letter) }), output.count(where: { $0 == letter }) == 1 else {
                    throw node.malformed("output index '\(letter)' in '\(equation)'")
                }
            }
        }
    }

    private static func parse(_ text: Substring, _ node: NodeDescription) throws(GraphError) -> Term {
        var term: Term = []
        var rest = text
        while let letter = rest.first {
            if rest.hasPrefix("...") {
                guard !term.contains(nil) else { throw node.malformed("two ellipses in '\(text)'") }
                term.append(nil)
                rest = rest.dropFirst(3)
            } else {
                guard letter.isASCII, letter.isLetter else { throw node.malformed("'\(letter)' in '\(text)'") }
                term.append(letter)
                rest = rest.dropFirst()
            }
        }
        return term
    }

    /// One loop index: its letter, or its place from the end of the ellipsis.
    private enum Index: Hashable {
        case letter(Character)
        case ellipsis(Int)
    }

    /// The indices of each operand axis and of the output.
    private func indices(ranks: [Int]) throws(GraphError) -> (operands: [[Index]], output: [Index]) {
        var operands: [[Index]] = []
        var widest = 0
        for (term, rank) in zip(terms, ranks) {
            let hidden = rank - term.count(where: { $0 != nil })
            guard hidden == 0 || (hidden > 0 && term.contains(nil)) else {
                throw node.mismatch("an operand of rank \(rank) for \(term.count) indices")
            }
            widest = max(widest, hidden)
            operands.append(
                term.flatMap { letter in
                    letter.map { [Index.letter($0)] } ?? (0..<hidden).reversed().map { Index.ellipsis($0) }
                })
        }
        let hidden = (0..<widest).reversed().map { Index.ellipsis($0) }
        if let output {
            return (operands, output.flatMap { letter in letter.map { [Index.letter($0)] } ?? hidden })
        }
        let letters = terms.flatMap { $0.compactMap { $0 } }
        let once = Set(letters).filter { letter in letters.count(where: { $0 == letter }) == 1 }.sorted()
        return (operands, hidden + once.map { Index.letter($0) })
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).dataType
        var shapes: [[Dimension]] = []
        for index in inputs.indices {
            guard let dimensions = try node.fact(inputs, index).dimensions else { return [ValueType(type, nil)] }
            shapes.append(dimensions)
        }
        let (operands, output) = try indices(ranks: shapes.map(\.count))
        var extents: [Index: Dimension] = [:]
        for (operand, dimensions) in zip(operands, shapes) {
            for (index, dimension) in zip(operand, dimensions) {
                extents[index] = try node.broadcast(extents[index] ?? .fixed(1), dimension)
            }
        }
        return [ValueType(type, output.map { extents[$0] ?? .fixed(1) })]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let first = context.input(0)
        if first.dataType.isHalf { return try runWidened(context, first.dataType, node: node) }
        let tensors = context.inputs.indices.map { context.input($0) }
        for tensor in tensors { try node.sameType(first.dataType, tensor.dataType) }
        let (operands, output) = try indices(ranks: tensors.map(\.shape.rank))
        var extents: [Index: Int] = [:]
        for (operand, tensor) in zip(operands, tensors) {
            for (axis, index) in operand.enumerated() {
                let known = extents[index] ?? 1, extent = tensor.shape[axis]
                guard known == 1 || extent == 1 || known == extent else {
                    throw node.mismatch("extents \(known) and \(extent) of one index")
                }
                extents[index] = known == 1 ? extent : known
            }
        }
        let summed = extents.keys.filter { !output.contains($0) }.sorted { "\($0)" < "\($1)" }
        let order = output + summed
        let loops = order.map { extents[$0] ?? 1 }
        _ = try node.shape(loops)
        // How far each operand moves along each loop; a repeated index adds up, an extent of 1 stays.
        let strides = zip(operands, tensors).map { operand, tensor in
            order.map { index in
                zip(operand.indices, tensor.shape.strides).reduce(0) { sum, axis in
                    operand[axis.0] == index && tensor.shape[axis.0] != 1 ? sum + axis.1 : sum
                }
            }
        }
        let y = context.output(0, first.dataType, try node.shape(Array(loops[..<output.count])))
        try node.visit(
            first.dataType,
            Body(tensors: tensors, y: y, extents: Array(loops[output.count...]), strides: strides))
    }

    private struct Body: RealVisitor {
        let tensors: [Tensor]
        let y: Tensor
        /// Extents of the summed loops.
        let extents: [Int]
        let strides: [[Int]]

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
            each(type) { sum, factors in
                sum + factors.reduce(1) { $0 * Double($1) }
            } finish: {
                T($0)
            } zero: {
                Double(0)
            }
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) {
            each(type) { sum, factors in
                sum &+ factors.reduce(1) { $0 &* $1 }
            } finish: {
                $0
            } zero: {
                T(0)
            }
        }

        private func each<T: TensorElement, Sum>(
            _ type: T.Type, _ add: (Sum, [T]) -> Sum, finish: (Sum) -> T, zero: () -> Sum
        ) {
            let outputStrides = y.shape.strides
            let count = extents.reduce(1, *)
            var factors: [T] = []
            for place in 0..<y.elementCount {
                var offsets = [Int](repeating: 0, count: tensors.count)
                for (loop, stride) in outputStrides.enumerated() {
                    let position = place / stride % max(y.shape[loop], 1)
                    for operand in tensors.indices { offsets[operand] += position * strides[operand][loop] }
                }
                var sum = zero()
                for term in 0..<count {
                    var rest = term
                    var at = offsets
                    for loop in extents.indices.reversed() {
                        let position = rest % extents[loop]
                        rest /= extents[loop]
                        for operand in tensors.indices {
                            at[operand] += position * strides[operand][outputStrides.count + loop]
                        }
                    }
                    factors.removeAll(keepingCapacity: true)
                    for operand in tensors.indices { factors.append(tensors[operand].pointer(T.self)[at[operand]]) }
                    sum = add(sum, factors)
                }
                y.pointer(T.self)[place] = finish(sum)
            }
        }
    }
}
