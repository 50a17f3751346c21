import Imaging
import Tensors
import TestSupport
import Vision

func fileBytes(_ path: String) throws -> [UInt8] {
    let file = try ByteStorage.mapping(path: path)
    return withExtendedLifetime(file) { Array(file.bytes) }
}

func shippedManifest(_ name: String) throws -> ModelManifest {
    try ModelManifest(json: fileBytes("\(Repository.root)/models/\(name)/model.json"))
}

/// The manifest of a YOLOX network as its authors export it.
let yoloxManifest = """
    {
      "schema": "fovea.model/1",
      "name": "yolox-nano",
      "task": "detection",
      "versions": [{"version": "1", "sha256": "\(String(repeating: "0", count: 64))", "precision": "fp32"}],
      "input": {
        "name": "images", "width": 416, "height": 416, "layout": "NCHW", "colorOrder": "BGR",
        "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1],
        "fit": "topLeftLetterbox", "padValue": 114, "filter": "bilinear"
      },
      "head": {"family": "yolox", "classes": 3, "strides": [8, 16, 32], "output": "output"},
      "thresholds": {"confidence": 0.3, "iou": 0.45, "maximumDetections": 100},
      "license": "Apache-2.0",
      "source": {"url": "https://example.org", "file": "yolox_nano.onnx", "sha256": "\(String(repeating: "a", count: 64))"},
      "labels": ["person", "bicycle", "car"]
    }
    """

func input(
    width: Int = 416, height: Int = 416, layout: ModelManifest.Input.Layout = .nchw,
    colorOrder: ModelManifest.Input.ColorOrder = .rgb, scale: Double = 1, mean: [Double]? = nil, std: [Double]? = nil,
    fit: ModelManifest.Input.Fit = .letterbox, padValue: Double = 0, filter: ModelManifest.Input.Filter = .area
) -> ModelManifest.Input {
    ModelManifest.Input(
        name: "images", width: width, height: height, layout: layout, colorOrder: colorOrder, scale: scale,
        mean: mean ?? Array(repeating: 0, count: colorOrder.channels),
        std: std ?? Array(repeating: 1, count: colorOrder.channels), fit: fit, padValue: padValue, filter: filter)
}

extension Picture {
    /// Noise over a gradient, rows padded by `slack` bytes.
    static func noise(_ width: Int, _ height: Int, _ format: Format, seed: UInt64 = 1, slack: Int = 0) -> Picture {
        var random = SplitMix64(seed: seed)
        let stride = width * format.bytesPerPixel + slack
        let storage = ByteStorage(byteCount: stride * height)
        for index in 0..<stride * height { storage.mutableBytes[index] = UInt8.random(in: 0...255, using: &random) }
        return Picture(width: width, height: height, format: format, rowStride: stride, storage: storage)
    }

    func sample(_ x: Int, _ y: Int, _ channel: Int) -> Int {
        let index = x * format.channels + channel
        return format.bytesPerSample == 1
            ? Int(row(y).load(fromByteOffset: index, as: UInt8.self))
            : Int(row(y).loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
    }

    var pixelBytes: [UInt8] {
        (0..<height).flatMap { y in
            Array(UnsafeRawBufferPointer(start: row(y), count: width * format.bytesPerPixel))
        }
    }
}

/// Seven pieces, the last first: the result may not depend on how work is cut nor on its order.
let backwards = Parallelism(width: 7) { count, piece in
    for index in (0..<count).reversed() { piece(index) }
}

extension Tensor {
    var digest: String { withExtendedLifetime(storage) { SHA256.hex(of: bytes) } }
}
