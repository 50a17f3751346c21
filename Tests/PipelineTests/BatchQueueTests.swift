import Dispatch
import Pipeline
import Synchronization
import Tensors
import TestSupport
import Testing

/// Requests to one network that run together.
@Suite(.timeLimit(.minutes(2))) struct BatchQueueTests {
    /// Models of a folder of their own, on one compute thread that a test can hold.
    private final class Fixture: Sendable {
        let folder: TemporaryDirectory
        let frames: FramePipeline

        init(_ change: (inout PipelineConfiguration) -> Void = { _ in }) throws {
            folder = try TemporaryDirectory()
            try ModelFolderBuilder.write(ModelFolderBuilder.convolution, "conv", in: folder.path)
            try ModelFolderBuilder.write(ModelFolderBuilder.mixing, "mixing", in: folder.path)
            var configuration = PipelineConfiguration()
            configuration.modelDirectory = folder.path
            configuration.threads = 1
            change(&configuration)
            frames = try FramePipeline(configuration)
        }

        deinit { frames.stop() }

        /// Keeps the compute thread from its work until the result is called.
        func hold() -> @Sendable () -> Void {
            let gate = DispatchSemaphore(value: 0)
            _ = frames.pool.submit { gate.wait() }
            return { gate.signal() }
        }

        func run(_ request: TensorRequest) async throws -> [[Float]] {
            try await frames.infer(request).outputs.map { $0.tensor.array(of: Float.self) }
        }

        func statistics(_ name: String) throws -> ModelStatistics.Snapshot {
            try frames.library.model(named: name).statistics.snapshot
        }
    }

    private final class Order: Sendable {
        let indices = Mutex<[Int]>([])
    }

    private static func convolution(_ seed: UInt64, rows: Int = 1) -> TensorRequest {
        var random = SplitMix64(seed: seed)
        let values = (0..<rows * 60).map { _ in Float(random.next() % 4001) / 1000 - 2 }
        return TensorRequest(model: "conv", inputs: ["x": .tensor(Tensor(values, shape: [rows, 2, 6, 5]))])
    }

    /// Queues all requests behind a held thread, lets go, and gives the answers in the requests' order.
    private static func together(_ requests: [TensorRequest], _ fixture: Fixture) async throws -> [[[Float]]] {
        let release = fixture.hold()
        return try await withThrowingTaskGroup(of: (Int, [[Float]]).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask { (index, try await fixture.run(request)) }
            }
            while fixture.frames.queueDepth < requests.count { await Task.yield() }
            // Admitted is not yet queued.
            try await Task.sleep(for: .milliseconds(30))
            release()
            return try await group.reduce(into: [Int: [[Float]]]()) { $0[$1.0] = $1.1 }
                .sorted { $0.key < $1.key }.map(\.value)
        }
    }

    @Test("requests that wait run together, and get the bits that they get alone")
    func identicalBits() async throws {
        let fixture = try Fixture()
        let requests = (0..<40).map { Self.convolution(UInt64($0)) }
        var alone: [[[Float]]] = []
        for request in requests { alone.append(try await fixture.run(request)) }
        for _ in 0..<3 { #expect(try await Self.together(requests, fixture) == alone) }
        let statistics = try fixture.statistics("conv")
        #expect(statistics.inferenceCount >= 160)
        #expect((statistics.batches[8]?.computeInfer.count ?? 0) >= 5)
        #expect(statistics.executionCount < statistics.inferenceCount)
        #expect(statistics.success.count == 160 && statistics.fail.count == 0)
    }

    @Test("requests of several rows join others as long as the rows fit")
    func severalRows() async throws {
        let fixture = try Fixture { $0.batching.maximumRows = 4 }
        let requests = [1, 3, 2, 2, 5, 1, 1].enumerated().map { Self.convolution(UInt64($0.offset), rows: $0.element) }
        var alone: [[[Float]]] = []
        for request in requests { alone.append(try await fixture.run(request)) }
        for _ in 0..<3 { #expect(try await Self.together(requests, fixture) == alone) }
        let batches = try fixture.statistics("conv").batches
        #expect((batches[4]?.computeInfer.count ?? 0) >= 2)
        #expect(batches.keys.allSatisfy { [1, 2, 3, 4, 5].contains($0) })
    }

    @Test("a network whose rows are not independent is found out and never batched")
    func mixingRows() async throws {
        let fixture = try Fixture()
        let requests = (1...16).map { index in
            TensorRequest(
                model: "mixing",
                inputs: ["x": .tensor(Tensor([Float](repeating: Float(index), count: 4), shape: [1, 4]))])
        }
        for _ in 0..<3 {
            let answers = try await Self.together(requests, fixture)
            for (index, answer) in answers.enumerated() {
                #expect(answer == [[Float](repeating: Float(2 * (index + 1)), count: 4)])
            }
        }
    }

    @Test("the most urgent go first, then those that came first")
    func priorities() async throws {
        let fixture = try Fixture { $0.batching.maximumRows = 1 }
        let order = Order()
        let release = fixture.hold()
        try await withThrowingTaskGroup { group in
            for (index, priority) in [0, 3, 2, 1, 2].enumerated() {
                var request = Self.convolution(UInt64(index))
                request.priority = priority
                group.addTask { [request] in
                    _ = try await fixture.run(request)
                    order.indices.withLock { $0.append(index) }
                }
                try await Task.sleep(for: .milliseconds(30))
            }
            release()
            try await group.waitForAll()
        }
        // The first was given to the thread at once; of the others, 3 has priority 1, 2 and 4 have 2, 1 has 3.
        #expect(order.indices.withLock { $0 } == [0, 3, 2, 4, 1])
    }

    @Test("gives up at its deadline and when its caller goes, though the threads are busy")
    func givingUp() async throws {
        let fixture = try Fixture()
        let release = fixture.hold()
        defer { release() }
        var hurried = Self.convolution(1)
        hurried.timeoutMicroseconds = 20_000
        await #expect(throws: PipelineError.deadlineExceeded(milliseconds: 20)) { try await fixture.run(hurried) }
        let abandoned = Task { try await fixture.run(Self.convolution(2)) }
        try await Task.sleep(for: .milliseconds(20))
        abandoned.cancel()
        await #expect(throws: CancellationError.self) { try await abandoned.value }
        #expect(fixture.frames.queueDepth == 0)
        #expect(try fixture.statistics("conv").fail.count == 2)
    }

    @Test("refuses at once what the queue has no room for")
    func overload() async throws {
        let fixture = try Fixture { $0.queueLimit = 2 }
        let release = fixture.hold()
        let admitted = (0..<2).map { index in Task { try await fixture.run(Self.convolution(UInt64(index))) } }
        while fixture.frames.queueDepth < 2 { await Task.yield() }
        await #expect(throws: PipelineError.overloaded(queueLimit: 2, retryAfter: 1)) {
            try await fixture.run(Self.convolution(3))
        }
        release()
        for task in admitted { _ = try await task.value }
    }

    @Test("with a delay, a request waits for company while threads are idle")
    func delay() async throws {
        let fixture = try Fixture {
            $0.batching.delayMicroseconds = 200_000
            $0.batching.preferredRows = [4]
            $0.batching.maximumRows = 4
        }
        let alone = try await fixture.run(Self.convolution(0))
        for _ in 0..<2 {
            let answers = try await withThrowingTaskGroup(of: [[Float]].self) { group in
                for _ in 0..<4 { group.addTask { try await fixture.run(Self.convolution(0)) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == Array(repeating: alone, count: 4))
        }
        #expect((try fixture.statistics("conv").batches[4]?.computeInfer.count ?? 0) >= 1)
    }
}
