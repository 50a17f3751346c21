import StrictJSON

/// The JSON part of an inference request.
struct InferRequest {
    struct Input {
        var name = ""
        var type: WireType?
        var shape: [Int] = []
        /// Bytes of the tensor behind the JSON; `nil` when `data` holds it.
        var binarySize: Int?
        /// Where in the JSON the value of `data` stands.
        var data: Range<Int>?
    }

    struct Output {
        var name = ""
        /// `nil`: as the request says for all.
        var isBinary: Bool?
        /// Classes to name in place of the tensor; 0 for the tensor itself.
        var classes = 0
    }

    var id = ""
    var inputs: [Input] = []
    /// `nil` asks for all.
    var outputs: [Output]?
    var isBinaryOutput = false
    var priority = 0
    var timeoutMicroseconds: Int?

    init() {}

    /// Reads the JSON part. Members that the protocol does not know are passed over, as it asks for.
    ///
    /// - Throws: ``Problem`` naming the member at fault.
    init(json bytes: UnsafeRawBufferPointer) throws(Problem) {
        do throws(JSONError) {
            var scanner = JSONScanner(bytes)
            try scanner.object { scanner, key throws(JSONError) in
                switch key {
                case "id": id = try scanner.string()
                case "parameters": try readParameters(&scanner)
                case "inputs": try scanner.array { scanner throws(JSONError) in inputs.append(try Input(&scanner)) }
                case "outputs":
                    var wanted: [Output] = []
                    try scanner.array { scanner throws(JSONError) in wanted.append(try Output(&scanner)) }
                    outputs = wanted.isEmpty ? nil : wanted
                default: try scanner.skip()
                }
            }
            try scanner.finish()
        } catch {
            throw Problem.malformed("failed to parse the request JSON: \(error)", field: "body")
        }
        var names: Set<String> = []
        for input in inputs where !names.insert(input.name).inserted {
            throw Problem.malformed("input '\(input.name)' is given twice", field: "inputs")
        }
    }

    private mutating func readParameters(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.object { scanner, key throws(JSONError) in
            switch key {
            case "binary_data_output": isBinaryOutput = try scanner.bool()
            case "priority": priority = try scanner.integer()
            case "timeout": timeoutMicroseconds = try scanner.integer()
            case "sequence_id", "sequence_start", "sequence_end":
                guard try scanner.isZero() else {
                    throw scanner.fault("'\(key)': sequences are not kept: every request stands alone")
                }
            default: try scanner.skip()
            }
        }
    }
}

extension InferRequest.Input {
    fileprivate init(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.object { scanner, key throws(JSONError) in
            switch key {
            case "name": name = try scanner.string()
            case "datatype":
                let text = try scanner.string()
                guard let known = WireType(rawValue: text) else {
                    throw scanner.fault(
                        "datatype '\(text)' is none of \(WireType.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                type = known
            case "shape":
                try scanner.array { scanner throws(JSONError) in
                    let extent = try scanner.integer(Int.self)
                    guard extent >= 0, shape.count < 32 else { throw scanner.fault("extents are 32 of 0… at most") }
                    shape.append(extent)
                }
            case "parameters":
                try scanner.object { scanner, key throws(JSONError) in
                    switch key {
                    case "binary_data_size":
                        let size = try scanner.integer(Int.self)
                        guard size >= 0 else { throw scanner.fault("binary_data_size is negative") }
                        binarySize = size
                    case "shared_memory_region", "shared_memory_offset", "shared_memory_byte_size":
                        throw scanner.fault("shared memory is not supported")
                    default: try scanner.skip()
                    }
                }
            case "data":
                _ = try scanner.nextKind()
                let start = scanner.position
                try scanner.skip()
                data = start..<scanner.position
            default: try scanner.skip()
            }
        }
        guard !name.isEmpty else { throw scanner.fault("an input has no name") }
        guard type != nil else { throw scanner.fault("input '\(name)' has no datatype") }
    }
}

extension InferRequest.Output {
    fileprivate init(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.object { scanner, key throws(JSONError) in
            switch key {
            case "name": name = try scanner.string()
            case "parameters":
                try scanner.object { scanner, key throws(JSONError) in
                    switch key {
                    case "binary_data": isBinary = try scanner.bool()
                    case "classification":
                        classes = try scanner.integer()
                        guard classes >= 0 else { throw scanner.fault("classification is negative") }
                    case "shared_memory_region", "shared_memory_offset", "shared_memory_byte_size":
                        throw scanner.fault("shared memory is not supported")
                    default: try scanner.skip()
                    }
                }
            default: try scanner.skip()
            }
        }
        guard !name.isEmpty else { throw scanner.fault("an output has no name") }
    }
}

extension JSONScanner {
    /// Whether the next value says nothing: 0, `false`, or an empty string.
    fileprivate mutating func isZero() throws(JSONError) -> Bool {
        switch try value() {
        case .number(let number): number.double == 0
        case .bool(let bool): !bool
        case .string(let string): string.isEmpty
        case .null: true
        default: false
        }
    }
}
