import CKernels
import Tensors
import TestSupport
import Testing

@Suite struct SHA256Tests {
    // FIPS 180-4 examples and RFC 6234's, section 8.5.
    @Test(
        "matches the published digests",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func knownAnswers(text: String, digest: String) {
        #expect(SHA256.hex(of: Array(text.utf8)) == digest)
    }

    @Test("a million times 'a'")
    func million() {
        #expect(
            SHA256.hex(of: [UInt8](repeating: 0x61, count: 1_000_000))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("gives the same digest however the bytes are cut", arguments: [1, 3, 55, 56, 63, 64, 65, 127, 1000])
    func cuts(piece: Int) {
        var generator = SplitMix64(seed: 7)
        let bytes = (0..<1000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        var hash = SHA256()
        bytes.withUnsafeBytes { all in
            for start in stride(from: 0, to: all.count, by: piece) {
                hash.update(UnsafeRawBufferPointer(rebasing: all[start..<min(all.count, start + piece)]))
            }
        }
        #expect(hash.finalizeHex() == SHA256.hex(of: bytes))
    }

    #if arch(x86_64)
    @Test("both compressors agree", .enabled(if: ck_sha256_has_shani() == 1, "this processor has no SHA extensions"))
    func compressors() {
        var generator = SplitMix64(seed: 11)
        for blocks in [1, 2, 5] {
            let bytes = (0..<64 * blocks).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var portable = (0..<8).map { UInt32($0) &* 0x9e37_79b9 }
            var fast = portable
            ck_sha256_blocks__portable(&portable, bytes, blocks)
            ck_sha256_blocks__shani(&fast, bytes, blocks)
            #expect(portable == fast)
        }
    }
    #endif
}
