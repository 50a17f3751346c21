extension OpenAPIDocument {
    private static let modelParameter =
        #"{"name": "model", "in": "path", "required": true, "schema": {"type": "string"}}"#
    private static let versionParameter =
        #"{"name": "version", "in": "path", "required": true, "schema": {"type": "string"}}"#
    private static let faults = [400, 403, 404, 408, 413, 415, 429, 500, 501, 503, 504].map {
        "\"\($0)\": {\"description\": \"A problem; `error` says what is wrong\", \"content\": {"
            + "\"application/problem+json\": {\"schema\": {\"type\": \"object\"}}}}"
    }.joined(separator: ", ")

    /// A path with one method whose answer is some JSON object.
    private static func path(
        _ path: String, _ method: String, _ operation: String, _ summary: String, body: String? = nil
    ) -> String {
        var parameters: [String] = []
        if path.contains("{model}") { parameters.append(modelParameter) }
        if path.contains("{version}") { parameters.append(versionParameter) }
        let request = body.map { ", \"requestBody\": {\"content\": {\($0)}}" } ?? ""
        let type = path.hasSuffix("index") ? #""array", "items": {"type": "object"}"# : #""object""#
        return #"""
                "\#(path)": {
                  "parameters": [\#(parameters.joined(separator: ", "))],
                  "\#(method)": {
                    "tags": ["models"], "operationId": "\#(operation)", "summary": "\#(summary)"\#(request),
                    "responses": {
                      "200": {"description": "The answer", "content": {
                        "application/json": {"schema": {"type": \#(type)}}}}, \#(faults)
                    }
                  }
                }
            """#
    }

    private static let json = #""application/json": {"schema": {"type": "object"}}"#
    private static let tensors =
        json + #", "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}"#

    /// The Open Inference Protocol v2, whose own specification says the rest.
    static let protocolPaths: String = {
        var paths = [path("/v2/models/stats", "get", "getAllStatistics", "What all models did")]
        for (base, suffix) in [("/v2/models/{model}", ""), ("/v2/models/{model}/versions/{version}", "OfVersion")] {
            paths += [
                path(base, "get", "getModelMetadata\(suffix)", "A model's tensors"),
                path("\(base)/ready", "get", "getModelReady\(suffix)", "Whether a model answers"),
                path("\(base)/config", "get", "getModelConfig\(suffix)", "How a model is set up"),
                path("\(base)/stats", "get", "getModelStatistics\(suffix)", "What a model did"),
                path("\(base)/infer", "post", "infer\(suffix)", "Tensors in, tensors out", body: tensors),
            ]
        }
        paths += [
            path("/v2/repository/index", "post", "listRepository", "Models, loaded or not", body: json),
            path("/v2/repository/models/{model}/load", "post", "loadModel", "Load a model", body: json),
            path("/v2/repository/models/{model}/unload", "post", "unloadModel", "Unload a model", body: json),
        ]
        return paths.joined(separator: ",\n")
    }()

    private static let form = #"""
        "multipart/form-data": {"schema": {"type": "object", "properties": {
          "image": {"type": "string", "format": "binary"}, "min_confidence": {"type": "string"}}}}
        """#

    /// Addresses that clients of other servers call.
    static let dialectPaths = [
        path("/v1/vision/detection", "post", "deepStackDetect", "DeepStack: detect objects", body: form),
        path("/v1/vision/custom/{model}", "post", "deepStackCustom", "DeepStack: detect with a model", body: form),
        path("/v1/vision/custom/list", "post", "deepStackList", "DeepStack: names of detectors"),
        path("/v1/vision/scene", "post", "deepStackScene", "DeepStack: classify the picture", body: form),
        path("/v1/status/ping", "get", "deepStackPing", "DeepStack: whether the server lives"),
        path("/v1/server/status/ping", "get", "codeProjectPing", "CodeProject.AI: whether the server lives"),
        path("/detectors", "get", "doodsDetectors", "DOODS2: detectors and their labels"),
        path("/detect", "post", "doodsDetect", "DOODS2: detect objects", body: json),
        #"""
            "/score": {
              "post": {
                "tags": ["models"], "operationId": "videoAnalyzerScore", "summary": "Azure Video Analyzer: one picture",
                "parameters": [{"name": "confidence", "in": "query", "schema": {"type": "number"}}],
                "requestBody": {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
                "responses": {
                  "200": {"description": "What was found", "content": {
                    "application/json": {"schema": {"type": "object"}}}},
                  "204": {"description": "Nothing was found"}, \#(faults)
                }
              }
            }
        """#,
    ].joined(separator: ",\n")
}
