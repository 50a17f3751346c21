import HTTPTypes
import Synchronization

/// The sensors that have sent frames, as many as the configuration allows.
final class SensorRegistry: Sendable {
    private let configuration: ServiceConfiguration
    private let sensors = Mutex<[SensorID: Sensor]>([:])
    private let gaps = Mutex<(skipped: UInt64, late: UInt64)>((0, 0))

    init(configuration: ServiceConfiguration) { self.configuration = configuration }

    /// Numbers that were skipped by sensors that made room for others, and those of them that came late.
    var gapsOfEvicted: (skipped: UInt64, late: UInt64) { gaps.withLock { $0 } }

    /// In order of their ids.
    var all: [Sensor] { sensors.withLock { Array($0.values) }.sorted { $0.id.name < $1.id.name } }

    /// - Throws: 404.
    func find(_ id: SensorID) throws(Problem) -> Sensor {
        guard let sensor = sensors.withLock({ $0[id] }) else {
            throw .notFound("no frame has come from a sensor '\(id.name)'")
        }
        return sensor
    }

    /// The sensor with this id, made if it is new. When all places are taken, one that never sent a frame worth an answer makes
    /// room, else one that has long been silent.
    ///
    /// - Throws: 429 when none does.
    func findOrAdd(
        _ id: SensorID, onEvict: (SensorID) -> Void = { _ in },
        onMiss: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(Problem) -> Sensor {
        var evicted: Sensor?
        let found: Sensor? = sensors.withLock { sensors in
            if let sensor = sensors[id] { return sensor }
            if sensors.count >= configuration.maximumSensors {
                let spare =
                    sensors.values.first { $0.latest == nil && $0.isIdle(for: .zero) }
                    ?? sensors.values.first { $0.isIdle(for: configuration.sensorIdleTimeout) }
                guard let spare else { return nil }
                sensors[spare.id] = nil
                evicted = spare
            }
            let sensor = Sensor(id: id, configuration: configuration, onMiss: onMiss)
            sensors[id] = sensor
            return sensor
        }
        if let evicted {
            let (summary, id) = (evicted.summary, evicted.id)
            gaps.withLock {
                $0.skipped &+= summary.missing &+ summary.late
                $0.late &+= summary.late
            }
            onEvict(id)
        }
        guard let found else {
            throw Problem(
                .tooManyRequests, "too-many-sensors",
                "there are \(configuration.maximumSensors) sensors, as many as the service takes", field: "id",
                limit: configuration.maximumSensors, retryAfter: 60)
        }
        return found
    }
}
