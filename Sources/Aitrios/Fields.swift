package import StrictJSON

/// An object of a console's message: what is needed is read by name and checked, other keys are passed over.
package struct Fields: Sendable, Equatable {
    package let value: [String: JSONValue]
    private let path: String

    package init() { (value, path) = ([:], "") }

    private init(_ value: [String: JSONValue], path: String) { (self.value, self.path) = (value, path) }

    /// - Parameter otherwise: what an empty text stands for.
    package init(parsing bytes: [UInt8], or otherwise: String = "") throws(AitriosError) {
        let text = bytes.isEmpty ? Array(otherwise.utf8) : bytes
        let parsed: JSONValue
        do throws(JSONError) {
            parsed = try JSONValue(parsing: text, byteLimit: DeviceRequest.byteLimit)
        } catch {
            throw .malformed(field: "message", detail: "\(error)")
        }
        guard case .object(let members) = parsed else { throw .malformed(field: "message", detail: "is not an object") }
        self.init(members, path: "")
    }

    package var keys: [String] { Array(value.keys) }
    package func has(_ key: String) -> Bool { value[key] != nil && value[key] != .null }

    func object(_ key: String) throws(AitriosError) -> Fields {
        guard let found = try optionalObject(key) else { throw fault(key, "is missing") }
        return found
    }

    func optionalObject(_ key: String) throws(AitriosError) -> Fields? {
        guard has(key), let found = value[key] else { return nil }
        guard case .object(let members) = found else { throw fault(key, "is not an object") }
        return Fields(members, path: path + key + ".")
    }

    func string(_ key: String) throws(AitriosError) -> String {
        guard let found = try optionalString(key) else { throw fault(key, "is missing") }
        return found
    }

    func optionalString(_ key: String) throws(AitriosError) -> String? {
        guard has(key), let found = value[key] else { return nil }
        guard case .string(let text) = found else { throw fault(key, "is not a string") }
        return text
    }

    /// `nil` when it is not there. Numbers in strings are taken, too: consoles send both.
    func integer(_ key: String, in range: ClosedRange<Int>) throws(AitriosError) -> Int? {
        guard has(key), let found = value[key] else { return nil }
        let number: Int? =
            switch found {
            case .number(let number): number.exactly()
            case .string(let text): Int(text)
            default: nil
            }
        guard let number, range.contains(number) else {
            throw fault(key, "is not a whole number of \(range.lowerBound)…\(range.upperBound)")
        }
        return number
    }

    func bool(_ key: String) throws(AitriosError) -> Bool? {
        guard has(key), let found = value[key] else { return nil }
        guard case .bool(let truth) = found else { throw fault(key, "is neither true nor false") }
        return truth
    }

    /// An address that files can be sent to.
    func endpoint(_ key: String) throws(AitriosError) -> String {
        let text = try string(key)
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), text.utf8.count <= 2048,
            text.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else { throw fault(key, "is no address that begins with http:// or https://") }
        return text
    }

    private func fault(_ key: String, _ detail: String) -> AitriosError {
        .malformed(field: path + key, detail: detail)
    }
}
