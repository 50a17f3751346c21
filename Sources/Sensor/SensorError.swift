package import Tensors

/// Why a sensor could not be emulated, or its frames not delivered.
package enum SensorError: Error, Equatable, Sendable {
    case unknownSensor(name: String, known: [String])
    /// A data sheet that breaks its schema or contradicts itself; `field` is a path such as `modes[1].width`.
    case badDataSheet(field: String, detail: String)
    case unknownMode(name: String, sensor: String, known: [String])
    case badOption(name: String, detail: String)
    /// A scene that holds nothing to show, or a file of it that cannot be shown.
    case badScene(path: String, detail: String)
    case file(FileError)
    case badURL(url: String, detail: String)
    /// GigE Vision cannot be spoken: the library is missing, or the network address is not to be had.
    case gigEVision(detail: String)
    /// Nothing ever answered at the address.
    case unreachable(url: String, detail: String, attempts: Int)
    /// The service refused `count` frames in a row for what they are; `detail` is its own word.
    case rejected(url: String, status: Int, detail: String, count: Int)
    /// The MQTT client or its broker failed.
    case broker(address: String, detail: String)
    /// A network that cannot run on the sensor.
    case badNetwork(name: String, detail: String)
    /// A network that needs more bytes than the sensor has for it.
    case networkTooLarge(name: String, byteCount: Int, limit: Int)
    /// Lines of tensors that are not as an IMX500 writes them.
    case badLines(byte: Int, detail: String)
}

extension SensorError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownSensor(let name, let known):
            "no sensor '\(name)'; built in: \(known.joined(separator: ", ")); or give a data sheet, FILE.json"
        case .badDataSheet(let field, let detail): "data sheet: \(field): \(detail)"
        case .unknownMode(let name, let sensor, let known):
            "sensor \(sensor) has no mode '\(name)'; it has: \(known.joined(separator: ", "))"
        case .badOption(let name, let detail): "\(name): \(detail)"
        case .badScene(let path, let detail): "scene \(path): \(detail)"
        case .file(let error): error.description
        case .gigEVision(let detail): "GigE Vision: \(detail)"
        case .badURL(let url, let detail): "not a usable address: \(url): \(detail)"
        case .unreachable(let url, let detail, let attempts):
            "cannot reach \(url): \(detail) (\(attempts) \(attempts == 1 ? "attempt" : "attempts"))"
        case .rejected(let url, let status, let detail, let count):
            "\(url) refused \(count) \(count == 1 ? "frame" : "frames in a row"): \(status) \(detail)"
        case .broker(let address, let detail): "broker \(address): \(detail)"
        case .badNetwork(let name, let detail): "network \(name) does not go onto the sensor: \(detail)"
        case .networkTooLarge(let name, let byteCount, let limit):
            "network \(name) does not go onto the sensor: it takes \(byteCount) bytes at 8 bits, the sensor has \(limit)"
        case .badLines(let byte, let detail): "DNN lines: byte \(byte): \(detail)"
        }
    }
}
