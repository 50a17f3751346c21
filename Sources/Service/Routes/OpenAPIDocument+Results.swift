extension OpenAPIDocument {
    private static let resultID = #"""
        {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"}}
        """#

    private static let blobContent = #"""
        {"image/jpeg": {"schema": {"type": "string", "format": "binary"}},
                      "image/png": {"schema": {"type": "string", "format": "binary"}},
                      "image/x-adobe-dng": {"schema": {"type": "string", "format": "binary"}},
                      "image/tiff": {"schema": {"type": "string", "format": "binary"}},
                      "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        """#

    /// Every route answers 404 where results are not stored.
    static let resultPaths = #"""
            "/v1/results": {
              "get": {
                "tags": ["results"], "operationId": "listResults", "summary": "Results, the newest first",
                "description": "All conditions hold together. `next` goes on where the page ended; results that come in between change no page.",
                "parameters": [
                  {"name": "from", "in": "query", "description": "Stored at or after", "schema": {"type": "string", "format": "date-time"}},
                  {"name": "to", "in": "query", "description": "Stored before", "schema": {"type": "string", "format": "date-time"}},
                  {"name": "sensor", "in": "query", "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}},
                  {"name": "class", "in": "query", "description": "A label that was found", "schema": {"type": "string", "minLength": 1, "maxLength": 256}},
                  {"name": "min_score", "in": "query", "description": "Least score, of the class if there is one", "schema": {"type": "number", "minimum": 0, "maximum": 1}},
                  {"name": "model", "in": "query", "schema": {"type": "string", "minLength": 1, "maxLength": 256}},
                  {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50}},
                  {"name": "page", "in": "query", "description": "`next` of the page before, with the same conditions", "schema": {"type": "string"}}
                ],
                "responses": {
                  "200": {"description": "A page", "content": {"application/json": {"schema": {
                    "type": "object", "required": ["results"], "properties": {
                      "results": {"type": "array", "items": {"anyOf": [
                        {"$ref": "#/components/schemas/FrameResult"}, {"$ref": "#/components/schemas/TensorRecord"}]}},
                      "next": {"type": "string"}}}}}},
                  \#(problems("Malformed", "NotFound", "Internal"))
                }
              },
              "delete": {
                "tags": ["results"], "operationId": "deleteResultsOfSensor",
                "summary": "Delete everything of a sensor, frames and pictures too",
                "parameters": [{"name": "sensor", "in": "query", "required": true,
                  "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}}],
                "responses": {
                  "200": {"description": "Deleted", "content": {"application/json": {"schema": {
                    "type": "object", "required": ["deleted"], "properties": {"deleted": {"type": "integer"}}}}}},
                  \#(problems("Malformed", "NotFound", "Internal"))
                }
              }
            },
            "/v1/results/{id}": {
              "parameters": [\#(resultID)],
              "get": {
                "tags": ["results"], "operationId": "getResult", "summary": "One result, as it was stored",
                "responses": {
                  "200": {"description": "The result", "content": {"application/json": {"schema": {"anyOf": [
                    {"$ref": "#/components/schemas/FrameResult"}, {"$ref": "#/components/schemas/TensorRecord"}]}}}},
                  \#(problems("NotFound", "Internal"))
                }
              },
              "delete": {
                "tags": ["results"], "operationId": "deleteResult", "summary": "Delete a result, its frame and its picture",
                "description": "Its hash stays, so that the chain can be checked around the gap.",
                "responses": {"204": {"description": "Deleted"}, \#(problems("NotFound", "Internal"))}
              }
            },
            "/v1/results/{id}/frame": {
              "parameters": [\#(resultID)],
              "get": {
                "tags": ["results"], "operationId": "getResultFrame", "summary": "The frame as it came, where frames are stored",
                "responses": {
                  "200": {"description": "The bytes", "content": \#(blobContent)},
                  \#(problems("NotFound", "Internal"))
                }
              }
            },
            "/v1/results/{id}/picture": {
              "parameters": [\#(resultID)],
              "get": {
                "tags": ["results"], "operationId": "getResultPicture", "summary": "The annotated picture, where pictures are stored",
                "responses": {
                  "200": {"description": "The picture", "content": \#(blobContent)},
                  \#(problems("NotFound", "Internal"))
                }
              }
            },
            "/v1/results/{id}/replay": {
              "parameters": [\#(resultID)],
              "post": {
                "tags": ["results"], "operationId": "replayResult", "summary": "Answer the stored frame again and compare",
                "description": "Stages: frame, isp, develop, model, options, tensor, outputs, answer. 409 where the frame was not stored.",
                "responses": {
                  "200": {"description": "What is equal", "content": {"application/json": {"schema": {
                    "type": "object", "required": ["id", "equal", "stages", "builds", "result"], "properties": {
                      "id": {"type": "string"}, "equal": {"type": "boolean"},
                      "stages": {"type": "array", "items": {"type": "object",
                        "required": ["stage", "equal", "recorded", "found"], "properties": {
                          "stage": {"type": "string"}, "equal": {"type": "boolean", "nullable": true,
                            "description": "null: nothing to compare with"},
                          "recorded": {"nullable": true}, "found": {"nullable": true}}}},
                      "builds": {"type": "object"},
                      "result": {"$ref": "#/components/schemas/FrameResult"}}}}}},
                  \#(problems("NotFound", "Conflict", "TooLarge", "Unsupported", "Mismatch", "Overloaded", "Internal", "Unavailable", "Deadline"))
                }
              }
            }
        """#
}
