import Glibc
import Tensors

/// Messages to the person at the terminal. Standard output carries data only.
enum StandardError {
    static func print(_ line: String) { write(line + "\n") }

    static func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
            if written <= 0 { return }
            bytes = bytes.dropFirst(written)
        }
    }

    static var isTerminal: Bool { isatty(2) == 1 }
}

/// Data lines to standard output, each written whole.
enum StandardOutput {
    /// - Throws: `FileError` when the reader has gone away or the disk is full.
    static func write(line bytes: [UInt8]) throws(FileError) {
        try FileWriting.write(bytes + [UInt8(ascii: "\n")], to: "-")
    }

    static func write(line: String) throws(FileError) {
        try write(line: Array(line.utf8))
    }
}
