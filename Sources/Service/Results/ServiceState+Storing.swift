import Hummingbird
import NIOCore
import Pipeline
import Store
import Vision

/// A result's JSON on its way to the client.
struct AnsweredResult: Sendable {
    var json: ByteBuffer
    /// Its id in the store, where it was stored.
    var id: Int64?
}

extension ServiceState {
    /// The result's JSON; with a store, once it is on the disk, and with its record.
    ///
    /// - Parameters:
    ///   - keepsPicture: whether the request asked for the picture.
    ///   - mayDrop: leaves the result out, counted, when the store is behind or fails, and answers without a record.
    /// - Throws: `StoreError`, unless `mayDrop`.
    func stored(
        _ analysis: Analysis, of frame: FrameRequest, keepsPicture: Bool, mayDrop: Bool
    ) async throws -> AnsweredResult {
        let json = JSONBody.encode(analysis.result)
        guard let store else { return AnsweredResult(json: json) }
        let result = analysis.result
        var new = NewResult(
            document: Array(json.readableBytesView), sensor: result.frame.sensor, model: result.model.name,
            findings: result.bestScores)
        new.request = try RecordedRequest(frame).json()
        let kept = KeptPixels(
            store.configuration.contents, frame: ReleasedFrame(frame.input, at: result.privacy.level),
            sha256: result.frame.sha256, picture: keepsPicture ? analysis.picture : nil)
        new.frame = kept.frame
        new.picture = kept.picture
        do {
            guard let stored = try await store.write(new, mayDrop: mayDrop) else {
                metrics.notStored("full")
                return AnsweredResult(json: json)
            }
            return AnsweredResult(json: ByteBuffer(bytes: stored.document), id: stored.id)
        } catch {
            metrics.notStored("failed")
            guard mayDrop else { throw error }
            return AnsweredResult(json: json)
        }
    }

    /// Whether answers carry the digests that a replay compares.
    var takesDigests: Bool { store?.configuration.contents == .frames }
}

extension FrameResult {
    /// The best score of each label that was found, by the first model or a second.
    var bestScores: [String: Float] {
        var best: [String: Float] = [:]
        func note(_ label: String, _ score: Float) { best[label] = max(best[label] ?? score, score) }
        func note(_ detections: [Detection]) {
            for detection in detections {
                note(detection.label, detection.score)
                for classification in detection.classifications ?? [] {
                    note(classification.label, classification.score)
                }
                note(detection.parts ?? [])
            }
        }
        note(allDetections)
        let classes = (classifications ?? []) + (further ?? []).flatMap { $0.classifications ?? [] }
        for classification in classes { note(classification.label, classification.score) }
        for mask in segmentation?.masks ?? [] { note(mask.label, mask.share) }
        return best
    }
}
