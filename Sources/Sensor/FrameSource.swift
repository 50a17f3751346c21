/// Where a streamed sensor's frames come from.
package protocol FrameSource: Sendable {
    /// The frame of index `index`, counted from 0; indices rise but may skip. Called from one thread at a time, which it
    /// may keep as long as the making of a frame takes.
    func frame(_ index: UInt64) throws(SensorError) -> SensorFrame
}
