package import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// Why a `.npy` file cannot be read or written.
package enum NPYError: Error, Equatable, Sendable {
    case file(FileError)
    case malformed(detail: String)
    case unsupported(detail: String)
    case limitExceeded(what: String, limit: Int, value: Int)
}

extension NPYError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let error): error.description
        case .malformed(let detail): "npy: \(detail)"
        case .unsupported(let detail): "npy: not supported: \(detail)"
        case .limitExceeded(let what, let limit, let value): "npy: \(what) is \(value), the limit is \(limit)"
        }
    }
}

/// NumPy's array files, versions 1.0 to 3.0 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html):
/// little-endian, row-major arrays of numbers and booleans.
package enum NPYFile {
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    private static let headerLimit = 1 << 16
    private static let rankLimit = 32

    private static let codes: [(code: String, type: DataType)] = [
        ("f4", .float32), ("f8", .float64), ("f2", .float16), ("i1", .int8), ("i2", .int16), ("i4", .int32),
        ("i8", .int64), ("u1", .uint8), ("u2", .uint16), ("u4", .uint32), ("u8", .uint64), ("b1", .bool),
        ("c8", .complex64), ("c16", .complex128),
    ]

    package static func read(path: String) throws(NPYError) -> Tensor {
        let file: ByteStorage
        do { file = try ByteStorage.reading(path: path, maximumByteCount: 16 << 30) } catch { throw .file(error) }
        return try read(file.bytes)
    }

    package static func read(_ bytes: UnsafeRawBufferPointer) throws(NPYError) -> Tensor {
        guard bytes.count >= 10, bytes.prefix(6).elementsEqual(magic) else {
            throw .malformed(detail: "does not start like a NumPy array")
        }
        let isLong = bytes[6] >= 2
        guard (1...3).contains(bytes[6]), bytes.count >= (isLong ? 12 : 10) else {
            throw .unsupported(detail: "version \(bytes[6]).\(bytes[7])")
        }
        let length = (8..<(isLong ? 12 : 10)).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
        guard length <= headerLimit else {
            throw .limitExceeded(what: "length of the header", limit: headerLimit, value: length)
        }
        let start = (isLong ? 12 : 10) + length
        guard start <= bytes.count else { throw .malformed(detail: "the file ends inside the header") }
        let header = String(decoding: bytes[start - length..<start], as: UTF8.self)
        let (type, shape) = try parse(header)
        guard let count = Shape.checkedElementCount(of: shape), count <= bytes.count else {
            throw .malformed(detail: "shape \(shape) in a file of \(bytes.count) bytes")
        }
        let byteCount = count * (type.byteWidth ?? 0)
        guard bytes.count - start == byteCount else {
            throw .malformed(
                detail: "\(type)\(Shape(shape)) takes \(byteCount) bytes, \(bytes.count - start) follow the header")
        }
        let tensor = Tensor(dataType: type, shape: Shape(shape), zeroed: false)
        UnsafeMutableRawBufferPointer(start: tensor.base, count: byteCount).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: bytes[start...]))
        if type == .bool {
            // NumPy takes every byte but 0 for true; here true is 1.
            let elements = UnsafeMutableRawBufferPointer(start: tensor.base, count: byteCount)
            for index in elements.indices where elements[index] > 1 { elements[index] = 1 }
        }
        return tensor
    }

    /// The Python dictionary of the header, for the three keys it has.
    private static func parse(_ header: String) throws(NPYError) -> (DataType, [Int]) {
        guard let descriptor = value("descr", header), let order = value("fortran_order", header),
            let tuple = value("shape", header)
        else { throw .malformed(detail: "header \(header)") }
        var code = descriptor.filter { $0 != "'" && $0 != "\"" && $0 != " " }
        if let first = code.first, "<>=|".contains(first) {
            if first == ">" { throw .unsupported(detail: "big-endian elements") }
            code.removeFirst()
        }
        guard let type = codes.first(where: { $0.code == code })?.type else {
            throw .unsupported(detail: "elements of type \(descriptor)")
        }
        var shape: [Int] = []
        for part in tuple.split(separator: ",") {
            let digits = part.filter { $0 != " " }
            if digits.isEmpty { continue }
            guard let extent = Int(digits), extent >= 0, shape.count < rankLimit else {
                throw .malformed(detail: "shape (\(tuple))")
            }
            shape.append(extent)
        }
        guard order.contains("False") || shape.count <= 1 else { throw .unsupported(detail: "column-major order") }
        return (type, shape)
    }

    /// The text of a key's value: inside the parentheses of a tuple, else up to the next comma or brace.
    private static func value(_ key: String, _ header: String) -> String? {
        let parts = header.split(separator: "'\(key)':", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let rest = parts[1].drop { $0 == " " }
        if rest.first == "(" {
            guard let close = rest.firstIndex(of: ")") else { return nil }
            return String(rest[rest.index(after: rest.startIndex)..<close])
        }
        return String(rest.prefix { $0 != "," && $0 != "}" })
    }

    package static func write(_ tensor: Tensor, path: String) throws(NPYError) {
        let bytes = try encode(tensor)
        guard let file = fopen(path, "wb") else { throw .file(.current(operation: "create", path: path)) }
        let written = fwrite(bytes, 1, bytes.count, file)
        let failure = written == bytes.count ? nil : FileError.current(operation: "write", path: path)
        let closed = fclose(file)
        if let failure { throw .file(failure) }
        if closed != 0 { throw .file(.current(operation: "write", path: path)) }
    }

    /// A whole file, version 1.0.
    package static func encode(_ tensor: Tensor) throws(NPYError) -> [UInt8] {
        guard let code = codes.first(where: { $0.type == tensor.dataType })?.code else {
            throw .unsupported(detail: "elements of type \(tensor.dataType)")
        }
        let extents = tensor.shape.dimensions
        let tuple = extents.map(String.init).joined(separator: ", ") + (extents.count == 1 ? "," : "")
        let order = tensor.dataType.byteWidth == 1 ? "|" : "<"
        var header = "{'descr': '\(order)\(code)', 'fortran_order': False, 'shape': (\(tuple)), }"
        let padding = (64 - (10 + header.utf8.count + 1) % 64) % 64
        header += String(repeating: " ", count: padding) + "\n"
        let length = header.utf8.count
        return magic + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(header.utf8) + Array(tensor.bytes)
    }
}
