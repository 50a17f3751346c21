package import Tensors

/// A result on its way into the store.
package struct NewResult: Sendable {
    /// Bytes that are kept beside results, once for each content.
    package struct Blob: Sendable {
        /// Of `bytes`, hexadecimal.
        package var sha256: String
        package var contentType: String
        package var bytes: ByteStorage

        package init(sha256: String, contentType: String, bytes: ByteStorage) {
            self.sha256 = sha256
            self.contentType = contentType
            self.bytes = bytes
        }
    }

    /// The native JSON: one object, without the member `record`.
    package var document: [UInt8]
    package var sensor: String?
    package var model: String
    /// The best score of each label that was found.
    package var findings: [String: Float]
    /// What is needed to ask the same again; for who replays.
    package var request: [UInt8]
    package var frame: Blob?
    package var picture: Blob?

    package init(document: [UInt8], sensor: String? = nil, model: String, findings: [String: Float] = [:]) {
        self.document = document
        self.sensor = sensor
        self.model = model
        self.findings = findings
        request = []
    }
}

/// A result as it lies in the store.
package struct StoredResult: Sendable, Equatable {
    /// Grows with every result that is stored, and is never given twice.
    package var id: Int64
    /// The native JSON with its member `record`.
    package var document: [UInt8]
    package var request: [UInt8]
    /// Whether the frame and the picture are stored, too.
    package var hasFrame: Bool
    package var hasPicture: Bool
}

/// Bytes from the store.
package struct StoredBlob: Sendable, Equatable {
    package var contentType: String
    package var bytes: [UInt8]
}
