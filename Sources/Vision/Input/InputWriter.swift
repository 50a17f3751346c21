internal import CKernels
internal import Imaging

/// Everything that a thread needs to fill its part of a network's input from a picture's rows.
struct InputWriter: @unchecked Sendable {
    private typealias Samples = UnsafeMutablePointer<UInt16>

    private let plan: InputPreparation
    private let picture: any PictureRows
    /// Threads write disjoint places.
    private let output: UnsafeMutablePointer<Float>
    /// Of the input.
    private let channels: Int
    /// The tensor's channel for red, green and blue.
    private let order: [Int]
    /// For red, green and blue.
    private let gain: [Float]
    private let offset: [Float]
    /// For the tensor's channels.
    private let padding: [Float]

    init(_ plan: InputPreparation, picture: any PictureRows, output: UnsafeMutablePointer<Float>) {
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

    /// Fills the places along the stored rows' axis that come `indices`-th when stored rows are passed in rising order.
    func write(placesInStoredOrder indices: Range<Int>, isCancelled: () -> Bool) {
        if picture.orientation.swapsAxes {
            writeColumns(indices, isCancelled: isCancelled)
        } else {
            writeRows(indices, isCancelled: isCancelled)
        }
    }

    private func writeRows(_ indices: Range<Int>, isCancelled: () -> Bool) {
        let axis = plan.rows
        let taps = axis.resampled.taps
        let reader = picture.makeReader(window: taps)
        let samples = plan.columns.sourceCount * picture.format.channels
        let firstByte = plan.columns.offset * picture.format.bytesPerPixel
        let isWide = picture.format.bytesPerSample == 2
        withScratch(pixels: plan.columns.sourceCount, rows: 1) { blended, gray in
            withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>?.self, capacity: taps) { window in
                axis.resampled.weights.withUnsafeBufferPointer { weights in
                    guard let weights = weights.baseAddress else { return }
                    for index in indices {
                        if isCancelled() { return }
                        let place = axis.place(inStoredOrder: index)
                        let start = axis.start(of: place)
                        for tap in 0..<taps { window[tap] = reader.row(start + tap) + firstByte }
                        if isWide {
                            ck_u16_blend_rows(window.baseAddress, weights + place * taps, taps, samples, blended)
                        } else {
                            ck_u8_blend_rows(window.baseAddress, weights + place * taps, taps, samples, blended)
                        }
                        blendColumns(of: gathered(blended, gray), row: axis.targetOffset + place)
                    }
                }
            }
        }
    }

    private func blendColumns(of samples: UnsafePointer<UInt16>, row: Int) {
        let axis = plan.columns
        axis.resampled.starts.withUnsafeBufferPointer { starts in
            axis.resampled.weights.withUnsafeBufferPointer { weights in
                withPlaces(row: row, column: axis.targetOffset) { places, gain, offset in
                    let step = plan.input.layout == .nchw ? 1 : channels
                    forEachGroup { channel, together in
                        ck_u16_blend_columns_f32(
                            samples, together, starts.baseAddress, weights.baseAddress, axis.resampled.taps,
                            axis.targetCount, gain + channel, offset + channel, places + channel, step)
                    }
                }
            }
        }
    }

    private func writeColumns(_ indices: Range<Int>, isCancelled: () -> Bool) {
        let axis = plan.rows
        let taps = axis.resampled.taps
        let reader = picture.makeReader(window: 1)
        let pitch = plan.columns.targetCount * picture.format.channels
        withScratch(pixels: plan.columns.targetCount, rows: taps) { ring, gray in
            withUnsafeTemporaryAllocation(of: UnsafePointer<UInt16>?.self, capacity: taps) { window in
                axis.resampled.weights.withUnsafeBufferPointer { weights in
                    guard let weights = weights.baseAddress else { return }
                    // Rows below this one are in the ring, row y in slot y mod taps.
                    var blendedEnd = 0
                    for index in indices {
                        if isCancelled() { return }
                        let place = axis.place(inStoredOrder: index)
                        let start = axis.start(of: place)
                        for y in max(start, blendedEnd)..<max(start + taps, blendedEnd) {
                            let slot = ring + y % taps * pitch
                            blendColumns(of: reader.row(y), into: slot)
                            if let gray { convertToGray(slot, gray + y % taps * plan.columns.targetCount) }
                        }
                        blendedEnd = start + taps
                        for tap in 0..<taps {
                            let slot = (start + tap) % taps
                            window[tap] = UnsafePointer(
                                gray.map { $0 + slot * plan.columns.targetCount } ?? ring + slot * pitch)
                        }
                        blendRows(window.baseAddress, weights + place * taps, column: axis.targetOffset + place)
                    }
                }
            }
        }
    }

