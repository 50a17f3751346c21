internal import CKernels

/// How the two missing colours of each sample are found.
package enum Demosaic: String, Sendable, Hashable, CaseIterable, Codable {
    /// One pixel for every 2×2 block, its two greens averaged, in linear light: a picture of half the size, and what a
    /// network wants when the sensor has at least twice its resolution.
    case half
    /// Means of the nearest two or four samples. On 8-bit samples the same bits as OpenCV's.
    case bilinear
    /// Malvar, He, Cutler, *High-quality linear interpolation for demosaicing of Bayer-patterned color images*, 2004.
    case mhc
    /// Estimates along edges, by Niu et al., *Low cost edge sensing for high quality demosaicking*, 2019: 2 to 3 dB
    /// above ``mhc`` on detailed pictures, at a lower speed. Interpolated values have 14 bits.
    case led
    /// Minimised-Laplacian residual interpolation, by Kiku et al., 2014: each channel estimated from the other, in small
    /// windows, and only what remains interpolated. 1 dB above ``led``, for pictures that may take their time.
    case mlri
    /// A network of five small layers at half the size, in integers, which corrects a linear estimate: 2 dB above ``mlri``
    /// on photographs. Input of the network has 8 bits, the linear estimate and the sampled values all of theirs.
    case cnn
    /// A network of 142,000 multiplications a pixel, by Gharbi et al., *Deep joint demosaicking and denoising*, 2016: 1 dB above
    /// ``cnn`` on photographs, for stills. It runs in the inference engine, which a ``Developer`` is given as a value.
    case demosaicnet

    /// The methods that need no network from outside.
    package static let builtIn: [Demosaic] = allCases.filter { $0 != .demosaicnet }

    /// Of the file that ``demosaicnet`` is.
    package static let networkSHA256 = "7033b5e13ad6c1689703fac79c0b9320fe188f7ef5ca8a034e46f80e1c95649c"

    /// What tells the weights of a network apart from those of another build: part of a profile's canonical text, and so of its hash.
    package var networkVersion: String? {
        switch self {
        case .cnn: String(cString: ck_cnn_trained.version)
        case .demosaicnet: String(Self.networkSHA256.prefix(8))
        default: nil
        }
    }

    /// Rows and columns around a pixel that its values may depend on.
    var reach: Int {
        switch self {
        case .half: 0
        case .bilinear: 1
        case .mhc: 2
        case .led: Int(ck_led_reach)
        case .mlri: Int(ck_mlri_reach)
        case .cnn: Int(ck_cnn_border)
        case .demosaicnet: NetworkPlanes.border
        }
    }
}

/// The scale on which every ``Demosaic`` but ``Demosaic/half`` interpolates.
package enum InterpolationDomain: String, Sendable, Hashable, CaseIterable, Codable {
    /// The square root of linear light: edges have the same height in shadows and highlights, noise the same spread.
    case squareRoot
    /// Sample values as they are.
    case linear
}
