/// How a device and its console speak over MQTT.
package enum OnWireProtocol: String, Sendable, CaseIterable {
    /// The first generation: configurations in base64, deployments in a string, commands as they are.
    case evp1
    /// The second over ThingsBoard's topics.
    case evp2

    /// As the device names it.
    package var name: String { self == .evp1 ? "EVP1-TB" : "EVP2-TB" }
}

/// ThingsBoard's topics, seen from the device.
package enum DeviceTopics {
    package static let attributes = "v1/devices/me/attributes"
    package static let telemetry = "v1/devices/me/telemetry"
    private static let requests = "v1/devices/me/rpc/request/"
    private static let attributeResponses = "v1/devices/me/attributes/response/"

    /// What a device subscribes to.
    package static let subscriptions = [attributes, requests + "+", attributeResponses + "+"]

    package static func attributesRequest(_ id: Int) -> String { "v1/devices/me/attributes/request/\(id)" }
    package static func response(_ id: String) -> String { "v1/devices/me/rpc/response/\(id)" }

    /// The number of the request that a message on `topic` is.
    package static func requestID(_ topic: String) -> String? {
        guard topic.hasPrefix(requests) else { return nil }
        let id = topic.dropFirst(requests.count)
        return id.isEmpty || id.utf8.count > 32 || id.contains("/") ? nil : String(id)
    }

    package static func isAttributesResponse(_ topic: String) -> Bool { topic.hasPrefix(attributeResponses) }
}
