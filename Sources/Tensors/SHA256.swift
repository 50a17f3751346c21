internal import CKernels

/// SHA-256 (FIPS 180-4), on the processor's SHA extensions where it has them.
package struct SHA256: Sendable {
    private var context = ck_sha256()

    package init() { ck_sha256_init(&context) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        ck_sha256_update(&context, bytes.baseAddress, bytes.count)
    }

    /// The digest's 32 bytes.
    package mutating func finalize() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        ck_sha256_final(&context, &digest)
        return digest
    }

    /// The digest as 64 lower-case hexadecimal digits.
    package mutating func finalizeHex() -> String {
        let digest = finalize()
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    package static func hex(of bytes: UnsafeRawBufferPointer) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finalizeHex()
    }

    package static func hex(of bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { hex(of: $0) }
    }
}
