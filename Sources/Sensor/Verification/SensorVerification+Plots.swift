import Glibc
import Imaging

extension SensorVerification {
    /// Diagrams by file name without extension, SVG.
    package var plots: [(name: String, svg: String)] {
        var plots = [("photon-transfer", transferPlot.svg), ("linearity", linearityPlot.svg)]
        plots.append(
            (
                "prnu",
                spreadPlot(
                    responses, "Sensitivity of pixels", "deviation, %", statedResponse * 100, rest: responseRest * 100
                ).svg
            ))
        plots.append(
            (
                "dsnu",
                spreadPlot(
                    offsets, "Dark offset of pixels", "deviation, e-", sheet.darkSignalNonUniformity, rest: offsetRest
                ).svg
            ))
        if !dark.isEmpty { plots.append(("dark-current", darkPlot.svg)) }
        return plots
    }

    private var statedResponse: Double { sheet.photoResponseNonUniformity / Double(mode.binning) }
    private var statedGain: Double { mode.conversionGain / Double(mode.binning * mode.binning) }

    private var transferPlot: Plot {
        let top = Double(mode.pixelFormat.maximumSample)
        let binnedRead = sheet.readNoise * Double(mode.binning) * statedGain
        let stated = (0...120).map { step in
            let signal = 0.1 * pow(top / 0.1, Double(step) / 120)
            return (x: signal, y: statedGain * signal + binnedRead * binnedRead + 1 / 12)
        }
        let measured = transfer.map { (x: $0.mean - mode.blackLevel, y: $0.variance) }
        return Plot(
            title: "Photon transfer: \(sheet.name), \(mode.name)",
            x: Plot.Axis(title: "signal above black, DN", range: 0.1...top, scale: .logarithmic),
            y: Plot.Axis(
                title: "temporal variance, DN squared", range: 0.01...max(1, 2 * statedGain * top),
                scale: .logarithmic),
            series: [
                Plot.Series(
                    label: "data sheet: slope \(Plot.number(statedGain)) DN/e-", points: stated, color: "#1f77b4",
                    isLine: true),
                Plot.Series(
                    label: "measured: slope \(Plot.number(transferGain)) DN/e-", points: measured, color: "#d62728",
                    isLine: false),
            ])
    }

    private var linearityPlot: Plot {
        let most = transfer.last?.electrons ?? 1
        let line = [0.0, most].map { (x: $0, y: mode.blackLevel + statedGain * $0) }
        return Plot(
            title: "Response: \(sheet.name), \(mode.name)",
            x: Plot.Axis(title: "photoelectrons", range: 0...most),
            y: Plot.Axis(title: "mean, DN", range: 0...Double(mode.pixelFormat.maximumSample)),
            series: [
                Plot.Series(label: "data sheet", points: line, color: "#1f77b4", isLine: true),
                Plot.Series(
                    label: "measured", points: transfer.map { (x: $0.electrons, y: $0.mean) }, color: "#d62728",
                    isLine: false),
            ])
    }

    private var darkPlot: Plot {
        let seconds = dark.flatMap(\.points).map(\.seconds).max() ?? 1
        let electrons = dark.flatMap(\.points).map(\.electrons).max() ?? 1
        let colors = ["#1f77b4", "#d62728"]
        var series: [Plot.Series] = []
        for (index, run) in dark.enumerated() {
            let rate = sheet.darkCurrent * Double(index + 1)
            series.append(
                Plot.Series(
                    label: "data sheet, \(Plot.number(run.temperature)) °C: \(Plot.number(rate)) e-/s",
                    points: [(x: 0, y: 0), (x: seconds, y: rate * seconds)], color: colors[index], isLine: true))
            series.append(
                Plot.Series(
                    label: "measured, \(Plot.number(run.temperature)) °C",
                    points: run.points.map { (x: $0.seconds, y: $0.electrons) }, color: colors[index], isLine: false))
        }
        return Plot(
            title: "Dark current: \(sheet.name), \(mode.name)",
            x: Plot.Axis(title: "exposure time, s", range: 0...seconds * 1.05),
            y: Plot.Axis(title: "dark signal of a pixel, e-", range: 0...max(electrons, 0.01) * 1.3), series: series)
    }

    /// How often pixels deviate how far, next to the normal distribution that the data sheet states, widened by what
    /// averaging leaves of the noise.
    private func spreadPlot(
        _ histogram: Histogram, _ title: String, _ unit: String, _ stated: Double, rest: Double
    ) -> Plot {
        let deviation = (stated * stated + rest * rest).squareRoot()
        let total = Double(max(1, histogram.total))
        let measured = histogram.counts.enumerated().map { bin, count in
            (
                x: histogram.range.lowerBound + (Double(bin) + 0.5) * histogram.binWidth,
                y: max(Double(count) / total / histogram.binWidth, 1e-9)
            )
        }
        var series = [Plot.Series(label: "measured", points: measured, color: "#d62728", isLine: false)]
        if stated > 0 {
            let curve = measured.map { point in
                let z = point.x / deviation
                return (x: point.x, y: max(exp(-z * z / 2) / (deviation * (2 * Double.pi).squareRoot()), 1e-9))
            }
            series.append(
                Plot.Series(
                    label: "data sheet: \(Plot.number(stated)), and \(Plot.number(rest)) left of noise", points: curve,
                    color: "#1f77b4",
                    isLine: true))
        }
        let top = series.flatMap(\.points).map(\.y).max() ?? 1
        return Plot(
            title: "\(title): \(sheet.name), \(mode.name)", x: Plot.Axis(title: unit, range: histogram.range),
            y: Plot.Axis(title: "density", range: 1e-6...max(1e-5, top * 10), scale: .logarithmic), series: series)
    }
}
