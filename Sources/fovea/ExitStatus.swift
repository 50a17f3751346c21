import Codecs
import Graph
import ISP
import Inference
import Pipeline
import Tensors
import Vision

/// The program's exit codes.
enum ExitStatus: Int32, Error {
    /// Some inputs failed; each has an error line in the output.
    case someInputsFailed = 1
    case usage = 2
    /// A configuration, model or ISP profile that cannot be used.
    case configuration = 3
    /// A file or connection that cannot be read or written.
    case inputOutput = 4
    case interrupted = 130

    /// `nil` for errors of the argument parser, which knows its own.
    init?(_ error: any Error) {
        switch error {
        case let status as ExitStatus: self = status
        case is FileError: self = .inputOutput
        case PipelineError.badOption, PipelineError.unknownClass: self = .usage
        case is PipelineError, is VisionError, is SessionError, is GraphError: self = .configuration
        case ISPError.profile: self = .configuration
        case is CodecError, is ISPError: self = .someInputsFailed
        case is CancellationError: self = .interrupted
        default: return nil
        }
    }
}

/// One line for any error, with its facts.
func describe(_ error: any Error) -> String { "\(error)" }
