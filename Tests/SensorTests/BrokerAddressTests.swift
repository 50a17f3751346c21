import Aitrios
import Sensor
import Testing

@Suite("Where an AITRIOS device's console is")
struct BrokerAddressTests {
    @Test("is an address with the protocol's own port unless it names one")
    func addresses() throws {
        let plain = try BrokerAddress("mqtt://user:secret@broker")
        #expect(plain.host == "broker" && plain.port == 1883 && !plain.isSecure)
        #expect(plain.user == "user" && plain.password == "secret")
        let secure = try BrokerAddress("MQTTS://127.0.0.1", trust: .init(authorities: "ca.pem"))
        #expect(secure.port == 8883 && secure.isSecure && secure.trust.authorities == "ca.pem")
        #expect(try BrokerAddress("mqtts://broker:9000/").port == 9000)
    }

    @Test(
        "is refused with what is wrong with it",
        arguments: [
            "broker", "http://broker", "mqtt://", "mqtt://broker:0", "mqtt://broker/topic", "mqtt://broker?x=1",
        ])
    func refusals(text: String) {
        #expect(throws: SensorError.self) { try BrokerAddress(text) }
    }

    @Test("takes certificates for TLS only, and whole")
    func trust() {
        #expect(throws: SensorError.self) { try BrokerAddress("mqtt://broker", trust: .init(authorities: "ca.pem")) }
        #expect(throws: SensorError.self) { try BrokerAddress("mqtts://broker", trust: .init(certificate: "me.pem")) }
        #expect(throws: SensorError.self) { try BrokerAddress("mqtts://broker", trust: .init(key: "me.key")) }
    }

    @Test("leaves a storage's password out of the addresses of files")
    func storage() {
        let storage = UploadSettings.Destination(
            endpoint: "https://device:k%2Fey@host:8000/v1/aitrios/cam/", path: "images")
        #expect(storage.url("1.jpg") == "https://host:8000/v1/aitrios/cam/images/1.jpg")
        #expect(storage.authorization == "Basic ZGV2aWNlOmsvZXk=")
        let open = UploadSettings.Destination(endpoint: "http://host/", path: "/a/")
        #expect(open.url("1.jpg") == "http://host/a/1.jpg" && open.authorization == nil)
    }
}
