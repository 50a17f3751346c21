import Codecs
import Imaging
import Tensors

/// What `fovea develop` writes.
enum DevelopedFile {
    enum Kind {
        case png, tiff, jpeg, nv12, dng

        init?(ending: String) {
            switch ending.lowercased() {
            case "png": self = .png
            case "tif", "tiff": self = .tiff
            case "jpg", "jpeg": self = .jpeg
            case "nv12": self = .nv12
            case "dng": self = .dng
            default: return nil
            }
        }

        /// What the ending of a file's name asks for.
        init?(path: String) {
            guard let dot = path.lastIndex(of: ".") else { return nil }
            self.init(ending: String(path[path.index(after: dot)...]))
        }

        var ending: String {
            switch self {
            case .png: "png"
            case .tiff: "tif"
            case .jpeg: "jpg"
            case .nv12: "nv12"
            case .dng: "dng"
            }
        }
    }

    /// Encodes and writes a picture; a DNG is made of a frame, not of a picture.
    static func write(_ picture: Picture, to path: String, as kind: Kind, quality: Int) throws {
        switch kind {
        case .png: try FileWriting.write(ImageEncoder.encodePNG(picture), to: path)
        case .tiff: try FileWriting.write(TIFFEncoder.encode(picture), to: path)
        case .jpeg: try FileWriting.write(ImageEncoder.encodeJPEG(picture, quality: quality), to: path)
        case .nv12: try FileWriting.write(picture.nv12(), to: path)
        case .dng: preconditionFailure("a picture is no DNG")
        }
    }
}
