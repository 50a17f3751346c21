import Batch
import Calibration
import Codecs
import Evaluation
import Graph
import ISP
import Inference
import Pipeline
import Quantization
import Tensors
import Vision

#if FOVEA_SERVER
import Sensor
import Service
import Store
#endif

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
        case PipelineError.badOption(name: "models", _), PipelineError.badOption(name: "FOVEA_MODELS", _),
            PipelineError.badOption(name: "profiles", _), PipelineError.badOption(name: "FOVEA_ISA", _):
            self = .configuration
        case SessionError.file: self = .inputOutput
        case PipelineError.badOption, PipelineError.unknownClass: self = .usage
        case QuantizationError.network(.file): self = .inputOutput
        case is PipelineError, is VisionError, is SessionError, is GraphError: self = .configuration
        case is QuantizationError: self = .configuration
        case ISPError.profile: self = .configuration
        case is NPYError, is BatchError, is EvaluationError: self = .inputOutput
        case is CodecError, is ISPError, is CalibrationError: self = .someInputsFailed
        case is CancellationError: self = .interrupted
        default:
            #if FOVEA_SERVER
            self.init(server: error)
            #else
            return nil
            #endif
        }
    }

    #if FOVEA_SERVER
    private init?(server error: any Error) {
        switch error {
        case is ConfigurationError: self = .configuration
        case is StoreError: self = .inputOutput
        case is ListenError: self = .inputOutput
        case SensorError.badOption, SensorError.badURL: self = .usage
        case SensorError.unknownSensor, SensorError.unknownMode, SensorError.badDataSheet: self = .configuration
        case is SensorError: self = .inputOutput
        default: return nil
        }
    }
    #endif
}

/// One line for any error, with its facts.
func describe(_ error: any Error) -> String { "\(error)" }
