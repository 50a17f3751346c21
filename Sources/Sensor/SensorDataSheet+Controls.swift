/// What can be set on a sensor, and when it takes effect.
extension SensorDataSheet {
    /// The code that sets the analogue gain: gain = (m0 · code + c0) / (m1 · code + c1), codes 0…`maximum` (MIPI CCS,
    /// analogue gain coefficients).
    package struct GainCode: Sendable, Equatable {
        package var m0: Int
        package var c0: Int
        package var m1: Int
        package var c1: Int
        package var maximum: Int

        package init(m0: Int, c0: Int, m1: Int, c1: Int, maximum: Int) {
            self.m0 = m0
            self.c0 = c0
            self.m1 = m1
            self.c1 = c1
            self.maximum = maximum
        }

        /// The gain that `code` sets.
        package func gain(_ code: Int) -> Double { Double(m0 * code + c0) / Double(m1 * code + c1) }

        /// The code whose gain comes nearest to `gain`.
        package func code(nearest gain: Double) -> Int {
            // Gains rise with the code (checked when the sheet is read): the code lies where the formula's inverse says.
            let denominator = Double(m0) - gain * Double(m1)
            let exact = denominator == 0 ? 0 : (gain * Double(c1) - Double(c0)) / denominator
            let low = Int(min(max(exact.rounded(.down), 0), Double(maximum)))
            let high = min(low + 1, maximum)
            return abs(self.gain(high) - gain) < abs(self.gain(low) - gain) ? high : low
        }
    }

    /// The limits of exposure in rows, and how many frames pass until a setting shows.
    package struct ControlTiming: Sendable, Equatable {
        /// Rows of the shortest exposure.
        package var minimumExposureRows: Int = 1
        /// Rows that the longest exposure stays below the time of a frame.
        package var exposureMarginRows: Int = 0
        /// A setting written while frame n is read out shows in frame n + delay.
        package var exposureDelay: Int = 2
        package var gainDelay: Int = 2

        package init() {}

        package init(minimumExposureRows: Int, exposureMarginRows: Int, exposureDelay: Int, gainDelay: Int) {
            self.minimumExposureRows = minimumExposureRows
            self.exposureMarginRows = exposureMarginRows
            self.exposureDelay = exposureDelay
            self.gainDelay = gainDelay
        }
    }

    /// The gain that the sensor sets when `gain` is asked for.
    package func settableGain(_ gain: Double) -> Double {
        let clamped = min(max(gain, analogGain.lowerBound), analogGain.upperBound)
        return gainCode.map { $0.gain($0.code(nearest: clamped)) } ?? clamped
    }

    /// Exposure times that `mode` can take without slowing its frame rate, seconds.
    package func exposureRange(_ mode: Mode) -> ClosedRange<Double> {
        let frameTime = 1 / mode.framesPerSecond
        guard let lineTime = mode.lineTime else { return min(0.000_1, frameTime)...frameTime }
        let rows = (frameTime / lineTime).rounded() - Double(timing.exposureMarginRows)
        let minimum = Double(timing.minimumExposureRows)
        return minimum * lineTime...max(minimum, rows) * lineTime
    }

    /// The exposure time that `mode` sets when `time` is asked for: whole rows, no fewer than the least.
    package func settableExposure(_ time: Double, _ mode: Mode) -> Double {
        guard let lineTime = mode.lineTime else { return time }
        return max((time / lineTime).rounded(), Double(timing.minimumExposureRows)) * lineTime
    }
}
