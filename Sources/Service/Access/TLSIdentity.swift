import Logging
import NIOCertificateReloading
import NIOSSL

/// The service's certificate and private key, read anew from their files while it runs: a renewed certificate takes effect
/// with the next handshake.
struct TLSIdentity: Sendable {
    let reloader: TimedCertificateReloader
    /// PEM file of the authorities whose clients are let in; `nil` asks clients for no certificate.
    let clientAuthorities: String?

    /// How long a replaced file may go unnoticed.
    private static let refreshInterval = Duration.seconds(5)

    /// - Throws: ``ConfigurationError`` when the files cannot be used together.
    init(certificate: String, key: String, clientAuthorities: String?, logger: Logger) throws(ConfigurationError) {
        self.clientAuthorities = clientAuthorities
        do {
            reloader = try .makeReloaderValidatingSources(
                configuration: .init(
                    refreshInterval: Self.refreshInterval,
                    certificateSource: .init(location: .file(path: certificate), format: .pem),
                    privateKeySource: .init(location: .file(path: key), format: .pem)
                ) {
                    $0.onCertificateLoadFailed = { failure in
                        logger.error(
                            "the certificate cannot be read anew; the old one stays in use",
                            metadata: ["error": "\(failure.error)"])
                    }
                })
            _ = try configuration
        } catch {
            throw .unreadable(key: "tlsCertificate", detail: "\(certificate), \(key): \(error)")
        }
    }

    /// For HTTP; TLS 1.2 at least.
    var configuration: TLSConfiguration {
        get throws {
            var configuration =
                if let clientAuthorities {
                    try TLSConfiguration.makeServerConfigurationWithMTLS(
                        certificateReloader: reloader, trustRoots: .file(clientAuthorities))
                } else {
                    try TLSConfiguration.makeServerConfiguration(certificateReloader: reloader)
                }
            configuration.minimumTLSVersion = .tlsv12
            // Of TLS 1.2, what keeps its secrets when the key is lost later, and is not open to padding oracles.
            configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
            return configuration
        }
    }
}
