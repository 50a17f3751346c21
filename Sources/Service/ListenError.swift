/// The service cannot listen on its address.
package struct ListenError: Error, Equatable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: Int
    package var reason: String

    package var description: String { "cannot listen on \(host):\(port): \(reason)" }
}
