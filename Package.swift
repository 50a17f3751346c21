// swift-tools-version: 6.2
import PackageDescription

/// `FOVEA_CORE_ONLY=1` drops the HTTP service and the sensor emulator with all their dependencies, so that sanitizer
/// and kernel builds of the lower layers stay cheap. The CLI then lacks `serve` and `emulate`.
let coreOnly = Context.environment["FOVEA_CORE_ONLY"] == "1"

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: swiftSettings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies + ["TestSupport"],
        exclude: exclude,
        resources: resources,
        swiftSettings: swiftSettings
    )
}

var dependencies: [Package.Dependency] = [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2")
]

var targets: [Target] = [
    // Layer 0: C
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "CKernels"),
    .target(
        name: "CCodecs",
        linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png"), .linkedLibrary("z")]
    ),

    // Layer 1: pure
    module("Tensors", ["CKernels"]),
    module("Imaging", ["Tensors"]),
    module("StrictJSON"),
    module("FlatBuffers"),

    // Layer 2: domain
    module("Codecs", ["Imaging", "StrictJSON", "Tensors", "CCodecs"]),
    module("ISP", ["Imaging", "StrictJSON", "Tensors", "CKernels"]),
    module("Aitrios", ["FlatBuffers", "StrictJSON"]),
    module("ONNX", ["Tensors"]),
    module("Graph", ["ONNX", "Tensors"]),
    module("Operators", ["Graph", "Tensors", "CKernels", "COpenBLAS"]),
    module("Inference", ["Operators", "Graph", "ONNX", "Tensors"]),
    module("Quantization", ["Inference", "Operators", "Graph", "ONNX", "Tensors"]),
    module("Vision", ["Imaging", "StrictJSON", "Tensors", "CKernels"]),

    module("Evaluation", ["StrictJSON", "Tensors"]),
    module("Calibration", ["ISP", "Imaging", "StrictJSON", "Tensors"]),

    // Layer 3: flow
    module(
        "Pipeline",
        [
            "Codecs", "Evaluation", "ISP", "Quantization", "Inference", "Graph", "ONNX", "Vision", "Imaging", "Tensors",
            "CKernels",
        ]),

    module("Batch", ["Pipeline", "Codecs", "Vision", "StrictJSON", "Tensors"]),

    // Tests
    .target(
        name: "TestSupport", dependencies: ["Imaging", "Tensors"], path: "Tests/TestSupport",
        swiftSettings: swiftSettings),
    tests("TensorsTests", ["Tensors", "CKernels"]),
    tests("ImagingTests", ["Imaging", "Tensors"]),
    tests("StrictJSONTests", ["StrictJSON"]),
    tests("FlatBuffersTests", ["FlatBuffers"]),
    tests("CodecsTests", ["Codecs", "Imaging", "Tensors"]),
    tests("ISPTests", ["ISP", "Codecs", "Imaging", "Tensors", "CKernels"]),
    tests("AitriosTests", ["Aitrios", "StrictJSON"]),
    tests("ONNXTests", ["ONNX", "Tensors"]),
    tests("OperatorsTests", ["Operators", "Graph", "Tensors", "CKernels"]),
    tests(
        "InferenceTests", ["Inference", "Operators", "Graph", "ONNX", "Tensors", "CKernels"],
        exclude: ["onnx-node-cases.txt"]),
    tests("QuantizationTests", ["Quantization", "Inference", "Operators", "Graph", "ONNX", "Tensors"]),
    tests("VisionTests", ["Vision", "Codecs", "Imaging", "Tensors", "CKernels"]),
    tests("CalibrationTests", ["Calibration", "ISP", "Imaging", "Tensors"]),
    tests("EvaluationTests", ["Evaluation", "Tensors"], exclude: ["Fixtures"]),
    tests("BatchTests", ["Batch", "Pipeline", "Codecs", "Vision", "StrictJSON", "Tensors"]),
    tests(
        "ProgramTests", [],
        exclude: coreOnly
            ? ["ResultsTests.swift", "ServeTests.swift", "ServiceProcess.swift", "SupervisionTests.swift"] : []),
    tests("PipelineTests", ["Pipeline", "Codecs", "ISP", "Inference", "Vision", "Imaging", "Tensors"]),
]

var programDependencies: [Target.Dependency] = [
    "Batch", "Calibration", "Evaluation", "Pipeline", "Quantization", "Codecs", "ISP", "Inference", "Operators",
    "Graph", "ONNX",
    "Vision", "Imaging",
    "StrictJSON",
    "Tensors", "CKernels",
    .product(name: "ArgumentParser", package: "swift-argument-parser"),
]
var programSettings = swiftSettings

if !coreOnly {
    dependencies += [
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0", traits: []),
        .package(url: "https://github.com/grpc/grpc-swift-2.git", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport.git", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf.git", from: "2.4.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
    ]
    targets += [
        .target(name: "CAravis"),
        .target(name: "CZeroMQ"),
        .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        module("Store", ["StrictJSON", "Tensors", .product(name: "GRDB", package: "GRDB.swift")]),
        module(
            "Sensor",
            [
                "CMosquitto", "Aitrios", "FlatBuffers", "Pipeline", "Vision", "Inference", "Graph", "Imaging", "Codecs",
                "ISP", "StrictJSON",
                "Tensors", "CAravis", "CKernels",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "OpenInference",
            dependencies: [
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
            ],
            exclude: ["open_inference.proto"],
            swiftSettings: swiftSettings
        ),
        module(
            "Service",
            [
                "OpenInference", "Aitrios", "Store", "Pipeline", "Codecs", "ISP", "Inference", "Graph", "Vision",
                "Imaging", "StrictJSON",
                "Tensors", "CAravis", "CZeroMQ",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOCertificateReloading", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            resources: [
                .embedInCode("Web/app.js"),
                .embedInCode("Web/charts.js"),
                .embedInCode("Web/dom.js"),
                .embedInCode("Web/icon.svg"),
                .embedInCode("Web/index.html"),
                .embedInCode("Web/keys.js"),
                .embedInCode("Web/metrics.js"),
                .embedInCode("Web/models.js"),
                .embedInCode("Web/multipart.js"),
                .embedInCode("Web/region.js"),
                .embedInCode("Web/results.js"),
                .embedInCode("Web/sensors.js"),
                .embedInCode("Web/style.css"),
                .embedInCode("Web/try.js"),
            ]
        ),
        tests(
            "SensorTests",
            [
                "Sensor", "Pipeline", "Vision", "Inference", "Codecs", "Imaging", "Tensors", "CKernels",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        tests("StoreTests", ["Store", "StrictJSON", "Tensors"]),
        tests(
            "ServiceTests",
            [
                "Service", "Store", "StrictJSON", "Pipeline", "Codecs", "ISP", "Graph", "Vision", "Imaging", "Tensors",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
    ]
    programDependencies += [
        "Service", "Sensor", "Store", "Aitrios",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "Configuration", package: "swift-configuration"),
    ]
    programSettings.append(.define("FOVEA_SERVER"))
}

targets.append(
    .executableTarget(name: "fovea", dependencies: programDependencies, swiftSettings: programSettings)
)

let package = Package(
    name: "fovea",
    products: [.executable(name: "fovea", targets: ["fovea"])],
    dependencies: dependencies,
    targets: targets,
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu17
)
