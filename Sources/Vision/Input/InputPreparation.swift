internal import CKernels
package import Imaging
package import Tensors

/// Turns upright pictures of one size into a network's input: placed, resampled, in the network's colour order, scale and
/// layout. Made once for a size, used for every frame, from any thread.
///
/// The result is exact to the bit, whatever the processor and the number of threads. With the weights of
/// ``ResampledAxis``, first down the columns, then along the rows, in integers:
///
///     v = (Σ sample·weight + 2⁶) >> 7         8-bit samples: 8 bits of fraction
///     v = (Σ sample·weight + 2¹⁴) >> 15       16-bit samples
///     t = Σ v·weight                          along the row
///     value = float(t) × gain + offset        float32, each step rounded to nearest even
///
/// with gain = scale / std / 2²³ (8 bits) or scale / std / (257·2¹⁵) (16 bits) and offset = −mean / std, computed in float64 and
/// rounded to float32. A colour picture becomes grey by v = (77·R + 150·G + 29·B + 128) >> 8 between the passes; a grey one gives
/// all three channels. Padding is (padValue × scale − mean) / std in float64, rounded to float32.
package struct InputPreparation: Sendable {
    package let input: ModelManifest.Input
    package let geometry: InputGeometry
    private let columns: ResampledAxis
    private let rows: ResampledAxis

    package init(input: ModelManifest.Input, pictureWidth: Int, pictureHeight: Int) {
        self.input = input
        geometry = InputGeometry(input: input, pictureWidth: pictureWidth, pictureHeight: pictureHeight)
        columns = ResampledAxis(
            sourceCount: geometry.source.width, targetCount: geometry.target.width, filter: input.filter)
        rows = ResampledAxis(
            sourceCount: geometry.source.height, targetCount: geometry.target.height, filter: input.filter)
    }

    /// Fills place `item` of a batch tensor of the input's type and layout.
    ///
    /// - Throws: ``VisionError/inputMismatch(name:expected:found:)`` when the tensor is not float32 of the input's extents.
    package func prepare(
        _ picture: Picture, into tensor: Tensor, item: Int = 0, parallelism: Parallelism = .serial
    ) throws(VisionError) {
        precondition(picture.width == geometry.pictureWidth && picture.height == geometry.pictureHeight)
        let batch = tensor.shape.rank == 4 ? tensor.shape[0] : 1
        let expected = Shape(input.dimensions(batch: max(1, batch)))
        guard tensor.dataType == .float32, tensor.shape == expected, (0..<batch).contains(item) else {
            throw .inputMismatch(
                name: input.name, expected: "float32\(expected) with item \(item)", found: tensor.description)
        }
        let count = expected.elementCount / batch
        let values = tensor.mutableElements(as: Float.self)
        guard let base = values.baseAddress else { return }
        let writer = RowWriter(self, picture: picture, output: base + item * count)
        parallelism.run(over: input.height) { writer.write(rows: $0) }
    }

    /// Everything that a thread needs to fill rows of the input.
    private struct RowWriter: @unchecked Sendable {
        private let plan: InputPreparation
        private let picture: Picture
        /// Threads write disjoint rows.
        private let output: UnsafeMutablePointer<Float>
        private let channels: Int
        /// The tensor's channel for red, green and blue.
        private let order: [Int]
        /// For red, green and blue.
        private let gain: [Float]
        private let offset: [Float]
        /// For the tensor's channels.
        private let padding: [Float]

        init(_ plan: InputPreparation, picture: Picture, output: UnsafeMutablePointer<Float>) {
            self.plan = plan
            self.picture = picture
            self.output = output
            let input = plan.input
            channels = input.colorOrder.channels
            let order = input.colorOrder == .gray ? [0] : input.colorOrder == .bgr ? [2, 1, 0] : [0, 1, 2]
            self.order = order
            let unit = picture.format.bytesPerSample == 1 ? 0x1p-23 : 0x1p-15 / 257
            gain = order.map { Float(input.scale / input.std[$0] * unit) }
            offset = order.map { Float(-input.mean[$0] / input.std[$0]) }
            padding = zip(input.mean, input.std).map { Float((input.padValue * input.scale - $0) / $1) }
        }

        func write(rows: Range<Int>) {
            let source = plan.geometry.source
            let samples = source.width * picture.format.channels
            // Two more, because the kernel reads four samples at once.
            withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 2 * (samples + 2)) { scratch in
                guard let blended = scratch.baseAddress else { return }
                scratch.update(repeating: 0)
                let gray = blended + samples + 2
                for row in rows { write(row: row, samples: samples, blended: blended, gray: gray) }
            }
        }

        private func write(
            row: Int, samples: Int, blended: UnsafeMutablePointer<UInt16>, gray: UnsafeMutablePointer<UInt16>
        ) {
            let (source, target) = (plan.geometry.source, plan.geometry.target)
            guard (target.y..<target.y + target.height).contains(row) else {
                fill(row: row, columns: 0..<plan.input.width)
                return
            }
            let index = row - target.y
            let axis = plan.rows
            let first = UnsafeRawPointer(picture.row(source.y + Int(axis.starts[index])))
                .advanced(by: source.x * picture.format.bytesPerPixel).assumingMemoryBound(to: UInt8.self)
            axis.weights.withUnsafeBufferPointer { weights in
                guard let weights = weights.baseAddress.map({ $0 + index * axis.taps }) else { return }
                if picture.format.bytesPerSample == 1 {
                    ck_u8_blend_rows(first, picture.rowStride, weights, axis.taps, samples, blended)
                } else {
                    ck_u16_blend_rows(first, picture.rowStride, weights, axis.taps, samples, blended)
                }
            }
            if picture.format.channels == 3 && channels == 1 {
                for x in 0..<source.width {
                    let (r, g, b) = (UInt32(blended[3 * x]), UInt32(blended[3 * x + 1]), UInt32(blended[3 * x + 2]))
                    gray[x] = UInt16((77 * r + 150 * g + 29 * b + 128) >> 8)
                }
                blendColumns(of: gray, row: row)
            } else {
                blendColumns(of: blended, row: row)
            }
            fill(row: row, columns: 0..<target.x)
            fill(row: row, columns: target.x + target.width..<plan.input.width)
        }

        /// The output position of (`column`, `row`) in tensor channel `channel`, and the step to the next column.
        private func position(row: Int, column: Int, channel: Int) -> (pointer: UnsafeMutablePointer<Float>, step: Int)
        {
            let input = plan.input
            switch input.layout {
            case .nchw: return (output + (channel * input.height + row) * input.width + column, 1)
            case .nhwc: return (output + (row * input.width + column) * channels + channel, channels)
            }
        }

        private func blendColumns(of samples: UnsafeMutablePointer<UInt16>, row: Int) {
            let target = plan.geometry.target
            let axis = plan.columns
            axis.starts.withUnsafeBufferPointer { starts in
                axis.weights.withUnsafeBufferPointer { weights in
                    gain.withUnsafeBufferPointer { gain in
                        offset.withUnsafeBufferPointer { offset in
                            withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>?.self, capacity: 3) {
                                places in
                                guard let gain = gain.baseAddress, let offset = offset.baseAddress else { return }
                                let step = position(row: row, column: target.x, channel: 0).step
                                places.initialize(repeating: nil)
                                for source in 0..<channels {
                                    places[source] =
                                        position(row: row, column: target.x, channel: order[source]).pointer
                                }
                                // A grey row fills each channel by itself.
                                let together = picture.format.channels == 3 && channels == 3 ? 3 : 1
                                for channel in stride(from: 0, to: channels, by: together) {
                                    ck_u16_blend_columns_f32(
                                        samples, Int32(together), starts.baseAddress, weights.baseAddress, axis.taps,
                                        target.width, gain + channel, offset + channel,
                                        places.baseAddress.map { $0 + channel }, step)
                                }
                            }
                        }
                    }
                }
            }
        }

        private func fill(row: Int, columns: Range<Int>) {
            guard !columns.isEmpty else { return }
            for channel in 0..<channels {
                var (pointer, step) = position(row: row, column: columns.lowerBound, channel: channel)
                for _ in columns {
                    pointer.pointee = padding[channel]
                    pointer += step
                }
            }
        }
    }
}
