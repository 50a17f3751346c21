/// The lines of a frame as Raspberry Pi's libcamera hands them to applications: its `Cnn…` controls, to the byte.
package struct DNNControls: Sendable {
    /// `CnnOutputTensor`: all values of all output tensors, one after another, the first dimension running fastest (picamera2
    /// reshapes in Fortran's order).
    package var outputTensor: [Float]
    /// `CnnOutputTensorInfo`: char name[64]; u32 count; 16 × {u32 values; u32 dimensions; u16 sizes[16]}; u8 frame; pad.
    package var outputTensorInfo: [UInt8]
    /// `CnnInputTensor`: the planes.
    package var inputTensor: [UInt8]
    /// `CnnInputTensorInfo`: char name[64]; u32 width, height, channels.
    package var inputTensorInfo: [UInt8]
    /// `CnnKpiInfo`: microseconds of the network and of the signal processor.
    package var kpi: [Int32]

    package init(_ lines: DNNLines) {
        outputTensor = lines.outputs.flatMap(\.columnMajorValues)
        var info = Self.name(lines.networkName)
        info += Self.words([lines.outputs.count])
        for index in 0..<DNNParameters.countLimit {
            let tensor = index < lines.outputs.count ? lines.outputs[index] : nil
            let sizes = tensor?.dimensions ?? []
            info += Self.words([tensor?.elementCount ?? 0, sizes.count])
            for dimension in 0..<DNNParameters.countLimit {
                let size = dimension < sizes.count ? sizes[dimension] : 0
                info += [UInt8(truncatingIfNeeded: size), UInt8(truncatingIfNeeded: size >> 8)]
            }
        }
        outputTensorInfo = info + [lines.frameCount, 0, 0, 0]
        inputTensor = lines.input.bytes
        inputTensorInfo = Self.name(lines.networkName) + Self.words(lines.input.dimensions.reversed())
        kpi = [Int32(clamping: lines.networkTime), Int32(clamping: lines.processorTime)]
    }

    /// Each control's name and bytes, little-endian. The input tensor is left out where it must not leave the sensor.
    package func files(withInput: Bool) -> [(name: String, bytes: [UInt8])] {
        var files = [
            ("CnnOutputTensor", Self.words(outputTensor.map { Int($0.bitPattern) })),
            ("CnnOutputTensorInfo", outputTensorInfo), ("CnnKpiInfo", Self.words(kpi.map { Int($0) })),
        ]
        if withInput { files += [("CnnInputTensor", inputTensor), ("CnnInputTensorInfo", inputTensorInfo)] }
        return files
    }

    private static func name(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8.prefix(63))
        return bytes + [UInt8](repeating: 0, count: 64 - bytes.count)
    }

    private static func words(_ values: [Int]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    }
}
