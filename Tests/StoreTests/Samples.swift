import Store
import Tensors
import TestSupport

/// Small results with everything that a chain looks at.
enum Sample {
    static let hash = String(repeating: "ab", count: 32)

    static func result(
        sensor: String? = nil, model: String = "m", _ findings: [String: Float] = ["dog": 0.5], note: String = ""
    ) -> NewResult {
        let detections = findings.sorted { $0.key < $1.key }.map { "{\"label\":\"\($0.key)\",\"score\":\($0.value)}" }
        let frame = "{\"sha256\":\"\(hash)\",\"kind\":\"raw\",\"note\":\"\(note)\"}"
        let text = """
            {"schema":"fovea.result/1","frame":\(frame),"detections":[\(detections.joined(separator: ","))],\
            "model":{"name":"\(model)","sha256":"\(hash)"},"isp":{"sha256":"\(hash)"}}
            """
        return NewResult(document: Array(text.utf8), sensor: sensor, model: model, findings: findings)
    }

    static func blob(_ bytes: [UInt8], type: String = "image/png") -> NewResult.Blob {
        NewResult.Blob(sha256: SHA256.hex(of: bytes), contentType: type, bytes: ByteStorage(bytes))
    }

    static func store(in folder: TemporaryDirectory) throws -> ResultsDatabase {
        try ResultsDatabase(path: folder.path + "/results.sqlite")
    }
}

func text(_ document: [UInt8]) -> String { String(decoding: document, as: UTF8.self) }
