/// What goes wrong with a sensor's frames, and how often. Which frames are hit follows from the seed alone.
package struct FaultPlan: Sendable, Equatable {
    package enum Fault: String, Sendable, CaseIterable {
        /// The frame is never sent: its number is missing.
        case drop
        /// The frame is sent one to four frame times late, after frames that were taken later.
        case late
        /// The frame is sent twice.
        case duplicate
        /// The frame ends early.
        case truncate
        /// Up to eight bits are turned over on the way.
        case corrupt
        /// Up to eight rows of the sensor give nothing but ones. The frame itself is whole.
        case stuckRows = "stuck-rows"
        /// The share of packets of 1,460 bytes that are lost: zeros stand in their place.
        case packetLoss = "packet-loss"
        /// The connection breaks in the middle of the frame.
        case disconnect
        /// The description says twice the rows that there are.
        case wrongMetadata = "wrong-metadata"
    }

    /// Shares of frames (of packets for `packetLoss`), 0…1.
    package var rates: [Fault: Double] = [:]
    /// Millionths that the sensor's clock runs fast.
    package var clockDrift = 0.0

    package init() {}

    /// Reads `drop=0.01,packet-loss=0.002,clock-drift=50`.
    package init(_ text: String) throws(SensorError) {
        for item in text.split(separator: ",") {
            let parts = item.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, let value = Double(parts[1]), value.isFinite else {
                throw .badOption(name: "faults", detail: "'\(item.prefix(64))' is not NAME=NUMBER")
            }
            if parts[0] == "clock-drift" {
                guard abs(value) <= 100_000 else {
                    throw .badOption(name: "faults", detail: "clock-drift is \(value), the limit is 100000 millionths")
                }
                clockDrift = value
                continue
            }
            guard let fault = Fault(rawValue: String(parts[0])) else {
                let known = Fault.allCases.map(\.rawValue) + ["clock-drift"]
                throw .badOption(
                    name: "faults",
                    detail: "no fault is called '\(parts[0].prefix(64))'; there are \(known.joined(separator: ", "))")
            }
            guard (0...1).contains(value) else {
                throw .badOption(name: "faults", detail: "\(fault.rawValue) is \(value), a share is 0 to 1")
            }
            rates[fault] = value
        }
    }

    package var isEmpty: Bool { rates.values.allSatisfy { $0 == 0 } && clockDrift == 0 }
}

/// The faults of one sensor, frame by frame.
package struct FaultSource: Sendable {
    package let plan: FaultPlan
    private let chance: Philox

    package init(_ plan: FaultPlan, seed: UInt64 = 0, serial: String = "1") {
        self.plan = plan
        chance = Philox(named: "fovea.sensor/1 fault \(seed) \(serial)")
    }

    /// Random words for one fault of one frame, from the block `index` of them.
    func words(_ fault: FaultPlan.Fault, frame: UInt64, index: Int = 0) -> SIMD4<UInt32> {
        let kind = UInt32(FaultPlan.Fault.allCases.firstIndex(of: fault) ?? 0)
        return chance.block(
            SIMD4(
                UInt32(truncatingIfNeeded: index), kind, UInt32(truncatingIfNeeded: frame),
                UInt32(truncatingIfNeeded: frame >> 32)))
    }

    /// Whether frame `frame` has the fault.
    package func hits(_ fault: FaultPlan.Fault, frame: UInt64) -> Bool {
        guard let rate = plan.rates[fault], rate > 0 else { return false }
        if fault == .packetLoss { return true }
        return Double(words(fault, frame: frame).x) < rate * 0x1p32
    }

    /// The sensor's own clock at `timestamp` nanoseconds.
    func clock(_ timestamp: UInt64) -> UInt64 {
        guard plan.clockDrift != 0 else { return timestamp }
        return UInt64(max(0, Double(timestamp) * (1 + plan.clockDrift * 1e-6)))
    }

    /// Frame times that a late frame is late.
    func lateness(frame: UInt64) -> Int { Int(words(.late, frame: frame).y % 4) + 1 }
}
