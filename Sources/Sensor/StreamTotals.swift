/// Why a frame that the sensor took got no answer.
package enum DropReason: String, Sendable, CaseIterable, Codable {
    /// As many frames as may be under way were: the service is slower than the sensor.
    case backpressure
    /// The frame before was still being made: the emulator is slower than the sensor.
    case late
    /// The service had no room (429, 503), for this frame or for the time that it asked to be left alone.
    case refused
    /// The service would not take the frame for what it is (other 4xx).
    case rejected
    /// The service failed (other 5xx).
    case failed
    /// No answer in time.
    case timedOut = "timed_out"
    /// There was no connection, or it broke.
    case disconnected
    /// The stream was ended first.
    case cancelled
    /// Not sent, because a fault was asked for.
    case omitted
}

/// What became of the frames of a stream. Every frame is answered or dropped for one reason, none is both or neither.
package struct StreamTotals: Sendable, Equatable {
    /// Frame times that have come.
    package var generated: UInt64 = 0
    package var answered: UInt64 = 0
    package var dropped: [DropReason: UInt64] = [:]
    /// Connections lost or not made.
    package var disconnections: UInt64 = 0
    /// Frames sent a second time, because a fault was asked for; those answers are counted nowhere else.
    package var repeated: UInt64 = 0
    /// Frames broken on their way, because a fault was asked for, and how many of them were answered all the same.
    package var broken: UInt64 = 0
    package var brokenAnswered: UInt64 = 0
    /// Frames made, and the processor time that took.
    package var made: UInt64 = 0
    package var makingTime: Duration = .zero

    package init() {}

    package var droppedCount: UInt64 { dropped.values.reduce(0, +) }

    package static func + (left: StreamTotals, right: StreamTotals) -> StreamTotals {
        var sum = left
        sum.generated += right.generated
        sum.answered += right.answered
        sum.dropped.merge(right.dropped, uniquingKeysWith: +)
        sum.disconnections += right.disconnections
        sum.repeated += right.repeated
        sum.broken += right.broken
        sum.brokenAnswered += right.brokenAnswered
        sum.made += right.made
        sum.makingTime += right.makingTime
        return sum
    }

    mutating func drop(_ reason: DropReason) { dropped[reason, default: 0] += 1 }
}

/// What happened to one frame.
package enum StreamEvent: Sendable {
    /// - Parameters:
    ///   - latency: from the first byte sent to the last byte of the answer.
    ///   - body: the answer, as a rule a `FrameResult` in JSON.
    case answered(sequence: UInt64, latency: Duration, body: [UInt8])
    /// `detail` is what the service or the network said, if anything did.
    case dropped(sequence: UInt64, reason: DropReason, detail: String?)
}
