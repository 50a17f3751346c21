import Codecs
import Imaging
import Tensors
import Testing

@Suite("Raw description")
struct RawDescriptionTests {
    private func complete(_ change: (inout RawDescription) -> Void = { _ in }) -> RawDescription {
        var description = RawDescription()
        description.width = 8
        description.height = 4
        description.pixelFormat = PixelFormat(cfa: .grbg, bitDepth: 10, packing: .csi2)
        change(&description)
        return description
    }

    @Test("builds a frame over bare bytes without copying them")
    func frame() throws {
        let bytes = ByteStorage(byteCount: 40)
        let frame = try #require(ImageDecoder.decode(bytes, description: complete()).frame)
        #expect(frame.storage === bytes)
        #expect((frame.width, frame.height, frame.rowStride, frame.byteOffset) == (8, 4, 10, 0))
        #expect(frame.whiteLevel == 1023)
        let described = complete {
            $0.offset = 6
            $0.rowStride = 16
            $0.blackLevel = [25]
            $0.whiteLevel = 1000
            $0.whiteBalanceGains = SIMD3(4, 2, 3)
            $0.orientation = .left
            $0.sequence = 7
            $0.timestamp = .max
        }
        let padded = try #require(
            ImageDecoder.decode(ByteStorage(byteCount: 6 + 16 * 4), description: described).frame)
        #expect((padded.rowStride, padded.byteOffset) == (16, 6))
        #expect(padded.blackLevel == [25, 25, 25, 25])
        #expect(padded.whiteLevel == 1000)
        #expect(padded.whiteBalanceGains == SIMD3(2, 1, 1.5))
        #expect(padded.orientation == .left)
        #expect((padded.sequence, padded.timestamp) == (7, .max))
    }

    @Test("moves 16-bit samples from an odd address to an even one")
    func oddOffset() throws {
        let bytes = ByteStorage(Array(0..<9))
        var description = RawDescription()
        (description.width, description.height, description.offset) = (2, 2, 1)
        description.pixelFormat = PixelFormat(cfa: .rggb, bitDepth: 16)
        let frame = try description.frame(over: bytes)
        #expect(frame.samples == [0x0201, 0x0403, 0x0605, 0x0807])
        #expect(Int(bitPattern: frame.storage.base + frame.byteOffset) % 2 == 0)
    }

    @Test(
        "accepts less than a row of padding at the end and no more",
        arguments: zip([39, 40, 49, 50], [false, true, true, false]))
    func length(count: Int, isAccepted: Bool) {
        let bytes = ByteStorage(byteCount: count)
        if isAccepted {
            #expect(throws: Never.self) { try complete().frame(over: bytes) }
        } else {
            let error = #expect(throws: CodecError.self) { try complete().frame(over: bytes) }
            guard case .malformed("raw", "length", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test("names the field that is missing, out of range or contradictory")
    func faults() {
        let faults: [(String, (inout RawDescription) -> Void)] = [
            ("width", { $0.width = nil }), ("height", { $0.height = nil }), ("pixelFormat", { $0.pixelFormat = nil }),
            ("width", { $0.width = 0 }), ("height", { $0.height = -1 }), ("width", { $0.width = 1 }),
            ("pixelFormat", { $0.pixelFormat = PixelFormat(cfa: .rggb, bitDepth: 11) }),
            ("rowStride", { $0.rowStride = 9 }), ("offset", { $0.offset = -1 }),
            ("blackLevel", { $0.blackLevel = [1, 2] }), ("blackLevel", { $0.blackLevel = [-1] }),
            ("blackLevel", { $0.blackLevel = [.nan] }), ("blackLevel", { $0.blackLevel = [1023] }),
            ("whiteLevel", { $0.whiteLevel = 1024 }), ("whiteLevel", { $0.whiteLevel = 0 }),
            ("whiteBalanceGains", { $0.whiteBalanceGains = SIMD3(0, 1, 1) }),
            ("whiteBalanceGains", { $0.whiteBalanceGains = SIMD3(1, .infinity, 1) }),
            ("cameraToSRGB", { $0.cameraToSRGB = .diagonal(SIMD3(1, .nan, 1)) }),
        ]
        for (field, change) in faults {
            let error = #expect(throws: CodecError.self) {
                try complete(change).frame(over: ByteStorage(byteCount: 40))
            }
            guard case .argument(field: field, _) = error else {
                Issue.record("\(field): \(String(describing: error))")
                continue
            }
        }
    }

    @Test("checks limits and overflow before it trusts a size")
    func limits() {
        #expect(throws: CodecError.limitExceeded(format: "raw", field: "width", limit: 32_768, value: 40_000)) {
            try complete { $0.width = 40_000 }.frame(over: ByteStorage(byteCount: 40))
        }
        for change: (inout RawDescription) -> Void in [
            { $0.rowStride = .max }, { $0.offset = .max }, { $0.offset = 41 },
            {
                $0.width = 32_768
                $0.height = 2048
            },
        ] {
            let error = #expect(throws: CodecError.self) {
                try complete(change).frame(over: ByteStorage(byteCount: 40))
            }
            guard case .malformed("raw", "length", _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test("reads fields in the spelling of headers, flags and JSON")
    func fields() throws {
        let description = try RawDescription(fields: [
            ("Width", "8"), ("height", " 4 "), ("Pixel-Format", "SGRBG10P"), ("row_stride", "16"),
            ("black-level", "1, 2,3 ,4"), ("whiteLevel", "1000.5"), ("white-balance-gains", "2,1,1.5"),
            ("camera-to-srgb", "1,0,0,0,1,0,0,0,1"), ("orientation", "8"), ("offset", "0"), ("sequence", "3"),
            ("timestamp", "18446744073709551615"),
        ])
        let expected = complete {
            $0.rowStride = 16
            $0.blackLevel = [1, 2, 3, 4]
            $0.whiteLevel = 1000.5
            $0.whiteBalanceGains = SIMD3(2, 1, 1.5)
            $0.cameraToSRGB = .identity
            $0.orientation = .left
            $0.offset = 0
            $0.sequence = 3
            $0.timestamp = .max
        }
        #expect(description == expected)
    }

    @Test(
        "names a bad field as the caller spells it",
        arguments: [
            ("Colour", "1"), ("Width", "eight"), ("Width", "0"), ("Width", "8.5"), ("Pixel-Format", "RGB24"),
            ("Black-Level", "1,2"), ("Black-Level", "1,,2,3"), ("Black-Level", ""), ("White-Level", "nan"),
            ("Orientation", "9"), ("Sequence", "-1"), ("Gains", "1"), ("White-Balance-Gains", "1,1"),
            ("White-Balance-Gains", "1,0,1"), ("Camera-To-sRGB", "1"), ("Offset", "-3"),
            ("Timestamp", "18446744073709551616"), ("Calibrations", "[]"),
        ])
    func badField(name: String, value: String) {
        let error = #expect(throws: CodecError.self) { try RawDescription(fields: [(name, value)]) }
        guard case .argument(field: name, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("refuses a field given twice")
    func twice() {
        #expect(throws: CodecError.argument(field: "WIDTH", detail: "is given twice")) {
            try RawDescription(fields: [("width", "8"), ("WIDTH", "8")])
        }
    }

    @Test("keeps everything through JSON")
    func json() throws {
        let description = complete {
            $0.rowStride = 16
            $0.blackLevel = [1, 2, 3, 4.5]
            $0.whiteLevel = 1000
            $0.whiteBalanceGains = SIMD3(2, 1, 1.5)
            $0.cameraToSRGB = ColorMatrix([1, 0.5, -0.5, 0, 1, 0, 0.25, 0, 0.75])
            $0.calibrations = [
                .init(temperature: 3200, xyzToCamera: .identity, cameraToXYZD50: .diagonal(SIMD3(1, 2, 3))),
                .init(temperature: 6504, xyzToCamera: .diagonal(SIMD3(1, 2, 3))),
            ]
            $0.orientation = .left
            $0.offset = 0
            $0.sequence = 3
            $0.timestamp = .max
        }
        #expect(try RawDescription(json: description.encodeJSON()) == description)
        #expect(try RawDescription(json: Array("{}".utf8)).isEmpty)
        #expect(try RawDescription(json: Array(#"{"blackLevel": 25}"#.utf8)).blackLevel == [25])
    }

    @Test(
        "names the JSON key that is unknown, of the wrong type or out of range",
        arguments: [
            (#"{"widht": 8}"#, "widht"), (#"{"width": "8"}"#, "width"), (#"{"width": 8.5}"#, "width"),
            (#"{"width": null}"#, "width"), (#"{"width": 0}"#, "width"), (#"{"pixelFormat": "RGB"}"#, "pixelFormat"),
            (#"{"blackLevel": [1, 2]}"#, "blackLevel"), (#"{"blackLevel": "1"}"#, "blackLevel"),
            (#"{"whiteBalanceGains": [1, 2]}"#, "whiteBalanceGains"), (#"{"cameraToSRGB": [1]}"#, "cameraToSRGB"),
            (#"{"orientation": 9}"#, "orientation"), (#"{"sequence": -1}"#, "sequence"),
            (#"{"width": 99999999999999999999}"#, "width"),
            (#"{"calibrations": [{"temperature": 1}]}"#, "calibrations"),
            (#"{"calibrations": [{"temperature": 5000, "matrix": []}]}"#, "calibrations"),
            (#"{"calibrations": []}"#, "calibrations"),
        ])
    func badJSON(json: String, key: String) {
        let error = #expect(throws: CodecError.self) { try RawDescription(json: Array(json.utf8)) }
        guard case .argument(field: key, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("refuses what is no JSON object", arguments: ["", "{", "[]", "8", #"{"width": 8,}x"#, "\u{FF}"])
    func noObject(json: String) {
        let error = #expect(throws: CodecError.self) { try RawDescription(json: Array(json.utf8)) }
        guard case .malformed("raw description", "JSON", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
