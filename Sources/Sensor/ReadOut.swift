/// An exposure as it works on the charges of a sensor.
struct ReadOut: Sendable {
    /// DN per electron, after binning and analogue gain.
    let gain: Float
    /// Electrons per unit of the scene's light.
    let lightScale: Float
    /// Seconds at the data sheet's temperature that gather as much dark current.
    let darkTime: Float

    init(_ sensor: EmulatedSensor, _ scene: PreparedScene, _ exposure: ExposureSettings) {
        let applied = sensor.applied(exposure)
        let gain = sensor.electronGain(applied.analogGain)
        self.gain = Float(gain)
        lightScale =
            switch scene.unit {
            case .electrons: 1
            case .white: Float(sensor.electronsOfWhite(applied))
            }
        let sheet = sensor.dataSheet
        let doublings = (applied.sensorTemperature - sheet.darkCurrentTemperature) / sheet.darkCurrentDoubling
        darkTime = Float(applied.exposureTime * Distributions.powerOfTwo(doublings))
    }
}

extension EmulatedSensor {
    /// What the sensor sets when `exposure` is asked for: gains and times that it has.
    package func applied(_ exposure: ExposureSettings) -> ExposureSettings {
        var applied = exposure
        applied.analogGain = dataSheet.settableGain(exposure.analogGain)
        applied.exposureTime = dataSheet.settableExposure(exposure.exposureTime, mode)
        return applied
    }

    /// DN per electron, after binning.
    func electronGain(_ analogGain: Double) -> Double {
        mode.conversionGain / Double(mode.binning * mode.binning) * analogGain
    }

    /// Electrons that saturate the read-out at `analogGain`: the converter's range, or the well if that is smaller.
    package func saturation(analogGain: Double) -> Double {
        min(Double(fullWell), (Double(ceiling) - mode.blackLevel) / electronGain(analogGain))
    }

    /// Electrons that white gives to a green pixel in the middle of the picture.
    package func electronsOfWhite(_ applied: ExposureSettings) -> Double {
        switch applied.light {
        case .relative(let share): saturation(analogGain: applied.analogGain) * share
        case .illuminance(let lux):
            lux * dataSheet.lens.imageIlluminance * dataSheet.responsivity * applied.exposureTime
                * Double(mode.binning * mode.binning)
        }
    }
}
