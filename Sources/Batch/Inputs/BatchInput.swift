package import Tensors

/// One thing to answer: a file, standard input, or a place that should have given files and could not.
package struct BatchInput: Sendable, Equatable {
    /// As the caller spelt it, or below the folder as the caller spelt that; `-` is standard input.
    package var path: String
    /// What its pictures and label files are called by default: the path below the folder that was named, without ending.
    package var name: String
    /// Place among the frames of its folder, from 0, when folders are videos.
    package var sequence: UInt64?
    /// Why there is no file here: a folder or a list that cannot be read.
    package var failure: FileError?

    package init(path: String, name: String, sequence: UInt64? = nil, failure: FileError? = nil) {
        self.path = path
        self.name = name
        self.sequence = sequence
        self.failure = failure
    }
}
