import Sensor
import TestSupport
import Testing

@Suite("The IMX500's lines")
struct DNNLinesTests {
    private static let boxes = (0..<400).map { Float($0) / 100 - 1 }

    private static func lines(width: Int = 64) throws -> DNNLines {
        try DNNLines(
            networkID: 7, networkName: "emulated", frameCount: 9,
            input: DNNTensor(
                name: "image", dimensions: [3, 60, width], serialization: [2, 1, 0],
                bytes: (0..<3 * 60 * width).map { UInt8(truncatingIfNeeded: $0) }),
            outputs: [
                DNNTensor(name: "boxes", dimensions: [100, 4], values: boxes, bitsPerElement: 16),
                DNNTensor(name: "scores", dimensions: [100], values: Array(boxes[..<100]), bitsPerElement: 8),
                DNNTensor(name: "map", dimensions: [2, 3, 4], values: (0..<24).map(Float.init), bitsPerElement: 8),
            ], networkTime: 17_000, processorTime: 3000)
    }

    @Test("lie where the sensor puts them")
    func layout() throws {
        let bytes = try Self.lines().bytes
        let line = DNNLines.lineByteCount
        // Figures; input header and five lines of planes; output header and one line for each of three tensors; the last.
        #expect(bytes.count == line * (1 + 1 + 5 + 1 + 3 + 1))
        #expect(Array(bytes[36..<44]) == [0x68, 0x42, 0, 0, 0xB8, 0x0B, 0, 0])
        #expect(Array(bytes[line..<line + 4]) == [1, 9, 0x00, 0x0A] && bytes[line + 8] == 0)
        #expect(Array(bytes[line + 6..<line + 8]) == [7, 0])
        #expect(Array(bytes[2 * line..<2 * line + 4]) == [0, 1, 2, 3])
        #expect(bytes[7 * line] == 1 && bytes[7 * line + 8] == 1)
        // Boxes from -1 to 2.99 as 16-bit integers: the lowest is 0. The first coordinates of all boxes come first.
        #expect(Array(bytes[8 * line..<8 * line + 2]) == [0, 0])
        let second = Int(bytes[8 * line + 2]) | Int(bytes[8 * line + 3]) << 8
        #expect(second == Int((0.04 / 3.99 * 65_535).rounded()))
    }

    @Test("are read back as they were written", arguments: [64, 61, 1])
    func roundTrip(width: Int) throws {
        let lines = try Self.lines(width: width)
        #expect(try DNNLines(parsing: lines.bytes) == lines)
    }

    @Test("pad rows of the input to 32 bytes")
    func padding() throws {
        let bytes = try Self.lines(width: 61).bytes
        let start = 2 * DNNLines.lineByteCount
        #expect(Array(bytes[start + 60..<start + 66]) == [60, 0, 0, 0, 61, 62])
    }

    @Test("stand for values within half a step, and for zero exactly", arguments: [8, 16])
    func quantisation(bits: Int) {
        let values = [0] + (0..<1000).map { Float($0) * 0.037 - 12 } + [.infinity, .nan]
        let tensor = DNNTensor(name: "x", dimensions: [values.count], values: values, bitsPerElement: bits)
        let found = tensor.rowMajorValues
        #expect(found[0] == 0 && found[1001] == 0 && found[1002] == 0)
        for (value, found) in zip(values, found) where value.isFinite {
            #expect(abs(value - found) <= tensor.scale * 0.501 + 1e-6)
        }
    }

    @Test("keep the order of a tensor's dimensions")
    func order() throws {
        let tensor = try Self.lines().outputs[2]
        for (found, expected) in zip(tensor.rowMajorValues, 0..<24) { #expect(abs(found - Float(expected)) < 0.05) }
    }

    @Test("are refused when cut off anywhere or changed, never read beyond")
    func damage() throws {
        let whole = try Self.lines().bytes
        for count in stride(from: 0, to: whole.count - DNNLines.lineByteCount, by: 97) {
            #expect(throws: SensorError.self) { try DNNLines(parsing: Array(whole[..<count])) }
        }
        for lines in 0..<whole.count / DNNLines.lineByteCount - 1 {
            #expect(throws: SensorError.self) {
                try DNNLines(parsing: Array(whole[..<(lines * DNNLines.lineByteCount)]))
            }
        }
        var random = SplitMix64(seed: 3)
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0..<4 {
                let header = Bool.random(using: &random) ? 1 : 7
                let place = DNNLines.lineByteCount * header + Int.random(in: 0..<700, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? DNNLines(parsing: bytes)
        }
    }

    @Test("refuse what the sensor could not send")
    func limits() throws {
        let lines = try Self.lines()
        func with(input: DNNTensor? = nil, outputs: [DNNTensor]? = nil) throws -> DNNLines {
            try DNNLines(
                networkID: 1, networkName: "n", frameCount: 0, input: input ?? lines.input,
                outputs: outputs ?? lines.outputs)
        }
        let many = [DNNTensor](repeating: lines.outputs[1], count: 17)
        #expect(throws: SensorError.self) { try with(outputs: many) }
        #expect(throws: SensorError.self) { try with(outputs: []) }
        let wide = DNNTensor(
            name: "i", dimensions: [1, 1, 1281], serialization: [2, 1, 0], bytes: Array(repeating: 0, count: 1281))
        #expect(throws: SensorError.self) { try with(input: wide) }
        var long = lines.outputs[1]
        long.name = String(repeating: "x", count: 3000)
        #expect(throws: SensorError.self) { try with(outputs: [long]) }
    }

    @Test("become libcamera's controls to the byte")
    func controls() throws {
        let controls = DNNControls(try Self.lines())
        #expect(controls.outputTensorInfo.count == 712 && controls.inputTensorInfo.count == 76)
        #expect(controls.outputTensor.count == 524 && controls.inputTensor.count == 11_520)
        #expect(Array(controls.outputTensorInfo[64..<68]) == [3, 0, 0, 0])
        // 100 × 4 values of boxes; sizes 100 and 4.
        #expect(Array(controls.outputTensorInfo[68..<80]) == [0x90, 1, 0, 0, 2, 0, 0, 0, 100, 0, 4, 0])
        #expect(controls.outputTensorInfo[708] == 9)
        #expect(Array(controls.inputTensorInfo[64..<76]) == [64, 0, 0, 0, 60, 0, 0, 0, 3, 0, 0, 0])
        // The first dimension runs fastest: the second value is the first of the second box.
        #expect(
            abs(controls.outputTensor[1] - (0.04 - 1)) < 1e-4 && abs(controls.outputTensor[100] - (0.01 - 1)) < 1e-4)
        #expect(controls.kpi == [17_000, 3000])
    }
}
