import Imaging
import Tensors

/// A frame as it arrives after what goes wrong on its way.
struct DamagedFrame: Sendable {
    var frame: SensorFrame
    /// Whether the service must refuse it: what arrives is not what was sent.
    var isBroken = false
    /// Bytes after which the connection breaks.
    var breaksAfter: Int?

    /// The packets that a network with Ethernet's frames carries TCP in.
    static let packetByteCount = 1460

    init(_ whole: SensorFrame, _ faults: FaultSource, sequence: UInt64) {
        frame = whole
        if faults.hits(.stuckRows, frame: sequence) { stickRows(faults.words(.stuckRows, frame: sequence)) }
        // From here on the frame is no longer what the sensor made: its digest stays that of the whole one.
        if faults.plan.rates.values.contains(where: { $0 > 0 }) { frame.digest = frame.computedDigest() }
        if faults.hits(.corrupt, frame: sequence) { turnBits(faults.words(.corrupt, frame: sequence)) }
        if faults.hits(.packetLoss, frame: sequence) { losePackets(faults, sequence) }
        if faults.hits(.wrongMetadata, frame: sequence) { misdescribe() }
        if faults.hits(.truncate, frame: sequence) {
            let share = faults.words(.truncate, frame: sequence).y
            let count = Int(UInt64(frame.range.count) * UInt64(share) >> 32)
            frame.range = frame.range.lowerBound..<frame.range.lowerBound + max(1, count)
            isBroken = true
        }
        if faults.hits(.disconnect, frame: sequence) {
            let share = faults.words(.disconnect, frame: sequence).y
            breaksAfter = Int(UInt64(frame.range.count) * UInt64(share) >> 32)
            isBroken = true
        }
    }

    /// Gives the frame bytes of its own to change.
    private mutating func withOwnBytes(_ change: (UnsafeMutableRawBufferPointer) -> Void) {
        let source = frame.storage
        let copy = withExtendedLifetime(source) {
            ByteStorage(copying: UnsafeRawBufferPointer(rebasing: source.bytes[frame.range]))
        }
        change(copy.mutableBytes)
        frame.storage = copy
        frame.range = 0..<copy.byteCount
        frame.raw?.storage = copy
        frame.raw?.byteOffset = 0
    }

    private mutating func stickRows(_ words: SIMD4<UInt32>) {
        guard let raw = frame.raw else { return }
        let count = Int(words.y % 8) + 1
        let first = Int(words.z) % raw.height
        withOwnBytes { bytes in
            for row in first..<min(raw.height, first + count) {
                let start = row * raw.rowStride
                for index in start..<start + raw.pixelFormat.minimumRowStride(width: raw.width) { bytes[index] = 0xFF }
            }
        }
    }

    private mutating func turnBits(_ words: SIMD4<UInt32>) {
        let length = frame.range.count
        guard length > 0 else { return }
        let count = Int(words.y % 8) + 1
        withOwnBytes { bytes in
            for index in 0..<count {
                // Different places as long as the frame has more than a few bytes.
                let place = (Int(words.z) + index * 7919) % length
                bytes[place] ^= 1 << UInt8((Int(words.w) + index) % 8)
            }
        }
        isBroken = true
    }

    private mutating func losePackets(_ faults: FaultSource, _ sequence: UInt64) {
        let rate = faults.plan.rates[.packetLoss] ?? 0
        let packets = (frame.range.count + Self.packetByteCount - 1) / Self.packetByteCount
        var lost: [Int] = []
        for block in 0..<(packets + 3) / 4 {
            let words = faults.words(.packetLoss, frame: sequence, index: block)
            for lane in 0..<4 where Double(words[lane]) < rate * 0x1p32 {
                let packet = 4 * block + lane
                if packet < packets { lost.append(packet) }
            }
        }
        guard !lost.isEmpty else { return }
        withOwnBytes { bytes in
            for packet in lost {
                let start = packet * Self.packetByteCount
                for index in start..<min(bytes.count, start + Self.packetByteCount) { bytes[index] = 0 }
            }
        }
        isBroken = true
    }

    private mutating func misdescribe() {
        guard let index = frame.fields.firstIndex(where: { $0.name == "Fovea-Height" }),
            let height = Int(frame.fields[index].value)
        else { return }
        frame.fields[index].value = "\(2 * height)"
        isBroken = true
    }
}
