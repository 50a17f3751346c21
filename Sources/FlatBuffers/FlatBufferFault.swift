/// Why bytes are no FlatBuffer of the schema: the place and what is wrong there.
package struct FlatBufferFault: Error, Equatable, Sendable, CustomStringConvertible {
    package var byte: Int
    package var detail: String

    package init(byte: Int, detail: String) {
        self.byte = byte
        self.detail = detail
    }

    package var description: String { "byte \(byte): \(detail)" }
}
