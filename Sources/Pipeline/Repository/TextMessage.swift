/// A message in the text form of Protocol Buffers, in which model folders' `config.pbtxt` is written: fields in the order in which
/// they stand there (protobuf.dev/reference/protobuf/textformat-spec). A list gives as many fields of one name as it has elements.
package struct TextMessage: Sendable, Equatable {
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: Value
        /// From 1.
        package var line: Int

        package init(name: String, value: Value, line: Int) {
            self.name = name
            self.value = value
            self.line = line
        }
    }

    package enum Value: Sendable, Equatable {
        case text(String)
        /// A number, `true`, or a name of an enumeration, as it is written.
        case word(String)
        case message(TextMessage)
    }

    package var fields: [Field] = []

    package static let byteLimit = 1 << 20
    package static let fieldLimit = 10_000
    package static let depthLimit = 16

    init() {}

    /// - Throws: ``TextMessageError`` naming the line at fault, or the limit.
    package init(parsing bytes: [UInt8]) throws(TextMessageError) {
        guard bytes.count <= Self.byteLimit else {
            throw .limitExceeded(what: "bytes", limit: Self.byteLimit, value: bytes.count)
        }
        var parser = TextMessageParser(bytes)
        self = try parser.message(until: nil, depth: 1)
    }
}

/// Why a text message cannot be used.
package enum TextMessageError: Error, Equatable {
    case malformed(line: Int, detail: String)
    /// A field that does not belong there, or whose value does not.
    case field(path: String, line: Int, detail: String)
    case limitExceeded(what: String, limit: Int, value: Int)
}

extension TextMessageError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let line, let detail): "line \(line): \(detail)"
        case .field(let path, 0, let detail): "\(path): \(detail)"
        case .field(let path, let line, let detail): "line \(line): \(path): \(detail)"
        case .limitExceeded(let what, let limit, let value): "has \(value) \(what), the limit is \(limit)"
        }
    }
}
