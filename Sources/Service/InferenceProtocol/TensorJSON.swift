import FoundationEssentials
import StrictJSON
import Tensors

/// Tensors as JSON arrays, flat or nested: only the order of the elements counts.
enum TensorJSON {
    /// - Throws: `JSONError` when there are more or fewer elements than the shape has, or one does not fit the type.
    static func read(
        _ json: UnsafeRawBufferPointer, type: DataType, shape: Shape
    ) throws(JSONError) -> Tensor {
        // Each element takes a byte and a comma at least: a shape cannot promise more than was sent.
        guard shape.elementCount <= (json.count + 1) / 2 else {
            throw .malformed(detail: "the shape \(shape) has more elements than 'data' can hold")
        }
        let tensor = Tensor(dataType: type, shape: shape)
        switch type {
        case .bool: try fill(tensor, Bool.self, json) { scanner throws(JSONError) in try truth(&scanner) }
        case .uint8: try fill(tensor, UInt8.self, json) { scanner throws(JSONError) in try scanner.integer() }
        case .uint16: try fill(tensor, UInt16.self, json) { scanner throws(JSONError) in try scanner.integer() }
        case .uint32: try fill(tensor, UInt32.self, json) { scanner throws(JSONError) in try scanner.integer() }
        case .uint64: try fill(tensor, UInt64.self, json) { scanner throws(JSONError) in try scanner.integer() }
        case .int8: try fill(tensor, Int8.self, json) { scanner throws(JSONError) in try scanner.integer() }
        case .int16: try fill(tensor, Int16.self, json) { scanner throws(JSONError) in try scanner.integer() }
        case .int32: try fill(tensor, Int32.self, json) { scanner throws(JSONError) in try scanner.integer() }
        case .int64: try fill(tensor, Int64.self, json) { scanner throws(JSONError) in try scanner.integer() }
        case .float16:
            try fill(tensor, Float16.self, json) { scanner throws(JSONError) in Float16(try scanner.double()) }
        case .float32: try fill(tensor, Float.self, json) { scanner throws(JSONError) in try scanner.float() }
        case .float64: try fill(tensor, Double.self, json) { scanner throws(JSONError) in try scanner.double() }
        default:
            throw .malformed(detail: "\(type) cannot be sent as JSON; send it as binary data")
        }
        return tensor
    }

    private static func fill<Element: TensorElement>(
        _ tensor: Tensor, _: Element.Type, _ json: UnsafeRawBufferPointer,
        _ read: (inout JSONScanner) throws(JSONError) -> Element
    ) throws(JSONError) {
        let elements = tensor.mutableElements(as: Element.self)
        var scanner = JSONScanner(json)
        var count = 0
        try scanner.flattened { scanner throws(JSONError) in
            guard count < elements.count else {
                throw scanner.fault("more elements than the \(elements.count) of the shape \(tensor.shape)")
            }
            elements[count] = try read(&scanner)
            count += 1
        }
        guard count == elements.count else {
            throw .malformed(detail: "\(count) elements where the shape \(tensor.shape) has \(elements.count)")
        }
    }

    private static func truth(_ scanner: inout JSONScanner) throws(JSONError) -> Bool {
        if try scanner.nextKind() == .bool { return try scanner.bool() }
        let number = try scanner.integer(UInt8.self)
        guard number <= 1 else { throw scanner.fault("expected true, false, 0 or 1") }
        return number == 1
    }

    /// Strings in base64, as JSON carries encoded pictures.
    static func readBase64(_ json: UnsafeRawBufferPointer) throws(JSONError) -> [ByteStorage] {
        var scanner = JSONScanner(json)
        var blocks: [ByteStorage] = []
        try scanner.flattened { scanner throws(JSONError) in
            guard let data = Data(base64Encoded: try scanner.string()) else {
                throw scanner.fault("an element is not base64")
            }
            blocks.append(data.withUnsafeBytes { ByteStorage(copying: $0) })
        }
        return blocks
    }

    /// Writes the elements as a flat array; what JSON has no number for as `null`.
    static func write(_ tensor: Tensor, into json: inout JSONWriter) {
        switch tensor.dataType {
        case .bool: write(tensor, Bool.self, &json) { $0.value(.bool($1)) }
        case .uint8: write(tensor, UInt8.self, &json) { $0.value(Int($1)) }
        case .uint16: write(tensor, UInt16.self, &json) { $0.value(Int($1)) }
        case .uint32: write(tensor, UInt32.self, &json) { $0.value(Int($1)) }
        case .uint64: write(tensor, UInt64.self, &json) { $0.value($1) }
        case .int8: write(tensor, Int8.self, &json) { $0.value(Int($1)) }
        case .int16: write(tensor, Int16.self, &json) { $0.value(Int($1)) }
        case .int32: write(tensor, Int32.self, &json) { $0.value(Int($1)) }
        case .int64: write(tensor, Int64.self, &json) { $0.value(Int($1)) }
        case .float16: write(tensor, Float16.self, &json) { $0.value(Float($1)) }
        case .float32: write(tensor, Float.self, &json) { $0.value($1) }
        case .float64: write(tensor, Double.self, &json) { $0.value($1) }
        default: json.array { _ in }
        }
    }

    private static func write<Element: TensorElement>(
        _ tensor: Tensor, _: Element.Type, _ json: inout JSONWriter,
        _ write: (inout JSONWriter, Element) -> Void
    ) {
        let elements = tensor.elements(as: Element.self)
        json.array { json in
            for element in elements {
                json.element()
                write(&json, element)
            }
        }
    }
}
