import Aitrios
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Tensors

/// What became of one file that was uploaded.
package struct AitriosUpload: Sendable {
    package enum Kind: String, Sendable {
        case image, results
    }

    package var kind: Kind
    package var url: String
    /// `nil`: the receiver took it.
    package var failure: String?
}

/// Puts a device's files where the console wants them, and gets those that it deploys.
struct AitriosUploader: Sendable {
    let client: HTTPClient
    let timeout: Duration

    static let moduleLimit = 64 << 20

    func put(
        _ bytes: [UInt8], kind: AitriosUpload.Kind, contentType: String, file: String,
        to destination: UploadSettings.Destination
    ) async -> AitriosUpload {
        let url = destination.url(file)
        var request = HTTPClientRequest(url: url)
        request.method = .PUT
        if let authorization = destination.authorization {
            request.headers.add(name: "Authorization", value: authorization)
        }
        request.headers.add(name: "Content-Type", value: contentType)
        request.headers.add(name: "Content-Disposition", value: "attachment; filename=\"\(file)\"")
        request.body = .bytes(ByteBuffer(bytes: bytes))
        do {
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            let answer = try await response.body.collect(upTo: 1 << 20)
            guard (200..<300).contains(response.status.code) else {
                let words = String(decoding: answer.readableBytesView.prefix(300), as: UTF8.self)
                return AitriosUpload(kind: kind, url: url, failure: "\(response.status.code) \(words)")
            }
            return AitriosUpload(kind: kind, url: url)
        } catch {
            return AitriosUpload(kind: kind, url: url, failure: "\(error)")
        }
    }

    /// Why a module cannot be had; `nil` when it is there with the digest that it must have.
    func fetch(_ module: Deployment.Module) async -> String? {
        guard !module.downloadURL.isEmpty else { return nil }
        do {
            let response = try await client.execute(
                HTTPClientRequest(url: module.downloadURL), timeout: TimeAmount(timeout))
            guard response.status == .ok else { return "\(module.downloadURL): \(response.status.code)" }
            let bytes = try await response.body.collect(upTo: Self.moduleLimit)
            let digest = SHA256.hex(of: Array(bytes.readableBytesView))
            guard module.hash.isEmpty || module.hash == digest else {
                return "SHA-256 is \(digest), the deployment says \(module.hash)"
            }
            return nil
        } catch {
            return "\(module.downloadURL): \(error)"
        }
    }
}
