import FoundationEssentials
import JWTKit

/// The keys of a JSON Web Key Set (RFC 7517) that signatures can be checked with.
struct TokenKeySet: Sendable {
    struct Key: Sendable {
        var id: String?
        var algorithm: TokenAlgorithm
        /// Holds this key alone.
        var verifier: JWTKeyCollection
    }

    let keys: [Key]

    private static let maximumKeys = 64
    /// Characters of a 2048-bit modulus in base64.
    private static let minimumModulusLength = 342

    /// A member of the set that may be of a kind we do not know.
    private struct Entry: Decodable {
        var key: JWK?
        var use: String?
        var curve: String?

        private enum CodingKeys: String, CodingKey { case use, crv }

        init(from decoder: any Decoder) throws {
            key = try? JWK(from: decoder)
            let members = try? decoder.container(keyedBy: CodingKeys.self)
            use = try? members?.decode(String.self, forKey: .use)
            curve = try? members?.decode(String.self, forKey: .crv)
        }
    }

    private struct Document: Decodable {
        var keys: [Entry]
    }

    /// - Throws: `DecodingError` for what is no key set. Keys for other uses or of other kinds are passed over.
    init(json: Data) async throws {
        var keys: [Key] = []
        for entry in try JSONDecoder().decode(Document.self, from: json).keys.prefix(Self.maximumKeys) {
            guard var key = entry.key, entry.use == nil || entry.use == "sig",
                let algorithm = Self.algorithm(of: key, curve: entry.curve)
            else { continue }
            if key.keyType == .rsa, (key.modulus?.utf8.count ?? 0) < Self.minimumModulusLength { continue }
            // Fixed here: JWTKit would take it from the first token that comes.
            key.algorithm = JWK.Algorithm(rawValue: algorithm.rawValue)
            let id = key.keyIdentifier?.string
            key.keyIdentifier = JWKIdentifier(string: id ?? "")
            let verifier = JWTKeyCollection()
            guard (try? await verifier.add(jwk: key, isDefault: true)) != nil else { continue }
            keys.append(Key(id: id, algorithm: algorithm, verifier: verifier))
        }
        self.keys = keys
    }

    /// What a key signs with: what it says, else what its curve leaves, else what RSA keys are used for most.
    private static func algorithm(of key: JWK, curve: String?) -> TokenAlgorithm? {
        if let named = key.algorithm { return TokenAlgorithm(rawValue: named.rawValue) }
        switch key.keyType {
        case .rsa: return .RS256
        case .octetKeyPair: return .EdDSA
        default:
            switch curve {
            case "P-256": return .ES256
            case "P-384": return .ES384
            case "P-521": return .ES512
            default: return nil
            }
        }
    }

    /// Keys that may have signed a token: the one it names, or all of its algorithm when it names none.
    func candidates(named id: String?, algorithm: TokenAlgorithm) -> [Key] {
        keys.filter { $0.algorithm == algorithm && (id == nil || $0.id == id) }
    }
}
