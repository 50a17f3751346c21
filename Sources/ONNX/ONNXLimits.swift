/// What a model file may ask for. Every count is checked before memory is set aside for it.
package struct ONNXLimits: Sendable, Equatable {
    /// Nodes of the whole model, those of subgraphs and functions included.
    package var nodes = 200_000
    /// Initializers of the whole model.
    package var initializers = 200_000
    /// Nested graphs: a Loop inside an If inside the main graph is 3.
    package var depth = 16
    package var attributesPerNode = 256
    /// Inputs or outputs of one node.
    package var valuesPerNode = 65_536
    /// Elements of one list attribute.
    package var attributeElements = 1 << 22
    package var tensorRank = 32
    package var tensorElements = 1 << 31
    /// Bytes of all tensors that are materialised from one model.
    package var tensorBytes = 16 << 30
    /// Model functions, operator-set imports, metadata entries, and value declarations: each.
    package var entries = 1_000_000

    package init() {}
}

/// What is left of the limits while one model is decoded.
struct Allowance {
    let limits: ONNXLimits
    private var nodes = 0
    private var initializers = 0
    private var entries = 0

    init(_ limits: ONNXLimits) { self.limits = limits }

    mutating func takeNode() throws(ONNXFormatError) {
        nodes += 1
        try Self.check("number of nodes", nodes, limits.nodes)
    }

    mutating func takeInitializer() throws(ONNXFormatError) {
        initializers += 1
        try Self.check("number of initializers", initializers, limits.initializers)
    }

    mutating func takeEntry() throws(ONNXFormatError) {
        entries += 1
        try Self.check("number of declarations", entries, limits.entries)
    }

    static func check(_ what: String, _ value: Int, _ limit: Int) throws(ONNXFormatError) {
        if value > limit { throw .limitExceeded(what: what, limit: limit, value: value) }
    }
}
