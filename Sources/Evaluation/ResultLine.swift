internal import StrictJSON
internal import Tensors

/// What evaluation needs of a line that `fovea process` writes: an answer of schema `fovea.result/1`, or a failure.
package struct ResultLine: Sendable, Equatable, Decodable {
    package struct Detection: Sendable, Equatable, Decodable {
        /// `[x0, y0, x1, y1]` in pixels.
        package var box: [Double]
        package var label: String
        package var classID: Int
        package var score: Double
    }

    package struct Classification: Sendable, Equatable, Decodable {
        package var label: String
        package var classID: Int
        package var score: Double
    }

    package struct Frame: Sendable, Equatable, Decodable {
        package var source: String?
        package var sha256: String
    }

    package var frame: Frame?
    package var detections: [Detection]?
    package var classifications: [Classification]?
    /// Failures only.
    package var error: String?
    package var source: String?

    /// What tells the input from others: its path, else the digest of its content.
    package var key: String { frame.map { $0.source ?? $0.sha256 } ?? source ?? "" }

    /// The last part of the input's path.
    var fileName: String { key.split(separator: "/").last.map { String($0) } ?? key }

    /// Reads a file of lines one by one.
    ///
    /// - Parameter path: `-` is standard input.
    /// - Throws: `FileError`, ``EvaluationError/malformed(path:line:detail:)``, and what `body` throws.
    package static func read(_ path: String, _ body: (ResultLine) throws -> Void) throws {
        let reader = try LineReader(path: path)
        var number = 0
        while let line = try reader.next() {
            number += 1
            let decoded = line.withUnsafeBytes { bytes in
                Result { () throws(EvaluationError) in try ResultLine(bytes, path: path, number: number) }
            }
            if let result = try decoded.get() { try body(result) }
        }
    }

    /// Reads one line; `nil` for an empty one.
    ///
    /// - Throws: ``EvaluationError/malformed(path:line:detail:)``.
    init?(_ line: UnsafeRawBufferPointer, path: String, number: Int) throws(EvaluationError) {
        if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { return nil }
        do throws(JSONError) {
            self = try JSONDocument.decode(from: line, byteLimit: LineReader.lineLimit)
        } catch {
            throw .malformed(path: path, line: number, detail: "\(error)")
        }
        guard frame != nil || error != nil else {
            throw .malformed(path: path, line: number, detail: "is neither an answer (fovea.result/1) nor a failure")
        }
        for detection in detections ?? [] where detection.box.count != 4 {
            throw .malformed(path: path, line: number, detail: "a box does not have four numbers")
        }
    }
}
