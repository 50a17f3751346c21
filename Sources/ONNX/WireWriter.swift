/// Protobuf fields, written one after the other; the counterpart of ``WireReader``.
///
/// Wire format: https://protobuf.dev/programming-guides/encoding. The same calls give the same bytes.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    /// An `int64`, `int32` or enum field.
    mutating func int(_ number: Int, _ value: Int) {
        tag(number, .varint)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func float(_ number: Int, _ value: Float) {
        tag(number, .fixed32)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func string(_ number: Int, _ value: String) {
        tag(number, .lengthDelimited)
        varint(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    mutating func bytes(_ number: Int, _ value: UnsafeRawBufferPointer) {
        tag(number, .lengthDelimited)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func message(
        _ number: Int, _ body: (inout WireWriter) throws(ONNXFormatError) -> Void
    ) throws(ONNXFormatError) {
        var inner = WireWriter()
        try body(&inner)
        tag(number, .lengthDelimited)
        varint(UInt64(inner.bytes.count))
        bytes.append(contentsOf: inner.bytes)
    }

    private mutating func tag(_ number: Int, _ type: WireReader.WireType) {
        varint(UInt64(number) << 3 | UInt64(type.rawValue))
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
