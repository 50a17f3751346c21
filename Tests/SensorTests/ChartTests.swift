import Foundation
import Imaging
import Sensor
import Tensors
import Testing

@Suite("Charts")
struct ChartTests {
    private func light(_ chart: Chart, width: Int = 240, height: Int = 160, frame: UInt64 = 0) -> [[SIMD3<Float>]] {
        let light = ChartLight(chart, width: width, height: height, frame: frame)
        return (0..<height).map { row in
            var rgb = [Float](repeating: -1, count: 3 * width)
            light.fill(&rgb, row: row)
            return (0..<width).map { SIMD3(rgb[3 * $0], rgb[3 * $0 + 1], rgb[3 * $0 + 2]) }
        }
    }

    @Test("shows the ColorChecker's patches in their order")
    func colorChecker() {
        let rows = light(.colorChecker)
        for (index, patch) in ColorChecker.sRGB.enumerated() {
            let side = min(240 * 9 / 60, 160 * 9 / 40)
            let x = (240 - 6 * side) / 2 + index % 6 * side + side / 2
            let y = (160 - 4 * side) / 2 + index / 6 * side + side / 2
            for channel in 0..<3 {
                let code = Double(patch[channel]) / 255
                let expected = code <= 0.04045 ? code / 12.92 : pow((code + 0.055) / 1.055, 2.4)
                #expect(abs(Double(rows[y][x][channel]) - expected) < 1e-5)
            }
        }
    }

    @Test("slants its edge by five degrees")
    func slantedEdge() {
        let rows = light(.slantedEdge, width: 400, height: 400)
        // Where each row passes from light to dark: the sum of what is missing.
        let edges = (150..<250).map { y in
            (0..<200).reduce(0.0) { $0 + (0.6 - Double(rows[y][$1].y)) / 0.5 }
        }
        let slope = (edges[99] - edges[0]) / 99
        #expect(abs(abs(slope) - tan(5 * Double.pi / 180)) < 1e-3)
        #expect(rows[200][200].y > 0.09 && rows[200][200].y < 0.11)
    }

    @Test("turns the star 36 times")
    func siemensStar() {
        let rows = light(.siemensStar, width: 600, height: 600)
        let samples = (0..<7200).map { step in
            let angle = Double(step) / 7200 * 2 * Double.pi
            return Double(rows[Int(300 + 200 * sin(angle))][Int(300 + 200 * cos(angle))].y) - 0.4
        }
        let rises = zip(samples, samples.dropFirst() + [samples[0]]).reduce(0) { $0 + ($1.0 < 0 && $1.1 >= 0 ? 1 : 0) }
        #expect(rises == 36)
    }

    @Test("ramps in proportion to light")
    func ramps() {
        let rows = light(.ramps)
        #expect(abs(rows[10][120].x - 120.5 / 240) < 1e-6 && rows[10][120].x == rows[10][120].z)
        #expect(rows[60][120] == SIMD3(rows[60][120].x, 0, 0) && rows[150][120].z > 0.5)
    }

    @Test(
        "draws each shape inside its box and up to every side of it, and moves it", arguments: [UInt64(0), 1, 50, 1234])
    func shapes(frame: UInt64) {
        let (width, height) = (300, 200)
        let rows = light(.shapes, width: width, height: height, frame: frame)
        var touched = [[Bool]](repeating: [Bool](repeating: false, count: width), count: height)
        for y in 0..<height {
            for x in 0..<width { touched[y][x] = rows[y][x] != SIMD3(repeating: 0.18) }
        }
        let shapes = MovingShape.all(width: width, height: height, frame: frame)
        #expect(shapes.count == 6)
        for shape in shapes {
            let box = shape.box
            #expect(box.x0 >= 0 && box.y0 >= 0 && box.x1 <= Float(width) && box.y1 <= Float(height))
            let (x0, x1) = (Int(box.x0.rounded()), Int(box.x1.rounded()))
            let (y0, y1) = (Int(box.y0.rounded()), Int(box.y1.rounded()))
            let inside = (y0..<y1).flatMap { y in (x0..<x1).filter { touched[y][$0] }.map { (x: $0, y: y) } }
            #expect((inside.map(\.x).min() ?? 999) <= x0 + 1 && (inside.map(\.x).max() ?? -1) >= x1 - 2)
            #expect((inside.map(\.y).min() ?? 999) <= y0 + 2 && (inside.map(\.y).max() ?? -1) >= y1 - 2)
            for y in max(0, y0 - 1)..<min(height, y1 + 1) {
                for x in x0..<x1 where touched[y][x] { touched[y][x] = false }
                for x in [x0 - 1, x1] where (0..<width).contains(x) { touched[y][x] = false }
            }
        }
        #expect(!touched.contains { $0.contains(true) }, "nothing is drawn outside the boxes")
        #expect(MovingShape.all(width: width, height: height, frame: frame + 1) != shapes)
    }

    @Test("writes ground truth that names every shape of every frame")
    func groundTruth() throws {
        struct File: Decodable {
            struct Image: Decodable {
                var id: Int
                var file_name: String
                var width: Int
                var height: Int
            }
            struct Annotation: Decodable {
                var id: Int
                var image_id: Int
                var category_id: Int
                var bbox: [Double]
                var area: Double
                var iscrowd: Int
            }
            struct Category: Decodable {
                var id: Int
                var name: String
            }
            var images: [Image]
            var annotations: [Annotation]
            var categories: [Category]
        }
        var truth = GroundTruth(width: 300, height: 200)
        for frame in 0..<5 { truth.add(frame: UInt64(frame), fileName: "frame-\(frame).dng") }
        let file = try JSONDecoder().decode(File.self, from: Data(truth.json()))
        #expect(file.images.map(\.id) == [0, 1, 2, 3, 4] && file.annotations.count == 30)
        #expect(Set(file.annotations.map(\.id)).count == 30)
        #expect(file.categories.map(\.name) == ["disk", "square", "triangle"])
        let shape = MovingShape.all(width: 300, height: 200, frame: 4)[1]
        let entry = try #require(file.annotations.first { $0.image_id == 4 && $0.category_id == 2 })
        #expect(
            abs(entry.bbox[0] - Double(shape.box.x0)) < 1e-4 && abs(entry.bbox[3] - Double(shape.box.height)) < 1e-4)
    }
}
