import Configuration
import Service
import Testing

@Suite struct ConfigurationTests {
    @Test("keeps defaults for what is not set and takes what is")
    func reading() throws {
        let reader = ConfigReader(
            provider: InMemoryProvider(values: ["port": 9000, "headerTimeout": 2.5, "idleTimeout": 7, "host": "::1"]))
        let configuration = try ServiceConfiguration(reader: reader)
        var expected = ServiceConfiguration()
        expected.port = 9000
        expected.host = "::1"
        expected.headerTimeout = .milliseconds(2500)
        expected.idleTimeout = .seconds(7)
        #expect(configuration == expected)
    }

    @Test(
        "names the key whose value cannot be used",
        arguments: [
            ("port", 70_000), ("pictureQuality", 0), ("maximumBodyBytes", 1), ("port", "http"), ("headerTimeout", 0.0),
            ("writeTimeout", "long"), ("maximumSensors", 0), ("headerTimeout", true),
        ] as [(String, ConfigValue)])
    func faults(key: String, value: ConfigValue) throws {
        let reader = ConfigReader(provider: InMemoryProvider(values: [AbsoluteConfigKey([key]): value]))
        let error = #expect(throws: ConfigurationError.self) { try ServiceConfiguration(reader: reader) }
        #expect(error.map { "\($0)".hasPrefix(key) } == true)
    }
}
