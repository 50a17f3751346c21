import Codecs
import Imaging
import Tensors
import Testing

@Suite("Image decoder")
struct ImageDecoderTests {
    private let raw: RawDescription = {
        var description = RawDescription()
        (description.width, description.height) = (4, 4)
        description.pixelFormat = PixelFormat(cfa: .rggb, bitDepth: 8)
        return description
    }()

    private func png() throws -> ByteStorage {
        ByteStorage(try ImageEncoder.encodePNG(Picture(width: 4, height: 4, format: .gray8)))
    }

    private func field(_ body: () throws -> SourceImage) -> String? {
        do {
            _ = try body()
            return nil
        } catch CodecError.argument(let field, _) {
            return field
        } catch CodecError.unsupported(_, let field, _) {
            return "unsupported \(field)"
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "accepts a content type that fits the bytes",
        arguments: [nil, "", "image/png", "IMAGE/PNG; q=1", "application/octet-stream"])
    func fitting(contentType: String?) throws {
        #expect(try ImageDecoder.decode(png(), contentType: contentType).picture != nil)
    }

    @Test("refuses a content type that contradicts the bytes", arguments: ["image/jpeg", "image/x-adobe-dng"])
    func contradicting(contentType: String) throws {
        #expect(field { try ImageDecoder.decode(png(), contentType: contentType) } == "Content-Type")
        let noise = ByteStorage(byteCount: 16)
        #expect(field { try ImageDecoder.decode(noise, contentType: contentType, description: raw) } == "Content-Type")
    }

    @Test("refuses media types that are not read")
    func otherTypes() throws {
        #expect(field { try ImageDecoder.decode(png(), contentType: "text/html") } == "unsupported Content-Type")
    }

    @Test("takes described octets as bare raw whatever they begin with")
    func octets() throws {
        var bytes = [UInt8](repeating: 7, count: 16)
        bytes.replaceSubrange(0..<3, with: [0xFF, 0xD8, 0xFF])
        let storage = ByteStorage(bytes)
        let frame = try ImageDecoder.decode(storage, contentType: "application/octet-stream", description: raw).frame
        #expect(frame?.storage === storage)
        #expect(throws: CodecError.self) { try ImageDecoder.decode(storage, description: raw) }
    }

    @Test("says what is needed when nothing tells the format")
    func unrecognised() {
        for count in [0, 1, 7, 100] {
            let error = #expect(throws: CodecError.self) { try ImageDecoder.decode(ByteStorage(byteCount: count)) }
            guard case .unrecognised = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        var incomplete = raw
        incomplete.height = nil
        #expect(field { try ImageDecoder.decode(ByteStorage(byteCount: 16), description: incomplete) } == "height")
    }

    @Test("refuses a description that contradicts a file or does not apply to it")
    func contradictions() throws {
        let jpeg = ByteStorage(try ImageEncoder.encodeJPEG(Picture(width: 4, height: 4, format: .rgb8), quality: 80))
        let dng = ByteStorage(
            try DNGEncoder.encode(.noise(width: 4, height: 4, format: PixelFormat(cfa: .rggb, bitDepth: 8))))
        func fault(_ bytes: ByteStorage, _ change: (inout RawDescription) -> Void) -> String? {
            var description = RawDescription()
            change(&description)
            return field { try ImageDecoder.decode(bytes, description: description) }
        }
        for bytes in [jpeg, dng, try png()] {
            #expect(fault(bytes) { $0.width = 5 } == "width")
            #expect(fault(bytes) { $0.height = 3 } == "height")
            #expect(fault(bytes) { $0.rowStride = 4 } == "rowStride")
            #expect(fault(bytes) { $0.offset = 0 } == "offset")
            #expect(fault(bytes) { $0.width = 4 } == nil)
        }
        #expect(fault(jpeg) { $0.pixelFormat = PixelFormat(cfa: .rggb, bitDepth: 8) } == "pixelFormat")
        #expect(fault(jpeg) { $0.blackLevel = [1] } == "blackLevel")
        #expect(fault(dng) { $0.pixelFormat = PixelFormat(cfa: .bggr, bitDepth: 8) } == "pixelFormat")
        #expect(fault(dng) { $0.whiteLevel = 256 } == "whiteLevel")
    }

    @Test("puts a description over what a DNG says")
    func overrides() throws {
        let dng = ByteStorage(
            try DNGEncoder.encode(.noise(width: 4, height: 4, format: PixelFormat(cfa: .rggb, bitDepth: 8))))
        var description = RawDescription()
        description.blackLevel = [3]
        description.whiteLevel = 200
        description.orientation = .right
        let frame = try #require(ImageDecoder.decode(dng, description: description).frame)
        #expect(frame.blackLevel == [3, 3, 3, 3])
        #expect(frame.whiteLevel == 200)
        #expect(frame.orientation == .right)
    }

    @Test("refuses files over the byte limit unread")
    func byteLimit() throws {
        #expect(throws: CodecError.self) {
            try ImageDecoder.decode(png(), limits: DecodeLimits(maximumByteCount: 10))
        }
    }
}
