import Tensors
import Testing

@Suite struct ShapeTests {
    @Test("counts elements and strides of a row-major tensor")
    func counts() {
        let shape: Shape = [2, 3, 4]
        #expect(shape.elementCount == 24)
        #expect(shape.strides == [12, 4, 1])
        #expect(Shape.scalar.elementCount == 1)
    }

    @Test("refuses negative extents and products beyond Int")
    func untrusted() {
        #expect(Shape.checkedElementCount(of: [2, -1]) == nil)
        #expect(Shape.checkedElementCount(of: [Int.max, 2]) == nil)
        #expect(Shape.checkedElementCount(of: [Int.max, 0]) == 0)
        #expect(Shape.checkedElementCount(of: []) == 1)
    }
}
