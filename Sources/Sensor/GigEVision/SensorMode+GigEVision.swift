import Imaging

extension SensorDataSheet.Mode {
    /// The same samples laid out as GigE Vision carries them: without bytes between rows, and as a stream of bits where the
    /// sensor packs them the CSI-2 way. Rows that would not end with a whole byte get two bytes a sample.
    package var forGigEVision: SensorDataSheet.Mode {
        var mode = self
        mode.rowAlignment = 1
        if pixelFormat.packing == .csi2 { mode.pixelFormat.packing = .lsb }
        if !mode.hasWholeRows { mode.pixelFormat.packing = .unpacked }
        return mode
    }

    /// Whether rows of samples follow each other without a bit between them.
    private var hasWholeRows: Bool {
        switch pixelFormat.packing {
        case .unpacked: true
        case .lsb, .csi2: width * pixelFormat.bitDepth % 8 == 0
        case .gigeVision: width % 2 == 0
        }
    }
}
