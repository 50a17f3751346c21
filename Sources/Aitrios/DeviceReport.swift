internal import FoundationEssentials
package import StrictJSON

/// What a device says of itself and answers, as JSON payloads.
package struct DeviceReport: Sendable {
    package enum Reconciliation: String, Sendable {
        case applying, ok, error
    }

    package enum ModuleStatus: String, Sendable {
        case downloading, ok, error
    }

    package struct DeploymentState: Sendable, Equatable {
        package var deployment: Deployment
        package var reconciliation: Reconciliation
        package var modules: [String: (status: ModuleStatus, failure: String?)]

        package init(
            _ deployment: Deployment, _ reconciliation: Reconciliation,
            modules: [String: (status: ModuleStatus, failure: String?)]
        ) {
            self.deployment = deployment
            self.reconciliation = reconciliation
            self.modules = modules
        }

        package static func == (left: DeploymentState, right: DeploymentState) -> Bool {
            left.deployment == right.deployment && left.reconciliation == right.reconciliation
                && left.modules.mapValues(\.status) == right.modules.mapValues(\.status)
        }
    }

    package var wire: OnWireProtocol
    package var deviceID: String
    package var version: String
    package var sensorName: String
    /// °C.
    package var temperature: Int
    package var modelName: String
    package var modelHash: String
    package var reportInterval = (minimum: 3, maximum: 180)
    package var deployment: DeploymentState?
    /// Whether frames are being uploaded.
    package var isStreaming = false
    /// By topic, such as `node/edge_app`: the properties in force with `res_info` beside them.
    package var appStates: [String: [String: JSONValue]] = [:]

    package init(
        wire: OnWireProtocol, deviceID: String, version: String, sensorName: String, temperature: Int,
        modelName: String,
        modelHash: String
    ) {
        self.wire = wire
        self.deviceID = deviceID
        self.version = version
        self.sensorName = sensorName
        self.temperature = temperature
        self.modelName = modelName
        self.modelHash = modelHash
    }

    /// What runs on the device and how the deployment stands.
    package var systemInfo: [UInt8] {
        var members: [String: JSONValue] = [
            "systemInfo": .object([
                "os": .string("Linux"), "arch": .string("x86_64"), "evp_agent": .string("fovea \(version)"),
                "evp_agent_commit_hash": .string(""), "wasmMicroRuntime": .string(""),
                "protocolVersion": .string(wire.name),
            ]),
            "state/$agent/report-status-interval-min": .number(Double(reportInterval.minimum)),
            "state/$agent/report-status-interval-max": .number(Double(reportInterval.maximum)),
        ]
        let status = deploymentStatus
        // The first generation puts it into a string.
        members["deploymentStatus"] = wire == .evp1 ? .string(status.canonicalText) : status
        return Self.bytes(members)
    }

    private var deploymentStatus: JSONValue {
        guard let deployment else { return .object(["instances": .object([:]), "modules": .object([:])]) }
        let isWhole = deployment.reconciliation == .ok
        let instances = deployment.deployment.instances.map { instance in
            (
                instance.id,
                JSONValue.object([
                    "status": .string(isWhole ? "ok" : "unknown"), "moduleId": .string(instance.moduleID),
                ])
            )
        }
        let modules = deployment.modules.mapValues { module in
            var members: [String: JSONValue] = ["status": .string(module.status.rawValue)]
            if let failure = module.failure { members["failureMessage"] = .string(failure) }
            return JSONValue.object(members)
        }
        return .object([
            "instances": .object(Dictionary(instances, uniquingKeysWith: { first, _ in first })),
            "modules": .object(modules), "deploymentId": .string(deployment.deployment.id),
            "reconcileStatus": .string(deployment.reconciliation.rawValue),
        ])
    }

    /// The state of device and application.
    package var status: [UInt8] {
        let model = JSONValue.object([
            "version": .string(modelName), "hash": .string(modelHash), "update_date": .string(""),
        ])
        func chip(_ name: String, _ id: String, models: [JSONValue]) -> JSONValue {
            .object([
                "name": .string(name), "id": .string(id), "hardware_version": .string(""),
                "temperature": .number(Double(temperature)), "loader_version": .string(""), "loader_hash": .string(""),
                "update_date_loader": .string(""), "firmware_version": .string(version), "firmware_hash": .string(""),
                "update_date_firmware": .string(""), "ai_models": .array(models),
            ])
        }
        if wire == .evp1 {
            let state = JSONValue.object([
                "Hardware": .object(["Sensor": .string(sensorName), "SensorId": .string(deviceID)]),
                "Version": .object([
                    "SensorFwVersion": .string(version), "ApFwVersion": .string(version),
                    "DnnModelVersion": .array([.string(modelName)]),
                ]),
                "Status": .object([
                    "Sensor": .string(isStreaming ? "Streaming" : "Standby"),
                    "ApplicationProcessor": .string("Idle"),
                ]),
            ])
            let text = Data(state.canonicalText.utf8).base64EncodedString()
            return Self.bytes(["state/backdoor-EA_Main/placeholder": .string(text)])
        }
        var members: [String: JSONValue] = [
            "state/$system/device_info": .object([
                "device_manifest": .string(""),
                "chips": .array([
                    chip("main_chip", deviceID, models: []), chip("sensor_chip", deviceID, models: [model]),
                ]),
            ]),
            "state/$system/device_states": .object(["process_state": .string("Idle")]),
            "state/$system/device_capabilities": .object([
                "is_battery_supported": .bool(false), "supported_wireless_mode": .number(0),
                "is_periodic_supported": .bool(false), "is_sensor_postprocess_supported": .bool(true),
            ]),
            "state/$system/PRIVATE_reserved": .object([
                "schema": .string("dtmi:com:sony_semicon:aitrios:sss:edge:system:t3p;2")
            ]),
        ]
        for (topic, properties) in appStates { members["state/\(topic)"] = .object(properties) }
        // Each state is a JSON text in a string.
        return Self.bytes(members.mapValues { .string($0.canonicalText) })
    }

    /// A line of the device's log, as telemetry.
    package func eventLog(_ id: Int, at time: String) -> [UInt8] {
        Self.bytes([
            "$system/event_log": .object([
                "serial": .string(deviceID), "level": .number(3), "timestamp": .string(time),
                "component_id": .number(1_048_576), "event_id": .number(Double(id)),
            ])
        ])
    }

    /// The answer to a command.
    ///
    /// - Parameter response: `nil` for a command that is not known.
    package static func answer(_ command: DeviceRequest.Command, _ response: JSONValue?, isGood: Bool) -> [UInt8] {
        switch command.wire {
        case .evp1:
            // 0 good, 2 not found, 1 failed.
            let status = response == nil ? 2.0 : isGood ? 0 : 1
            return bytes([
                "moduleInstance": .string(command.instance), "status": .number(status),
                "response": response ?? .string("Unknown method"),
            ])
        case .evp2:
            var members: [String: JSONValue] = [
                "reqid": .string(command.id), "status": .string(isGood && response != nil ? "ok" : "error"),
                "response": .string(response?.canonicalText ?? "{}"),
            ]
            if response == nil { members["errorMessage"] = .string("Unknown method") }
            return bytes(["direct-command-response": .object(members)])
        }
    }

    /// What came of a request, by the numbers of gRPC.
    package static func outcome(id: String, code: Int, detail: String) -> JSONValue {
        .object(["res_id": .string(id), "code": .number(Double(code)), "detail_msg": .string(detail)])
    }

    private static func bytes(_ members: [String: JSONValue]) -> [UInt8] {
        Array(JSONValue.object(members).canonicalText.utf8)
    }
}
