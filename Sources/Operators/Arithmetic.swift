package import CKernels
package import Graph

/// ONNX `Add`.
package struct Add: BinaryFunction {
    package static let opType = "Add"
    package static let kernel: ck_f32_operation? = .add
    package init(_ node: NodeDescription) {}
    package func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a + b }
    package func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &+ b }
}

/// ONNX `Sub`.
package struct Sub: BinaryFunction {
    package static let opType = "Sub"
    package static let kernel: ck_f32_operation? = .sub
    package init(_ node: NodeDescription) {}
    package func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a - b }
    package func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &- b }
}

/// ONNX `Mul`.
package struct Mul: BinaryFunction {
    package static let opType = "Mul"
    package static let kernel: ck_f32_operation? = .mul
    package init(_ node: NodeDescription) {}
    package func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a * b }
    package func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &* b }
}

/// ONNX `Div`: whole numbers divide towards zero.
package struct Div: BinaryFunction {
    package static let opType = "Div"
    package static let kernel: ck_f32_operation? = .div
    package init(_ node: NodeDescription) {}
    package func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a / b }
    package func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
        if b == 0 { return 0 }
        return a.dividedReportingOverflow(by: b).partialValue
    }
}

/// ONNX `PRelu`: x, or slope·x where x is negative; the slope broadcasts to x.
package struct PRelu: BinaryFunction {
    package static let opType = "PRelu"
    package static let kernel: ck_f32_operation? = .prelu
    package init(_ node: NodeDescription) {}
    package func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a < 0 ? a * b : a }
    package func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a < 0 ? a &* b : a }
}

/// ONNX `Mod`: the remainder with the sign of the divisor, or of the dividend with `fmod`.
package struct Mod: BinaryFunction {
    package static let opType = "Mod"
    private let fmod: Bool

    package init(_ node: NodeDescription) throws(GraphError) { fmod = try node.int("fmod") ?? 0 != 0 }

    package func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T {
        let remainder = a.truncatingRemainder(dividingBy: b)
        return !fmod && remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder
    }

    package func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
        if b == 0 { return 0 }
        let remainder = a.remainderReportingOverflow(dividingBy: b).partialValue
        return !fmod && remainder != 0 && (remainder < 0) != (b < 0) ? remainder &+ b : remainder
    }
}
