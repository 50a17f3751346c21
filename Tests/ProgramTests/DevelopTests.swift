import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct DevelopTests {
    @Test("develops to PNG and JPEG, and says what it applied", arguments: ["png", "jpg"])
    func develop(ending: String) async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/out." + ending
        let outcome = try await Program.run(
            "develop", Program.sample + "/frame.dng", "-o", path, "--demosaic", "half", "--explain")
        #expect(outcome.status == 0)
        #expect(outcome.output.isEmpty)
        #expect(try Data(contentsOf: URL(filePath: path)).count > 100_000)
        let report = try JSONSerialization.jsonObject(with: Data(outcome.errors.utf8)) as? [String: Any]
        #expect(report?["demosaic"] as? String == "half")
        #expect(report?["width"] as? Int == 984)
    }

    @Test("develops a folder to a folder, each frame under its own name, and counts what fails")
    func batch() async throws {
        let folder = try TemporaryDirectory()
        let bad = folder.path + "/bad.dng"
        try Data("no frame".utf8).write(to: URL(filePath: bad))
        let outcome = try await Program.run(
            "develop", Program.sample, bad, "-o", folder.path + "/out", "--format", "tif", "--demosaic", "half")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("bad.dng") && outcome.errors.contains("1 of 3"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out").sorted()
        #expect(names == ["frame-2.tif", "frame.tif"])
    }

    @Test("shows demosaics side by side, cropped")
    func compare() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/tiers.tif"
        let outcome = try await Program.run(
            "develop", Program.sample + "/frame.dng", "-o", path, "--compare", "half,bilinear,led", "--crop",
            "100,200,50,40")
        #expect(outcome.status == 0, "\(outcome.errors)")
        // Three parts of 50 columns, two gaps of 4, 40 rows of 3 bytes a pixel, and a directory.
        let size = try Data(contentsOf: URL(filePath: path)).count
        #expect((158 * 40 * 3..<158 * 40 * 3 + 1000).contains(size))
    }

    @Test(
        "develops Quad-Bayer at half or full size, RGB-IR at full size and its infrared at half",
        arguments: [
            (["--pixel-format", "SRGGB8_QUAD"], 32, 24, "RGB"),
            (["--pixel-format", "SRGGB8_QUAD", "--quad-bayer", "remosaic"], 64, 48, "RGB"),
            (["--pixel-format", "SBGRG_GIGI8"], 64, 48, "RGB"),
            (["--pixel-format", "SBGRG_GIGI8", "--infrared"], 32, 24, "grey"),
        ])
    func beyondBayer(flags: [String], width: Int, height: Int, kind: String) async throws {
        let folder = try TemporaryDirectory()
        let raw = folder.path + "/frame.raw"
        try Data((0..<64 * 48).map { UInt8($0 * 7 % 251) }).write(to: URL(filePath: raw))
        let path = folder.path + "/out.png"
        let outcome = try await Program.run(["develop", raw, "--width", "64", "--height", "48", "-o", path] + flags)
        #expect(outcome.status == 0, "\(outcome.errors)")
        // Width, height and colour type of the PNG's header.
        let header = Array(try Data(contentsOf: URL(filePath: path)).prefix(26))
        #expect((Int(header[19]), Int(header[23]), header[25] == 2 ? "RGB" : "grey") == (width, height, kind))
    }

    @Test("repacks described raw bytes as the sample's DNG, byte for byte")
    func dng() async throws {
        let folder = try TemporaryDirectory()
        let outcome = try await Program.run(
            "develop", Program.sample + "/frame.raw", "--raw", Program.sample + "/frame.json", "-o",
            folder.path + "/frame.dng")
        #expect(outcome.status == 0)
        #expect(
            try Data(contentsOf: URL(filePath: folder.path + "/frame.dng"))
                == Data(contentsOf: URL(filePath: Program.sample + "/frame.dng")))
    }

    @Test(
        "names what is wrong and leaves no file",
        arguments: [
            (["frame.dng", "--demosaic", "magic"], 2, "--demosaic"), (["frame.dng", "--bits", "12"], 2, "--bits"),
            (["nothing.dng"], 4, "nothing.dng"), (["../../docs/border-collie.jpg"], 1, "finished picture"),
            (["frame.dng", "--isp-profile", "none"], 3, "none"), (["frame.json"], 1, "width"),
        ])
    func errors(arguments: [String], status: Int, word: String) async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/out.png"
        let outcome: Program.Outcome
        let frame = Program.sample + "/" + arguments[0]
        if arguments.count == 3 {
            outcome = try await Program.run("develop", frame, "-o", path, arguments[1], arguments[2])
        } else {
            outcome = try await Program.run("develop", frame, "-o", path)
        }
        #expect(Int(outcome.status) == status, "\(outcome.errors)")
        #expect(outcome.errors.contains(word), "\(outcome.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test("an output that cannot be written is status 4")
    func unwritable() async throws {
        let outcome = try await Program.run("develop", Program.sample + "/frame.dng", "-o", "/proc/none/x.png")
        #expect(outcome.status == 4)
    }
}
