internal import Graph

/// How an output coordinate maps to the input (ONNX Resize, `coordinate_transformation_mode`).
enum CoordinateTransform: String, Sendable {
    case halfPixel = "half_pixel"
    case halfPixelSymmetric = "half_pixel_symmetric"
    case pytorchHalfPixel = "pytorch_half_pixel"
    case alignCorners = "align_corners"
    case asymmetric
    case tfHalfPixelForNN = "tf_half_pixel_for_nn"
    case tfCropAndResize = "tf_crop_and_resize"
}

enum NearestMode: String, Sendable {
    case roundPreferFloor = "round_prefer_floor"
    case roundPreferCeil = "round_prefer_ceil"
    case floor
    case ceil
}

/// One axis of a resize: extents on both sides, the scale, and the part of the input that is looked at.
struct ResizeAxis: Sendable {
    var input: Int
    var output: Int
    var scale: Double
    /// Start and end of the region of interest, 0…1, for ``CoordinateTransform/tfCropAndResize``.
    var region: (start: Double, end: Double) = (0, 1)

    func isIdentity(_ transform: CoordinateTransform) -> Bool {
        input == output && transform != .tfCropAndResize && transform != .tfHalfPixelForNN && scale == 1
    }

    /// The length of the output before it was rounded down. The standard's text divides by the output's length; its
    /// reference evaluator and its test cases divide by this, and the cases decide. The two differ only where scale × input
    /// is no whole number; what a scale in 32 bits misses a whole number by is not meant.
    private var scaledLength: Double {
        let length = scale * Double(input)
        return (length - Double(output)).magnitude <= 1e-5 * length ? Double(output) : length
    }

    /// The input coordinate of output element `x`.
    func coordinate(_ x: Int, _ transform: CoordinateTransform) -> Double {
        let position = Double(x), n = Double(input), m = Double(output)
        switch transform {
        case .halfPixel: return (position + 0.5) / scale - 0.5
        case .halfPixelSymmetric:
            let adjustment = m / (scale * n)
            return n / 2 * (1 - adjustment) + (position + 0.5) / scale - 0.5
        case .pytorchHalfPixel: return output > 1 ? (position + 0.5) / scale - 0.5 : 0
        case .alignCorners: return output > 1 ? position * (n - 1) / (scaledLength - 1) : 0
        case .asymmetric: return position / scale
        case .tfHalfPixelForNN: return (position + 0.5) / scale
        case .tfCropAndResize:
            return output > 1
                ? region.start * (n - 1) + position * (region.end - region.start) * (n - 1) / (m - 1)
                : 0.5 * (region.start + region.end) * (n - 1)
        }
    }

    /// Whether the coordinate lies outside the input, where a crop takes the extrapolation value.
    func isOutside(_ coordinate: Double, _ transform: CoordinateTransform) -> Bool {
        transform == .tfCropAndResize && (coordinate < 0 || coordinate > Double(input - 1))
    }

    /// The input index for each output element; −1 for the extrapolation value.
    func nearestIndices(_ transform: CoordinateTransform, _ mode: NearestMode) -> [Int] {
        (0..<output).map { x in
            let at = coordinate(x, transform)
            if isOutside(at, transform) { return -1 }
            let rounded =
                switch mode {
                case .roundPreferFloor: (at - 0.5).rounded(.up)
                case .roundPreferCeil: (at + 0.5).rounded(.down)
                case .floor: at.rounded(.down)
                case .ceil: at.rounded(.up)
                }
            return Int(min(max(rounded, 0), Double(input - 1)))
        }
    }
}

/// Interpolation along one axis: each output element is a weighted sum of `width` input elements.
struct InterpolationTable: Sendable {
    var width: Int
    /// [output, width] each; all weights of an output element are 0 where `isOutside`.
    var indices: [Int] = []
    var weights: [Double] = []
    var isOutside: [Bool] = []

    enum Filter: Sendable {
        case linear
        /// Keys' cubic convolution with the given coefficient.
        case cubic(a: Double)

        var radius: Double {
            switch self {
            case .linear: 1
            case .cubic: 2
            }
        }

        func callAsFunction(_ distance: Double) -> Double {
            let x = distance.magnitude
            switch self {
            case .linear: return max(0, 1 - x)
            case .cubic(let a):
                if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
                if x < 2 { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
                return 0
            }
        }
    }

    /// With `antialias`, the filter widens when the axis shrinks. With `excludeOutside`, taps beyond the border count
    /// nothing and the others are scaled up; otherwise they repeat the border.
    init(
        _ axis: ResizeAxis, _ transform: CoordinateTransform, _ filter: Filter, antialias: Bool, excludeOutside: Bool
    ) {
        let stretch = antialias ? min(axis.scale, 1) : 1
        // No tap beyond twice the input counts anything that the border does not.
        let reach = Int(min((filter.radius / stretch).rounded(.up), Double(2 * axis.input + 4)))
        width = 2 * reach
        indices.reserveCapacity(axis.output * width)
        weights.reserveCapacity(axis.output * width)
        for x in 0..<axis.output {
            let at = axis.coordinate(x, transform)
            let outside = axis.isOutside(at, transform)
            isOutside.append(outside)
            let first = Int(min(max(at.rounded(.down), -1e9), 1e9)) - reach + 1
            var sum = 0.0
            let start = weights.count
            for tap in first..<first + width {
                let isInside = tap >= 0 && tap < axis.input
                let weight =
                    outside || (excludeOutside && !isInside) ? 0 : filter((Double(tap) - at) * stretch)
                indices.append(min(max(tap, 0), axis.input - 1))
                weights.append(weight)
                sum += weight
            }
            if antialias || excludeOutside, sum != 0 {
                for i in start..<weights.count { weights[i] /= sum }
            }
        }
    }
}
