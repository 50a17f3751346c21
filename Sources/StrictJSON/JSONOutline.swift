internal import FoundationEssentials

/// A walk over the brackets, commas and strings of a JSON text ahead of the parser: it bounds the depth before anything
/// recurses, sees what a parsed dictionary no longer shows, a key given twice, and refuses the comma before a closing
/// bracket, which Foundation's parser takes.
///
/// Whatever else is not JSON it lets pass; the parser complains of that.
struct JSONOutline {
    private enum Container {
        case object(keys: Set<String>, current: String)
        case array(index: Int)
    }

    private let bytes: UnsafeRawBufferPointer
    private let depthLimit: Int
    private var containers: [Container] = []
    /// The next string is a key.
    private var awaitsKey = false

    static func check(_ bytes: UnsafeRawBufferPointer, depthLimit: Int) throws(JSONError) {
        var outline = JSONOutline(bytes: bytes, depthLimit: depthLimit)
        try outline.walk()
    }

    private init(bytes: UnsafeRawBufferPointer, depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    private mutating func walk() throws(JSONError) {
        var position = 0
        var isAfterComma = false
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "{"): try open(.object(keys: [], current: ""))
            case UInt8(ascii: "["): try open(.array(index: 0))
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if isAfterComma { throw .malformed(detail: "a comma before a closing bracket at byte \(position)") }
                _ = containers.popLast()
                awaitsKey = false
            case UInt8(ascii: ","): next()
            case UInt8(ascii: "\""):
                let start = position
                position = endOfString(from: position)
                if awaitsKey { try key(start...position) }
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                position += 1
                continue
            default: break
            }
            isAfterComma = byte == UInt8(ascii: ",")
            position += 1
        }
    }

    private mutating func open(_ container: Container) throws(JSONError) {
        guard containers.count < depthLimit else {
            throw .limitExceeded(what: "depth", limit: depthLimit, value: containers.count + 1)
        }
        containers.append(container)
        if case .object = container { awaitsKey = true } else { awaitsKey = false }
    }

    private mutating func next() {
        switch containers.last {
        case .object: awaitsKey = true
        case .array(let index): containers[containers.count - 1] = .array(index: index + 1)
        case nil: break
        }
    }

    /// Position of the closing quote, or of the last byte when there is none.
    private func endOfString(from start: Int) -> Int {
        var position = start + 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position, bytes.count - 1)
    }

    private mutating func key(_ quoted: ClosedRange<Int>) throws(JSONError) {
        awaitsKey = false
        guard case .object(var keys, _)? = containers.popLast() else { return }
        let key = text(quoted)
        let isNew = keys.insert(key).inserted
        containers.append(.object(keys: keys, current: key))
        guard isNew else { throw .schema(path: path, fault: .duplicateKey) }
    }

    private func text(_ quoted: ClosedRange<Int>) -> String {
        let inner = bytes[quoted].dropFirst().dropLast()
        // Escapes may spell the same key in another way.
        if inner.contains(UInt8(ascii: "\\")),
            let key = try? JSONDecoder().decode(String.self, from: Data(bytes[quoted]))
        {
            return key
        }
        return String(decoding: inner, as: UTF8.self)
    }

    private var path: JSONPath {
        JSONPath(
            containers.map { container in
                switch container {
                case .object(_, let key): .key(key)
                case .array(let index): .index(index)
                }
            })
    }
}
