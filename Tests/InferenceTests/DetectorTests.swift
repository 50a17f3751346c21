import Inference
import Tensors
import TestSupport
import Testing

@Suite("detectors")
struct DetectorTests {
    private static let light = "light_person_detector_192.onnx"

    @Test(
        "the light person detector answers as ONNX Runtime does",
        .enabled(if: SharedData.exists("models/\(light)"), Comment(rawValue: SharedData.absentComment)),
        arguments: [true, false])
    func lightDetector(fuses: Bool) throws {
        var options = SessionOptions()
        options.fuses = fuses
        let session = try Session(path: SharedData.path("models/\(Self.light)"), options: options)
        let input = Tensor((0..<3 * 192 * 192).map { Float($0 * 7919 % 256) }, shape: [1, 3, 192, 192])
        let output = try #require(try session.run(["images": input])["output"])
        #expect(output.shape == [1, 756, 6])
        let found = output.array(of: Float.self)
        for (index, expected) in Self.golden {
            #expect(abs(found[index] - expected) <= 1e-4 * Self.largest, "element \(index)")
        }
    }

    /// Elements of ONNX Runtime's output for this input, and the largest of all.
    private static let largest: Float = 3.30738
    private static let golden: [(Int, Float)] = [
        (0, 0.6169397), (191, 0.2547732), (382, 6.705523e-06), (573, 2.939683), (764, 0.5140517),
        (
            955,
            0.6566607
        ), (1146, 0.5034196), (1337, 0.4556848), (1528, 0.0002119541), (1719, 3.14708),
        (
            1910,
            1.213788
        ), (2101, 0.02088249), (2292, 0.4834984), (2483, 0.3316111), (2674, 0.0006917119),
        (
            2865,
            2.11039
        ), (3056, 1.426911), (3247, 0.6578359), (3438, 0.4010391), (3629, 0.539703),
        (
            3820,
            1.311302e-06
        ), (4011, 1.477405), (4202, 2.551718), (4393, 0.6522292),
    ]
}
