/// The tags of TIFF 6.0, TIFF/EP and DNG that are read or written here, by their number.
enum TIFFTag: UInt16 {
    case newSubfileType = 254
    case imageWidth = 256
    case imageLength = 257
    case bitsPerSample = 258
    case compression = 259
    case photometricInterpretation = 262
    case fillOrder = 266
    case make = 271
    case model = 272
    case stripOffsets = 273
    case orientation = 274
    case samplesPerPixel = 277
    case rowsPerStrip = 278
    case stripByteCounts = 279
    case planarConfiguration = 284
    case software = 305
    case predictor = 317
    case tileWidth = 322
    case tileLength = 323
    case tileOffsets = 324
    case tileByteCounts = 325
    case subIFDs = 330
    case sampleFormat = 339
    case cfaRepeatPatternDim = 33421
    case cfaPattern = 33422
    case exposureTime = 33434
    case fNumber = 33437
    case isoSpeedRatings = 34855
    case imageNumber = 37393
    case dngVersion = 50706
    case dngBackwardVersion = 50707
    case uniqueCameraModel = 50708
    case cfaPlaneColor = 50710
    case cfaLayout = 50711
    case linearizationTable = 50712
    case blackLevelRepeatDim = 50713
    case blackLevel = 50714
    case blackLevelDeltaH = 50715
    case blackLevelDeltaV = 50716
    case whiteLevel = 50717
    case defaultCropOrigin = 50719
    case defaultCropSize = 50720
    case colorMatrix1 = 50721
    case colorMatrix2 = 50722
    case cameraCalibration1 = 50723
    case cameraCalibration2 = 50724
    case analogBalance = 50727
    case asShotNeutral = 50728
    case asShotWhiteXY = 50729
    case cameraSerialNumber = 50735
    case calibrationIlluminant1 = 50778
    case calibrationIlluminant2 = 50779
    case activeArea = 50829
    case forwardMatrix1 = 50964
    case forwardMatrix2 = 50965
    case opcodeList1 = 51008
    case opcodeList2 = 51009
    case opcodeList3 = 51022
    case noiseProfile = 51041

    /// The name as the specifications write it, for errors.
    var name: String {
        switch self {
        case .subIFDs: return "SubIFDs"
        case .cfaRepeatPatternDim: return "CFARepeatPatternDim"
        case .cfaPattern: return "CFAPattern"
        case .cfaPlaneColor: return "CFAPlaneColor"
        case .cfaLayout: return "CFALayout"
        case .isoSpeedRatings: return "ISOSpeedRatings"
        case .fNumber: return "FNumber"
        case .dngVersion: return "DNGVersion"
        case .dngBackwardVersion: return "DNGBackwardVersion"
        default:
            let name = String(describing: self)
            return name.prefix(1).uppercased() + name.dropFirst()
        }
    }
}
