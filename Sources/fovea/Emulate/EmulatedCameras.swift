#if FOVEA_SERVER
import Sensor
import Tensors

/// Sensors of one kind that look at one scene, each with a serial number of its own.
struct EmulatedCameras {
    struct Camera {
        var name: String
        var sensor: EmulatedSensor
        var source: SceneSource
    }

    /// Sensors beyond this number compute their fixed patterns for every frame: kept ones take 12 bytes a pixel each.
    private static let keptPatterns = 4

    let mode: SensorDataSheet.Mode
    private(set) var all: [Camera] = []

    /// - Parameters:
    ///   - name: of the one sensor, or what the names of several begin with.
    ///   - forGigEVision: whether samples are laid out as GigE Vision carries them, and each frame made on all threads.
    init(
        _ options: EmulatedSensorOptions, _ view: EmulatedSceneOptions, name: String?, count: Int,
        forGigEVision: Bool = false, parallelism: Parallelism
    ) throws {
        let sheet = try options.sheet()
        let described = try sheet.mode(options.mode)
        mode = forGigEVision ? described.forGigEVision : described
        let name = name ?? sheet.name
        var scene: Scene?
        for number in 1...max(1, count) {
            let sensor = try EmulatedSensor(
                dataSheet: sheet, mode: mode, seed: options.seed,
                serial: number == 1 ? options.serial : "\(options.serial)-\(number)", settings: view.settings,
                keepsPattern: count <= Self.keptPatterns, parallelism: parallelism)
            let shared =
                if let scene { scene } else {
                    try Scene(
                        Scene.Subject(view.scene), for: sensor, options: view.sceneOptions, parallelism: parallelism)
                }
            scene = shared
            let loop = try CameraLoop(
                sensor: sensor, hasAutoExposure: view.autoExposure, hasAutoWhiteBalance: view.autoWhiteBalance)
            // Streamed frames are made on one thread each: the sensors share the processors, and the time is easily told.
            all.append(
                Camera(
                    name: count == 1 ? name : "\(name)-\(number)", sensor: sensor,
                    source: try SceneSource(
                        sensor: sensor, scene: shared, loop: loop,
                        parallelism: forGigEVision ? parallelism : .serial)))
        }
    }
}
#endif
