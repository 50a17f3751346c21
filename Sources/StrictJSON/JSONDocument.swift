internal import FoundationEssentials

/// Documents in the formats of others, which are large and carry keys that nobody here needs: read straight into types that
/// name what they want.
///
/// What is ours is read through ``JSONObject``, which refuses unknown keys.
package enum JSONDocument {
    /// Size, depth and repeated keys are checked before anything is parsed, as in ``JSONValue/init(parsing:byteLimit:depthLimit:)``.
    ///
    /// - Throws: `JSONError.limitExceeded`; `malformed` when it is not JSON; `schema` naming a key that is missing or of another
    ///   type.
    package static func decode<Value: Decodable>(
        _: Value.Type = Value.self, from bytes: UnsafeRawBufferPointer, byteLimit: Int, depthLimit: Int = 64
    ) throws(JSONError) -> Value {
        guard bytes.count <= byteLimit else {
            throw .limitExceeded(what: "bytes", limit: byteLimit, value: bytes.count)
        }
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
            throw .malformed(detail: "not text in UTF-8")
        }
        try JSONOutline.check(bytes, depthLimit: depthLimit)
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch DecodingError.keyNotFound(let key, let context) {
            throw .schema(path: JSONPath(context.codingPath).appending(key.stringValue), fault: .missing)
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            throw .schema(path: JSONPath(context.codingPath), fault: .other("is of another type than expected"))
        } catch DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty {
            throw .schema(path: JSONPath(context.codingPath), fault: .other(context.debugDescription))
        } catch {
            throw .malformed(detail: "not JSON")
        }
    }
}
