import Graph
import ISP
package import Imaging
import Inference
package import Pipeline
package import Tensors
package import Vision

/// A network that runs on the emulated sensor, as on an IMX500: the window that it looks at is developed and stretched to 8
/// bits a value, and its answers leave the sensor as integers. What an application makes of them is made of these integers.
package struct OnSensorNetwork: Sendable {
    /// What a frame gives.
    package struct Answer: Sendable {
        package var lines: DNNLines
        package var result: FrameResult
        /// The outputs before they were made integers, without the extent for batches, in the order of the lines.
        package var outputs: [(name: String, tensor: Tensor)]
        /// What was looked at, in pixels of the frame.
        package var window: PixelRect
    }

    package let name: String
    private let model: FrameResult.Model
    private let manifest: ModelManifest
    private let decoder: HeadDecoder
    private let session: Session
    private let context: ExecutionContext
    private let developer = Developer(profile: .standard)
    /// What is looked at from the next frame on.
    package var window: SensorWindow
    private let binning: Int
    private let bits: Int
    private let parallelism: Parallelism

    /// - Parameters:
    ///   - binning: pixels of the sensor to one of its frames, each way.
    ///   - bits: of an output's element, 8 or 16.
    /// - Throws: `badNetwork` for a model that the sensor cannot run, `badOption` for other bits.
    package init(
        _ model: LoadedModel, window: SensorWindow = .whole, binning: Int = 1, bits: Int = 16,
        parallelism: Parallelism = .serial
    ) throws(SensorError) {
        guard bits == 8 || bits == 16 else {
            throw .badOption(name: "output-bits", detail: "must be 8 or 16, is \(bits)")
        }
        name = model.name
        do {
            manifest = try model.requireVision().manifest
            session = model.session
            context = try session.makeContext(
                [manifest.input.name: ValueType(.float32, shape: Shape(manifest.input.dimensions(batch: 1)))],
                parallelism: parallelism.width)
        } catch {
            throw .badNetwork(name: model.name, detail: "\(error)")
        }
        let limit = DNNLines.inputLimit
        guard manifest.input.width <= limit.width, manifest.input.height <= limit.height else {
            throw .badNetwork(
                name: name,
                detail:
                    "it looks at \(manifest.input.width)×\(manifest.input.height), the limit is \(limit.width)×\(limit.height)"
            )
        }
        decoder = HeadDecoder(manifest)
        self.model = FrameResult.Model(
            name: model.name, version: model.version, sha256: session.sha256, license: manifest.license,
            task: manifest.task.rawValue, precision: session.precision.rawValue, numerics: session.numerics)
        self.window = window
        self.binning = binning
        self.bits = bits
        self.parallelism = parallelism
    }

    /// Looks at a frame. One call at a time.
    ///
    /// - Parameter sha256: of the frame's bytes, hexadecimal.
    package func answer(
        _ frame: RawFrame, index: UInt64, sensor: String? = nil, timestamp: UInt64? = nil, sha256: String
    ) throws(SensorError) -> Answer {
        do {
            return try look(at: frame, index: index, sensor: sensor, timestamp: timestamp, sha256: sha256)
        } catch let error as SensorError {
            throw error
        } catch {
            throw .badNetwork(name: name, detail: "\(error)")
        }
    }

    private func look(
        at frame: RawFrame, index: UInt64, sensor: String?, timestamp: UInt64?, sha256: String
    ) throws -> Answer {
        let clock = ContinuousClock()
        let start = clock.now
        let size = frame.uprightSize
        let window = try window.pixels(
            width: size.width, height: size.height, binning: binning,
            network: (manifest.input.width, manifest.input.height))
        var parameters = try developer.parameters(for: frame)
        let pixels = try pixels(of: frame, in: window, &parameters)
        let values = networkInput(pixels)
        let prepared = clock.now
        let found = try context.run([manifest.input.name: values], parallelism: parallelism)
        let ran = clock.now
        var tensors: [DNNTensor] = []
        var exact: [(name: String, tensor: Tensor)] = []
        var received: [String: Tensor] = [:]
        for (output, _) in session.outputs {
            guard let tensor = found[output], tensor.dataType == .float32 else {
                throw SensorError.badNetwork(name: name, detail: "output \(output) is not float32")
            }
            // The sensor has no batches.
            let extents = tensor.shape.dimensions
            let dimensions = extents.count > 1 && extents[0] == 1 ? Array(extents.dropFirst()) : extents
            let sent = DNNTensor(
                name: output, dimensions: dimensions, values: tensor.array(of: Float.self), bitsPerElement: bits)
            received[output] = Tensor(sent.rowMajorValues, shape: tensor.shape)
            tensors.append(sent)
            exact.append((output, tensor.reshaped(Shape(dimensions))))
        }
        let networkTime = ran - prepared
        let processorTime = prepared - start
        let lines = try DNNLines(
            networkID: 1, networkName: name, frameCount: UInt8(truncatingIfNeeded: index),
            input: DNNTensor(
                name: manifest.input.name,
                dimensions: [manifest.input.colorOrder.channels, manifest.input.height, manifest.input.width],
                serialization: [2, 1, 0], bytes: pixels),
            outputs: tensors, networkTime: Self.microseconds(networkTime),
            processorTime: Self.microseconds(processorTime))
        var result = FrameResult(
            frame: FrameResult.Frame(
                sha256: sha256, width: size.width, height: size.height, orientation: frame.orientation.rawValue,
                kind: "raw", pixelFormat: frame.pixelFormat.name, sensor: sensor, sequence: index, timestamp: timestamp),
            model: model, isp: isp(parameters), options: options(window, size), build: FoveaBuild.provenance,
            timings: ["prepare": processorTime / .milliseconds(1), "inference": networkTime / .milliseconds(1)])
        result.origin = .sensor
        try describe(received, window: window, size: size, in: &result)
        return Answer(lines: lines, result: result, outputs: exact, window: window)
    }

    /// The input tensor as the sensor has it: 8 bits, planar, the window stretched to the network's size.
    private func pixels(
        of frame: RawFrame, in window: PixelRect, _ parameters: inout DevelopParameters
    ) throws -> [UInt8] {
        // Half the size is enough when it still covers the input.
        let half = window.width / 2 >= manifest.input.width && window.height / 2 >= manifest.input.height
        if half { parameters.demosaic = .half }
        let picture = try developer.develop(frame, parameters: parameters, parallelism: parallelism)
        let scale = half ? 2 : 1
        let part = PixelRect(
            x: window.x / scale, y: window.y / scale, width: window.width / scale, height: window.height / scale)
        let seen = window == PixelRect(all: frame.uprightSize) ? picture : picture.cropped(to: part)
        var input = sensorInput
        input.layout = .nchw
        (input.scale, input.padValue) = (1, 0)
        input.mean = input.mean.map { _ in 0 }
        input.std = input.std.map { _ in 1 }
        let tensor = Tensor(dataType: .float32, shape: Shape(input.dimensions(batch: 1)))
        try InputPreparation(input: input, pictureWidth: seen.width, pictureHeight: seen.height)
            .prepare(seen, into: tensor, parallelism: parallelism)
        return tensor.array(of: Float.self).map { UInt8(min(max($0.rounded(), 0), 255)) }
    }

    /// The network's input as the sensor fills it: stretched.
    private var sensorInput: ModelManifest.Input {
        var input = manifest.input
        input.fit = .stretch
        return input
    }

    /// The same bytes in the network's own scale and layout.
    private func networkInput(_ pixels: [UInt8]) -> Tensor {
        let input = manifest.input
        let channels = input.colorOrder.channels
        let plane = input.width * input.height
        let tensor = Tensor(dataType: .float32, shape: Shape(input.dimensions(batch: 1)))
        let values = tensor.mutableElements(as: Float.self)
        for channel in 0..<channels {
            let gain = Float(input.scale / input.std[channel])
            let offset = Float(-input.mean[channel] / input.std[channel])
            let (start, step) = input.layout == .nchw ? (channel * plane, 1) : (channel, channels)
            for place in 0..<plane {
                values[start + place * step] = Float(pixels[channel * plane + place]) * gain + offset
            }
        }
        return tensor
    }

    /// What the integers say, on the frame.
    private func describe(
        _ outputs: [String: Tensor], window: PixelRect, size: (width: Int, height: Int), in result: inout FrameResult
    ) throws {
        let geometry = InputGeometry(input: sensorInput, pictureWidth: window.width, pictureHeight: window.height)
        let (x, y) = (Float(window.x), Float(window.y))
        switch try decoder.decode(outputs, geometry: geometry, options: DecodingOptions(manifest.thresholds)) {
        case .detections(let detections):
            result.detections = detections.map { detection in
                var onFrame = detection
                let rect = detection.rect
                onFrame.rect = Rect(x0: rect.x0 + x, y0: rect.y0 + y, x1: rect.x1 + x, y1: rect.y1 + y)
                onFrame.keypoints = detection.keypoints.map { Keypoint(x: $0.x + x, y: $0.y + y, score: $0.score) }
                return FrameResult.Detection(
                    onFrame, label: manifest.label(detection.classID), keypoints: manifest.keypoints, width: size.width,
                    height: size.height)
            }
        case .classifications(let classifications):
            result.classifications = classifications.map {
                FrameResult.Classification($0, label: manifest.label($0.classID))
            }
        case .text(let line):
            result.text = FrameResult.Text(text: line.classIDs.map(manifest.label).joined(), score: line.score)
        case .segmentation(let map):
            let region = map.region
            result.segmentation = FrameResult.Segmentation(
                map,
                box: [
                    Float(region.x) + x, Float(region.y) + y, Float(region.x + region.width) + x,
                    Float(region.y + region.height) + y,
                ], label: manifest.label)
        }
    }

    /// The input tensor of an answer as a picture.
    package func inputPicture(_ answer: Answer) -> Picture {
        let (width, height) = (manifest.input.width, manifest.input.height)
        let planes = answer.lines.input.bytes
        let plane = width * height
        let channels: [Int] =
            switch manifest.input.colorOrder {
            case .rgb: [0, 1, 2]
            case .bgr: [2, 1, 0]
            case .gray: [0, 0, 0]
            }
        let picture = Picture(width: width, height: height, format: .rgb8)
        for y in 0..<height {
            let row = picture.row(y).assumingMemoryBound(to: UInt8.self)
            for x in 0..<width {
                for channel in 0..<3 { row[3 * x + channel] = planes[channels[channel] * plane + y * width + x] }
            }
        }
        return picture
    }

    /// The sensor's picture, or a part of it.
    package func picture(_ frame: RawFrame, window: SensorWindow) throws(SensorError) -> Picture {
        let size = frame.uprightSize
        let part = try window.pixels(
            width: size.width, height: size.height, binning: binning,
            network: (manifest.input.width, manifest.input.height))
        do {
            let picture = try developer.develop(frame, parallelism: parallelism).picture
            return part == PixelRect(all: size) ? picture : picture.cropped(to: part)
        } catch {
            throw .badNetwork(name: name, detail: "\(error)")
        }
    }

    private func isp(_ parameters: DevelopParameters) -> FrameResult.ISP {
        let gains = parameters.whiteBalanceGains
        return FrameResult.ISP(
            profile: developer.profile.name, sha256: developer.profile.sha256, demosaic: parameters.demosaic.rawValue,
            whiteBalanceGains: [gains.x, gains.y, gains.z])
    }

    private func options(_ window: PixelRect, _ size: (width: Int, height: Int)) -> FrameResult.Options {
        let isWhole = window == PixelRect(all: size)
        let region = [window.x, window.y, window.x + window.width, window.y + window.height].map { Double($0) }
        return FrameResult.Options(
            confidenceThreshold: manifest.thresholds.confidence, iouThreshold: manifest.thresholds.iou,
            maximumDetections: manifest.thresholds.maximumDetections, region: isWhole ? nil : region)
    }

    private static func microseconds(_ duration: Duration) -> UInt32 {
        UInt32(clamping: Int64(duration / .microseconds(1)))
    }
}
