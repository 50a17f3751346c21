extension ModelManifest {
    /// The tensor that the network takes, and how a picture becomes it.
    ///
    /// value = (pixel × `scale` − `mean`) / `std`, with pixel in 0…255; `mean` and `std` are in the order of the tensor's
    /// channels.
    package struct Input: Sendable, Equatable {
        package enum Layout: String, Sendable, CaseIterable { case nchw = "NCHW", nhwc = "NHWC" }

        package enum ColorOrder: String, Sendable, CaseIterable {
            case rgb = "RGB"
            case bgr = "BGR"
            case gray

            package var channels: Int { self == .gray ? 1 : 3 }
        }

        /// How a picture of another aspect ratio is placed; see ``InputGeometry``.
        package enum Fit: String, Sendable, CaseIterable {
            /// Whole picture, centred, the rest filled with `padValue`.
            case letterbox
            /// Whole picture in the top left corner, the rest filled with `padValue`.
            case topLeftLetterbox
            /// Whole picture, aspect ratio not kept.
            case stretch
            /// The centre of the picture, as large as fits times `cropFraction`.
            case centerCrop
        }

        /// How pixels are resampled; see ``ResampledAxis``.
        package enum Filter: String, Sendable, CaseIterable {
            /// The mean over the covered area when reducing, bilinear when enlarging.
            case area
            /// Two taps each way, whatever the ratio.
            case bilinear
        }

        package var name: String
        package var width: Int
        package var height: Int
        package var layout: Layout
        package var colorOrder: ColorOrder
        package var scale: Double
        package var mean: [Double]
        package var std: [Double]
        package var fit: Fit
        /// In pixel units, 0…255: it goes through the formula too.
        package var padValue: Double
        package var filter: Filter
        /// For a centre crop: its sides as a part of the largest crop's, 0.1…1.
        package var cropFraction: Double

        package init(
            name: String, width: Int, height: Int, layout: Layout = .nchw, colorOrder: ColorOrder = .rgb, scale: Double,
            mean: [Double], std: [Double], fit: Fit, padValue: Double = 0, filter: Filter = .area,
            cropFraction: Double = 1
        ) {
            precondition(mean.count == colorOrder.channels && std.count == colorOrder.channels)
            self.name = name
            self.width = width
            self.height = height
            self.layout = layout
            self.colorOrder = colorOrder
            self.scale = scale
            self.mean = mean
            self.std = std
            self.fit = fit
            self.padValue = padValue
            self.filter = filter
            self.cropFraction = cropFraction
        }

        /// Extents of the tensor for a batch of `count` pictures.
        package func dimensions(batch count: Int) -> [Int] {
            switch layout {
            case .nchw: [count, colorOrder.channels, height, width]
            case .nhwc: [count, height, width, colorOrder.channels]
            }
        }
    }
}
