import CMosquitto
import Synchronization

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
    /// Where Debian and its descendants keep the authorities that the system trusts, a file each named by its hash.
    private static let systemAuthorities = "/etc/ssl/certs"
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
        do {
            if address.isSecure { try Self.secure(client, address) }
        } catch {
            mosquitto_destroy(client)
            isClosed.store(true, ordering: .relaxed)
            throw error
        }
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

    /// Certificates are read here: a file that cannot be used is told at once.
    private static func secure(_ client: OpaquePointer, _ address: BrokerAddress) throws(SensorError) {
        let trust = address.trust
        let code = mosquitto_tls_set(
            client, trust.authorities, trust.authorities == nil ? systemAuthorities : nil, trust.certificate, trust.key,
            nil)
        guard code == MOSQ_ERR_SUCCESS.rawValue else {
            throw .broker(
                address: address.host,
                detail: "its certificates cannot be used: \(String(cString: mosquitto_strerror(code)))")
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
