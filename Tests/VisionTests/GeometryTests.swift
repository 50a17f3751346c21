import Imaging
import Testing
import Vision

@Suite("placing pictures in a network's input")
struct GeometryTests {
    static let sizes = [(416, 416), (1, 1), (1968, 2592), (2592, 1968), (640, 427), (3, 5000), (417, 415), (100, 7)]

    @Test(
        "boxes go to the input and back",
        arguments: sizes, [ModelManifest.Input.Fit.letterbox, .topLeftLetterbox, .stretch, .centerCrop])
    func roundTrip(size: (Int, Int), fit: ModelManifest.Input.Fit) {
        let geometry = InputGeometry(
            input: input(width: 416, height: 320, fit: fit), pictureWidth: size.0, pictureHeight: size.1)
        let (w, h) = (Float(size.0), Float(size.1))
        for rect in [Rect(x0: 0, y0: 0, x1: w, y1: h), Rect(x0: w / 3, y0: h / 4, x1: w / 2, y1: h / 1.5)] {
            let back = geometry.toPicture(geometry.toInput(rect))
            let tolerance = 1e-3 * max(1, w / 100, h / 100)
            #expect(abs(back.x0 - rect.x0) <= tolerance && abs(back.x1 - rect.x1) <= tolerance)
            #expect(abs(back.y0 - rect.y0) <= tolerance && abs(back.y1 - rect.y1) <= tolerance)
        }
    }

    @Test("the visible part fills its place exactly, inside picture and input", arguments: sizes)
    func regions(size: (Int, Int)) {
        for fit in ModelManifest.Input.Fit.allCases {
            let geometry = InputGeometry(
                input: input(width: 416, height: 320, fit: fit), pictureWidth: size.0, pictureHeight: size.1)
            let (source, target) = (geometry.source, geometry.target)
            #expect(source.x >= 0 && source.y >= 0 && source.width > 0 && source.height > 0)
            #expect(source.x + source.width <= size.0 && source.y + source.height <= size.1)
            #expect(target.x >= 0 && target.y >= 0 && target.width > 0 && target.height > 0)
            #expect(target.x + target.width <= 416 && target.y + target.height <= 320)
            let corner = geometry.toPicture(
                Rect(
                    x0: Float(target.x), y0: Float(target.y), x1: Float(target.x + target.width),
                    y1: Float(target.y + target.height)))
            #expect(corner.x0 == Float(source.x) && corner.y0 == Float(source.y))
            #expect(corner.x1 == Float(source.x + source.width) && corner.y1 == Float(source.y + source.height))
        }
    }

    @Test("letterboxes the upright sample frame to 316 × 416 pixels, 50 from the left")
    func sampleFrame() {
        let geometry = InputGeometry(input: input(), pictureWidth: 1968, pictureHeight: 2592)
        #expect(geometry.target == .init(x: 50, y: 0, width: 316, height: 416))
        let top = InputGeometry(input: input(fit: .topLeftLetterbox), pictureWidth: 1968, pictureHeight: 2592)
        #expect(top.target == .init(x: 0, y: 0, width: 316, height: 416))
    }

    @Test("crops the largest centred part")
    func crop() {
        let geometry = InputGeometry(
            input: input(width: 224, height: 224, fit: .centerCrop), pictureWidth: 640, pictureHeight: 427)
        #expect(geometry.source == .init(x: 106, y: 0, width: 427, height: 427))
        var tighter = input(width: 224, height: 224, fit: .centerCrop)
        tighter.cropFraction = 0.875
        let inner = InputGeometry(input: tighter, pictureWidth: 640, pictureHeight: 427)
        #expect(inner.source == .init(x: 133, y: 26, width: 374, height: 374))
        #expect(geometry.target == .init(x: 0, y: 0, width: 224, height: 224))
    }
}
