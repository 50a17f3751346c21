/// The twelve figures by which detectors are compared on COCO; -1 where there was nothing to be found.
package struct COCOSummary: Sendable, Equatable {
    /// Mean average precision over overlaps 0.50…0.95.
    package var ap: Double
    package var ap50: Double
    package var ap75: Double
    /// Objects below 32² pixels.
    package var apSmall: Double
    /// Objects of 32² to 96² pixels.
    package var apMedium: Double
    package var apLarge: Double
    /// Mean recall with 1, 10 and 100 detections an image.
    package var ar1: Double
    package var ar10: Double
    package var ar100: Double
    package var arSmall: Double
    package var arMedium: Double
    package var arLarge: Double

    /// In the order in which pycocotools gives them, with their names there.
    package var figures: [(name: String, value: Double)] {
        [
            ("AP", ap), ("AP50", ap50), ("AP75", ap75), ("AP_small", apSmall), ("AP_medium", apMedium),
            ("AP_large", apLarge), ("AR_1", ar1), ("AR_10", ar10), ("AR_100", ar100), ("AR_small", arSmall),
            ("AR_medium", arMedium), ("AR_large", arLarge),
        ]
    }
}
