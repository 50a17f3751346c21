import CMosquitto
import FoundationEssentials
import Synchronization

/// Where an MQTT broker is: `mqtt://[user:password@]host[:port]`.
package struct BrokerAddress: Sendable, Equatable {
    package var host: String
    package var port: Int
    package var user: String?
    package var password: String?

    /// - Throws: `badURL`.
    package init(_ text: String) throws(SensorError) {
        guard let url = URL(string: text), url.scheme?.lowercased() == "mqtt", let host = url.host(), !host.isEmpty,
            url.path().isEmpty || url.path() == "/", url.query() == nil
        else { throw .badURL(url: text, detail: "write it like mqtt://127.0.0.1:1883") }
        let port = url.port ?? 1883
        guard (1...65_535).contains(port) else {
            throw .badURL(url: text, detail: "port must be 1 to 65535, is \(port)")
        }
        self.host = host
        self.port = port
        user = url.user()
        password = url.password()
    }
}

/// A connection to an MQTT broker (3.1.1) that is made again when it breaks. What happens is told on the library's own
/// thread.
final class MQTTConnection: Sendable {
    enum Event: Sendable {
        case connected
        case disconnected(detail: String)
        case message(topic: String, payload: [UInt8])
    }

    /// What the library's callbacks get: they know no Swift values.
    private final class Receiver: Sendable {
        let onEvent: @Sendable (Event) -> Void

        init(_ onEvent: @escaping @Sendable (Event) -> Void) { self.onEvent = onEvent }

        static func from(_ context: UnsafeMutableRawPointer?) -> Receiver? {
            context.map { Unmanaged<Receiver>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    /// Messages longer than this are not looked at.
    private static let payloadLimit = 1 << 20
    private static let library = mosquitto_lib_init()

    private let address: BrokerAddress
    private let receiver: Receiver
    // The library's functions take locks of their own.
    nonisolated(unsafe) private let client: OpaquePointer
    private let isClosed = Atomic<Bool>(false)

    /// Begins to connect; the first event tells how that ended.
    ///
    /// - Throws: `broker` when the library cannot begin.
    init(
        _ address: BrokerAddress, clientID: String, onEvent: @escaping @Sendable (Event) -> Void
    ) throws(SensorError) {
        _ = Self.library
        self.address = address
        receiver = Receiver(onEvent)
        guard let client = mosquitto_new(clientID, true, Unmanaged.passUnretained(receiver).toOpaque()) else {
            throw .broker(address: address.host, detail: "no client could be made for the name '\(clientID)'")
        }
        self.client = client
        mosquitto_connect_callback_set(client) { _, context, code in
            let event: Event =
                code == 0 ? .connected : .disconnected(detail: String(cString: mosquitto_connack_string(code)))
            Receiver.from(context)?.onEvent(event)
        }
        mosquitto_disconnect_callback_set(client) { _, context, code in
            Receiver.from(context)?.onEvent(.disconnected(detail: String(cString: mosquitto_strerror(code))))
        }
        mosquitto_message_callback_set(client) { _, context, message in
            guard let message = message?.pointee, let topic = message.topic, message.payloadlen >= 0,
                Int(message.payloadlen) <= MQTTConnection.payloadLimit
            else { return }
            let payload = UnsafeRawBufferPointer(start: message.payload, count: Int(message.payloadlen))
            Receiver.from(context)?.onEvent(.message(topic: String(cString: topic), payload: Array(payload)))
        }
        if let user = address.user { mosquitto_username_pw_set(client, user, address.password) }
        mosquitto_reconnect_delay_set(client, 1, 10, true)
        let code = mosquitto_connect_async(client, address.host, Int32(address.port), 30)
        if code != MOSQ_ERR_SUCCESS.rawValue {
            // The library's thread tries again.
            onEvent(.disconnected(detail: String(cString: mosquitto_strerror(Int32(code)))))
        }
        let started = mosquitto_loop_start(client)
        guard started == MOSQ_ERR_SUCCESS.rawValue else {
            mosquitto_destroy(client)
            isClosed.store(true, ordering: .relaxed)
            throw .broker(address: address.host, detail: String(cString: mosquitto_strerror(Int32(started))))
        }
    }

    func subscribe(_ topics: [String]) {
        for topic in topics { mosquitto_subscribe(client, nil, topic, 1) }
    }

    /// Hands a message over to be delivered at least once. While there is no connection the library keeps it.
    func publish(_ payload: [UInt8], to topic: String) {
        mosquitto_publish(client, nil, topic, Int32(payload.count), payload, 1, false)
    }

    /// Leaves the broker and waits for the library's thread: not to be called on threads that must not wait.
    func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        mosquitto_disconnect(client)
        mosquitto_loop_stop(client, false)
        mosquitto_destroy(client)
    }

    deinit { close() }
}
