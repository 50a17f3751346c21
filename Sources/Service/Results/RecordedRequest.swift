import Codecs
import Pipeline
import StrictJSON

/// What was said about a frame when it came, so that the same can be asked of it again.
struct RecordedRequest: Sendable {
    var contentType: String?
    var source: String?
    var sensor: String?
    var description: RawDescription
    /// By the names that requests use.
    var options: [(name: String, value: String)]

    init(_ frame: FrameRequest) {
        contentType = frame.input.contentType
        source = frame.input.source
        sensor = frame.input.sensor
        description = frame.input.description
        options = frame.options.given
    }

    private enum Key: String, CaseIterable { case contentType, source, sensor, description, options }

    func json() throws -> [UInt8] {
        let description = try JSONValue(parsing: description.encodeJSON(), byteLimit: 1 << 20)
        var writer = JSONWriter(pretty: false)
        writer.object { json in
            for (key, text) in [("contentType", contentType), ("source", source), ("sensor", sensor)] {
                guard let text else { continue }
                json.key(key)
                json.value(text)
            }
            json.key("description")
            json.value(description)
            json.key("options")
            json.object { json in
                for (name, value) in options {
                    json.key(name)
                    json.value(value)
                }
            }
        }
        return writer.bytes
    }

    /// - Throws: `JSONError`, `CodecError`, or a ``Problem`` for an option that no longer exists.
    init(json: [UInt8]) throws {
        var object = try JSONObject(JSONValue(parsing: json, byteLimit: 4 << 20), keys: Key.self)
        contentType = object.has(.contentType) ? try object.string(.contentType) : nil
        source = object.has(.source) ? try object.string(.source) : nil
        sensor = object.has(.sensor) ? try object.string(.sensor) : nil
        description = try RawDescription(
            json: Array((object.element(.description)?.value ?? .object([:])).canonicalText.utf8))
        options = []
        guard case .object(let members)? = object.element(.options)?.value else { return }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if case .string(let text) = value { options.append((name, text)) }
        }
    }

    /// The options as they were given.
    func requestOptions() throws(Problem) -> RequestOptions {
        var result = RequestOptions()
        for (name, value) in options { try result.set(name, to: value, known: Set(RequestOptions.Name.allCases)) }
        return result
    }
}
