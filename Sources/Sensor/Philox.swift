import Tensors

/// Philox4x32-10: a counter-based generator (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011). A key and a counter name a block of four words; no state goes from one block to the next.
package struct Philox: Sendable, Equatable {
    package var key: SIMD2<UInt32>

    package init(key: SIMD2<UInt32>) { self.key = key }

    /// The generator of a name: the key is the start of the name's SHA-256.
    package init(named name: String) {
        let digest = SHA256.hex(of: Array(name.utf8))
        let start = UInt64(digest.prefix(16), radix: 16) ?? 0
        key = SIMD2(UInt32(truncatingIfNeeded: start), UInt32(truncatingIfNeeded: start >> 32))
    }

    package func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
        var word = counter
        var roundKey = key
        for _ in 0..<10 {
            let first = word.x.multipliedFullWidth(by: 0xD251_1F53)
            let second = word.z.multipliedFullWidth(by: 0xCD9E_8D57)
            word = SIMD4(
                second.high ^ word.y ^ roundKey.x, second.low,
                first.high ^ word.w ^ roundKey.y, first.low)
            roundKey = roundKey &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
        }
        return word
    }
}
