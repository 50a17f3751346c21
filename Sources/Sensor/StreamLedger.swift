/// The books of a stream: which frame is next, which may be sent, what became of each. Knows no clock and no network:
/// times are given to it, counted from the start of the stream.
struct StreamLedger {
    /// The time of one frame.
    struct Slot: Sendable, Equatable {
        var sequence: UInt64
        /// Since the start of the stream.
        var time: Duration
        /// The same in nanoseconds.
        var timestamp: UInt64
    }

    private let options: StreamOptions
    private(set) var totals = StreamTotals()

    private var isMaking = false
    /// Frames being made or sent.
    private var outstanding = 0
    private var hold: (until: Duration, reason: DropReason)?
    private var hasReply = false
    /// Since the last reply.
    private var failedAttempts = 0
    private var rejectionsInARow = 0
    private var lastDisconnection = ""
    private var lastRejection: (status: Int, detail: String) = (0, "")

    init(options: StreamOptions) { self.options = options }

    /// The frame whose time comes next; `nil` after the last.
    var nextSlot: Slot? {
        let sequence = totals.generated
        if let limit = options.frameLimit, sequence >= limit { return nil }
        // From the start each time, so that rounding does not add up.
        let nanoseconds = UInt64(min(Double(sequence) * 1e9 / options.framesPerSecond, 0x1p62))
        return Slot(sequence: sequence, time: .nanoseconds(Int64(nanoseconds)), timestamp: nanoseconds)
    }

    /// The time of the next frame has come.
    mutating func take() -> Slot? {
        guard let slot = nextSlot else { return nil }
        totals.generated += 1
        return slot
    }

    /// Makes room for the frame just taken, or drops it.
    mutating func admit(_ slot: Slot, at now: Duration) -> DropReason? {
        let reason: DropReason? =
            if options.faults.hits(.drop, frame: slot.sequence) {
                .omitted
            } else if outstanding >= options.inFlight {
                .backpressure
            } else if isMaking {
                .late
            } else if let hold, now < hold.until {
                hold.reason
            } else {
                nil
            }
        if let reason {
            totals.drop(reason)
        } else {
            isMaking = true
            outstanding += 1
        }
        return reason
    }

    /// The frame admitted last is ready to be sent.
    mutating func made(in processorTime: Duration) {
        isMaking = false
        totals.made += 1
        totals.makingTime += processorTime
    }

    /// Enters what became of a frame that was sent.
    ///
    /// - Parameter isBroken: whether it was broken on its way on purpose; the service is right to refuse it.
    mutating func settle(
        _ slot: Slot, _ outcome: IngestOutcome, latency: Duration, isBroken: Bool = false, isRepeated: Bool = false,
        at now: Duration
    ) -> StreamEvent {
        outstanding -= 1
        if isRepeated { totals.repeated += 1 }
        if isBroken {
            totals.broken += 1
            if case .answered = outcome { totals.brokenAnswered += 1 }
        }
        if outcome.isReply {
            hasReply = true
            failedAttempts = 0
        }
        switch outcome {
        case .answered(let body):
            totals.answered += 1
            rejectionsInARow = 0
            return .answered(sequence: slot.sequence, latency: latency, body: body)
        case .refused(let retryAfter, let detail):
            if retryAfter > .zero { hold = (now + retryAfter, .refused) }
            return drop(slot, .refused, detail)
        case .rejected(let status, let detail):
            if !isBroken { rejectionsInARow += 1 }
            lastRejection = (status, detail)
            return drop(slot, .rejected, "\(status) \(detail)")
        case .failed(let detail): return drop(slot, .failed, detail)
        case .timedOut: return drop(slot, .timedOut, nil)
        case .cancelled: return drop(slot, .cancelled, nil)
        case .disconnected(let detail):
            totals.disconnections += 1
            if isBroken { return drop(slot, .disconnected, detail) }
            lastDisconnection = detail
            // Frames that were under way together fail together: that is one failure.
            if hold.map({ $0.reason != .disconnected || now >= $0.until }) ?? true {
                failedAttempts += 1
                hold = (now + backoff, .disconnected)
            }
            return drop(slot, .disconnected, detail)
        }
    }

    /// The frame admitted last was not made after all.
    mutating func abandon(_ slot: Slot) -> StreamEvent {
        isMaking = false
        outstanding -= 1
        return drop(slot, .cancelled, nil)
    }

    /// Why the stream must end now, if it must.
    func fault(endpoint: String, at now: Duration) -> SensorError? {
        if rejectionsInARow >= options.rejectionLimit { return rejected(endpoint) }
        if !hasReply, failedAttempts > 0, now >= options.patience { return unreachable(endpoint) }
        return nil
    }

    /// Why a stream that has come to its end was in vain, if it was.
    func finalFault(endpoint: String, isCancelled: Bool) -> SensorError? {
        guard totals.answered == 0, !isCancelled else { return nil }
        if !hasReply, failedAttempts > 0 { return unreachable(endpoint) }
        return rejectionsInARow > 0 ? rejected(endpoint) : nil
    }

    private var backoff: Duration {
        let doublings = min(16, max(0, failedAttempts - 1))
        return min(options.backoff.lowerBound * (1 << doublings), options.backoff.upperBound)
    }

    private mutating func drop(_ slot: Slot, _ reason: DropReason, _ detail: String?) -> StreamEvent {
        totals.drop(reason)
        return .dropped(sequence: slot.sequence, reason: reason, detail: detail)
    }

    private func unreachable(_ endpoint: String) -> SensorError {
        .unreachable(url: endpoint, detail: lastDisconnection, attempts: failedAttempts)
    }

    private func rejected(_ endpoint: String) -> SensorError {
        .rejected(
            url: endpoint, status: lastRejection.status, detail: lastRejection.detail, count: rejectionsInARow)
    }
}