    private func blendColumns(of row: UnsafePointer<UInt8>, into blended: Samples) {
        let axis = plan.columns
        let first = row + axis.offset * picture.format.bytesPerPixel
        let blend = picture.format.bytesPerSample == 2 ? ck_u16_blend_columns : ck_u8_blend_columns
        axis.resampled.starts.withUnsafeBufferPointer { starts in
            axis.resampled.weights.withUnsafeBufferPointer { weights in
                blend(
                    first, Int32(picture.format.channels), starts.baseAddress, weights.baseAddress,
                    axis.resampled.taps, axis.targetCount, blended)
            }
        }
    }

    private func blendRows(
        _ window: UnsafePointer<UnsafePointer<UInt16>?>?, _ weights: UnsafePointer<UInt16>, column: Int
    ) {
        withPlaces(row: plan.columns.targetOffset, column: column) { places, gain, offset in
            let step = plan.input.layout == .nchw ? plan.input.width : plan.input.width * channels
            forEachGroup { channel, together in
                ck_u16_blend_rows_f32(
                    window, together, weights, plan.rows.resampled.taps, plan.columns.targetCount, gain + channel,
                    offset + channel, places + channel, step)
            }
        }
    }

    private var makesGray: Bool { picture.format.channels == 3 && channels == 1 }

    /// Calls `body` once for all channels, or for each by itself where a grey picture fills several.
    private func forEachGroup(_ body: (_ channel: Int, _ together: Int32) -> Void) {
        let together = picture.format.channels == 3 && channels == 3 ? 3 : 1
        for channel in stride(from: 0, to: channels, by: together) { body(channel, Int32(together)) }
    }

    /// Room for `rows` rows of `pixels` of the picture, and of one grey channel where the input has only that.
    private func withScratch(pixels: Int, rows: Int, _ body: (_ samples: Samples, _ gray: Samples?) -> Void) {
        // Two more, because the kernels read four samples at once.
        let count = rows * pixels * picture.format.channels + 2
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: count + (makesGray ? rows * pixels + 2 : 0)) {
            $0.initialize(repeating: 0)
            guard let base = $0.baseAddress else { return }
            body(base, makesGray ? base + count : nil)
        }
    }

    private func gathered(_ blended: Samples, _ gray: Samples?) -> UnsafePointer<UInt16> {
        guard let gray else { return UnsafePointer(blended) }
        convertToGray(blended, gray, count: plan.columns.sourceCount)
        return UnsafePointer(gray)
    }

    private func convertToGray(_ samples: Samples, _ gray: Samples) {
        convertToGray(samples, gray, count: plan.columns.targetCount)
    }

    private func convertToGray(_ samples: Samples, _ gray: Samples, count: Int) {
        for x in 0..<count {
            let (r, g, b) = (UInt32(samples[3 * x]), UInt32(samples[3 * x + 1]), UInt32(samples[3 * x + 2]))
            gray[x] = UInt16((77 * r + 150 * g + 29 * b + 128) >> 8)
        }
    }

    /// The tensor's place for red, green and blue (or whatever single channel) at a position, with its gain and offset.
    private func withPlaces(
        row: Int, column: Int,
        _ body: (
            _ places: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>, _ gain: UnsafePointer<Float>,
            _ offset: UnsafePointer<Float>
        ) -> Void
    ) {
        gain.withUnsafeBufferPointer { gain in
            offset.withUnsafeBufferPointer { offset in
                withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>?.self, capacity: channels) { places in
                    for source in 0..<channels {
                        places.initializeElement(
                            at: source, to: position(row: row, column: column, channel: order[source]))
                    }
                    guard let places = places.baseAddress, let gain = gain.baseAddress,
                        let offset = offset.baseAddress
                    else { return }
                    body(places, gain, offset)
                }
            }
        }
    }

    private func position(row: Int, column: Int, channel: Int) -> UnsafeMutablePointer<Float> {
        let input = plan.input
        switch input.layout {
        case .nchw: return output + (channel * input.height + row) * input.width + column
        case .nhwc: return output + (row * input.width + column) * channels + channel
        }
    }

    /// Fills what the picture leaves free.
    func fillPadding() {
        let (input, target) = (plan.input, plan.geometry.target)
        for row in 0..<input.height {
            if (target.y..<target.y + target.height).contains(row) {
                fill(row: row, columns: 0..<target.x)
                fill(row: row, columns: target.x + target.width..<input.width)
            } else {
                fill(row: row, columns: 0..<input.width)
            }
        }
    }

    private func fill(row: Int, columns: Range<Int>) {
        let step = plan.input.layout == .nchw ? 1 : channels
        for channel in 0..<channels {
            let first = position(row: row, column: columns.lowerBound, channel: channel)
            for index in 0..<columns.count { first[index * step] = padding[channel] }
        }
    }
}
