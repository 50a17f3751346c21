import Glibc
import Tensors

/// Messages to the person at the terminal. Standard output carries data only.
enum StandardError {
    static func print(_ line: String) {
        _ = try? FileWriting.write(Array((line + "\n").utf8), to: "/dev/stderr")
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
