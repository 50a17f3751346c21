import FoundationEssentials

/// The contract of the HTTP interface, OpenAPI 3.0.3.
enum OpenAPIDocument {
    /// The whole document, with `version` as the API's.
    ///
    /// - Parameter servesTensors: whether the Open Inference Protocol is served.
    static func json(version: String, servesTensors: Bool) -> String {
        let paths =
            [analysisPaths, sensorPaths, resultPaths, jobPaths, modelPaths, operationPaths, dialectPaths]
            + (servesTensors ? [protocolPaths] : [])
        return #"""
            {
              "openapi": "3.0.3",
              "info": {
                "title": "Fovea",
                "version": "\#(escaped(version))",
                "description": "Raw Bayer frames and pictures in, annotated results out. Errors are RFC 9457 problems."
              },
              "servers": [{"url": "/"}],
              "tags": [
                {"name": "analysis", "description": "One frame, one answer"},
                {"name": "sensors", "description": "Frames that sensors send, and what became of them"},
                {"name": "results", "description": "What was answered, where results are stored"},
                {"name": "models"},
                {"name": "operations", "description": "Probes, metrics, descriptions"}
              ],
              "paths": {
            \#(paths.joined(separator: ",\n"))
              },
              "components": {
            \#([parameters, requestBodies, responses, schemas].joined(separator: ",\n"))
              }
            }

            """#
    }

    private static func escaped(_ text: String) -> String {
        String(text.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline })
    }
}
