internal import Tensors

/// A floating-point format of 8 bits or fewer: how its codes read as numbers, and numbers as codes.
///
/// E4M3 and E5M2: Micikevicius et al., "FP8 Formats for Deep Learning", 2022; the variants without infinities and
/// negative zero (`fnuz`): Noune et al., "8-bit Numerical Formats for Deep Neural Networks", 2022; E2M1: OCP
/// Microscaling Formats, 2023. E8M0, a bare exponent, is ``ScaleExponent``.
struct SmallFloat: Sendable {
    let exponentBits: Int
    let mantissaBits: Int
    let bias: Int
    /// Codes without sign; `infinity` and `nan` are `nil` where the format has none.
    let largest: Int
    let infinity: Int?
    let nan: Int?
    /// The code of negative zero means NaN, and there is no other.
    let negativeZeroIsNaN: Bool

    init?(_ dataType: DataType) {
        switch dataType {
        case .float8e4m3fn: self.init(4, 3, bias: 7, largest: 0x7e, infinity: nil, nan: 0x7f)
        case .float8e4m3fnuz: self.init(4, 3, bias: 8, largest: 0x7f, infinity: nil, nan: nil, fnuz: true)
        case .float8e5m2: self.init(5, 2, bias: 15, largest: 0x7b, infinity: 0x7c, nan: 0x7e)
        case .float8e5m2fnuz: self.init(5, 2, bias: 16, largest: 0x7f, infinity: nil, nan: nil, fnuz: true)
        case .float4e2m1: self.init(2, 1, bias: 1, largest: 0x7, infinity: nil, nan: nil)
        default: return nil
        }
    }

    private init(
        _ exponentBits: Int, _ mantissaBits: Int, bias: Int, largest: Int, infinity: Int?, nan: Int?, fnuz: Bool = false
    ) {
        self.exponentBits = exponentBits
        self.mantissaBits = mantissaBits
        self.bias = bias
        self.largest = largest
        self.infinity = infinity
        self.nan = nan
        negativeZeroIsNaN = fnuz
    }

    private var signBit: Int { 1 << (exponentBits + mantissaBits) }

    func decode(_ byte: UInt8) -> Float {
        let code = Int(byte) & (2 * signBit - 1)
        let magnitude = code & (signBit - 1)
        let isNegative = code & signBit != 0
        if negativeZeroIsNaN, isNegative, magnitude == 0 { return .nan }
        if let infinity {
            if magnitude == infinity { return isNegative ? -.infinity : .infinity }
            if magnitude > infinity { return .nan }
        }
        if let nan, magnitude == nan { return .nan }
        let exponent = max(magnitude >> mantissaBits, 1)
        let fraction = magnitude - (exponent - 1) << mantissaBits
        let value = Float(sign: .plus, exponent: exponent - bias - mantissaBits, significand: Float(fraction))
        return isNegative ? -value : value
    }

    /// The nearest code, ties to even. What is too large becomes the largest number with `saturates` or where the format
    /// has nothing beyond it, else infinity or NaN.
    func encode(_ value: Double, saturates: Bool) -> UInt8 {
        let sign = value.sign == .minus ? signBit : 0
        let notANumber = negativeZeroIsNaN ? signBit : nan.map { $0 | sign } ?? signBit
        if value.isNaN { return UInt8(notANumber) }
        let overflow: Int =
            if saturates {
                largest | sign
            } else if let infinity {
                infinity | sign
            } else {
                negativeZeroIsNaN || nan != nil ? notANumber : largest | sign
            }
        let magnitude = value.magnitude
        guard magnitude.isFinite else { return UInt8(overflow) }
        let exponent = magnitude == 0 ? 1 - bias : max(Int(magnitude.exponent), 1 - bias)
        let unit = Double(sign: .plus, exponent: exponent - mantissaBits, significand: 1)
        let code = (exponent + bias - 1) << mantissaBits + Int((magnitude / unit).rounded(.toNearestOrEven))
        if code > largest { return UInt8(overflow) }
        if code == 0, negativeZeroIsNaN { return 0 }
        return UInt8(code | sign)
    }
}

/// float8e8m0: the exponent of a power of two, biased by 127; 255 is NaN. The sign of what is encoded is lost.
enum ScaleExponent {
    enum Rounding: String, Sendable {
        case up, down, nearest
    }

    static func decode(_ code: UInt8) -> Float {
        code == 255 ? .nan : Float(sign: .plus, exponent: Int(code) - 127, significand: 1)
    }

    static func encode(_ value: Float, _ rounding: Rounding, saturates: Bool) -> UInt8 {
        let bits = value.bitPattern
        let exponent = UInt8(truncatingIfNeeded: bits >> 23)
        if exponent == 255 { return 255 }
        let fraction = bits & 0x7f_ffff
        let goesUp =
            switch rounding {
            case .down: false
            case .up: fraction > 0
            // Half goes up, but for half of the smallest, which goes down.
            case .nearest: fraction > 0x40_0000 || (fraction == 0x40_0000 && exponent > 0)
            }
        if goesUp, exponent == 254, saturates { return 254 }
        return goesUp ? exponent + 1 : exponent
    }
}
