extension OpenAPIDocument {
    /// The problems that a route may answer with, by their shared responses.
    static func problems(_ names: String...) -> String {
        let codes = [
            "Malformed": 400, "Withheld": 403, "NotFound": 404, "NotAcceptable": 406, "TooSlow": 408, "TooLarge": 413,
            "Unsupported": 415,
            "Conflict": 409, "Mismatch": 422, "Overloaded": 429, "Internal": 500, "Unavailable": 503, "Deadline": 504,
        ]
        return names.map { name in
            "\"\(codes[name] ?? 500)\": {\"$ref\": \"#/components/responses/\(name)\"}"
        }.joined(separator: ", ")
    }

    private static let file = #"{"name": "file", "in": "path", "required": true, "schema": {"type": "string"}}"#

    private static let frameProblems = problems(
        "Malformed", "Withheld", "TooSlow", "TooLarge", "Unsupported", "Mismatch", "Overloaded", "Internal",
        "Unavailable",
        "Deadline")

    private static func references(_ names: String...) -> String {
        names.map { "{\"$ref\": \"#/components/parameters/\($0)\"}" }.joined(separator: ", ")
    }

    private static let analysisOptions = references(
        "Model", "Profile", "Confidence", "IoU", "MaximumDetections", "Classes", "ROI", "Then", "ThenClasses",
        "ThenConfidence",
        "Privacy", "Hide")
    private static let frameHeaders = references(
        "Width", "Height", "PixelFormat", "RowStride", "Offset", "BlackLevel", "WhiteLevel", "WhiteBalance",
        "CameraToSRGB", "Orientation", "Sequence", "Timestamp")

    static let analysisPaths = #"""
            "/v1/analyze": {
              "post": {
                "tags": ["analysis"], "operationId": "analyze",
                "summary": "Answer one frame",
                "description": "The kind of answer is chosen by `output`, or else by Accept. With `Prefer: respond-async` the answer is a job.",
                "parameters": [\#(analysisOptions), \#(references("Output", "Quality")), \#(frameHeaders),
                  \#(references("Prefer", "Webhook", "IdempotencyKey"))],
                "requestBody": {"$ref": "#/components/requestBodies/Frame"},
                "responses": {
                  "200": {
                    "description": "The result, the annotated picture, or both; with output=coco an array of COCO results",
                    "content": {
                      "application/json": {"schema": {"oneOf": [
                        {"$ref": "#/components/schemas/FrameResult"},
                        {"type": "array", "items": {"type": "object", "required": ["image_id", "category_id", "bbox", "score"],
                          "properties": {
                            "image_id": {"type": "integer"}, "category_id": {"type": "integer"}, "score": {"type": "number"},
                            "bbox": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
                            "keypoints": {"type": "array", "items": {"type": "number"}}}}}]}},
                      "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
                      "image/png": {"schema": {"type": "string", "format": "binary"}},
                      "multipart/mixed": {"schema": {"type": "string", "format": "binary",
                        "description": "First the JSON, then the picture"}}
                    }
                  },
                  "202": {"description": "Taken in as a job", "headers": {"Location": {"schema": {"type": "string"}}},
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}},
                  \#(problems("NotAcceptable", "Conflict")), \#(frameProblems)
                }
              }
            }
        """#

    static let sensorPaths = #"""
            "/v1/sensors": {
              "get": {
                "tags": ["sensors"], "operationId": "listSensors", "summary": "All sensors and their counts",
                "responses": {
                  "200": {"description": "The sensors by id", "content": {"application/json": {"schema": {
                    "type": "object", "required": ["sensors"], "properties": {"sensors": {"type": "array",
                      "items": {"$ref": "#/components/schemas/Sensor"}}}}}}}
                }
              }
            },
            "/v1/sensors/{id}": {
              "parameters": [\#(references("SensorID"))],
              "get": {
                "tags": ["sensors"], "operationId": "getSensor", "summary": "One sensor's counts",
                "responses": {
                  "200": {"description": "The sensor", "content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/Sensor"}}}},
                  \#(problems("Malformed", "NotFound"))
                }
              }
            },
            "/v1/sensors/{id}/frames": {
              "parameters": [\#(references("SensorID"))],
              "post": {
                "tags": ["sensors"], "operationId": "sendFrame", "summary": "Take in one frame of a sensor",
                "description": "One frame a request on a connection that stays open. With the policy latest, of the frames that wait only the latest is kept: an older one gets 429 with the type urn:fovea:problem:superseded. With lossless all wait, up to a limit. A sensor with a network of its own may send its answer in place of a frame, as application/vnd.fovea.result+json, or beside it in a form, as sensor-result.",
                "parameters": [\#(analysisOptions), \#(references("Wait", "Policy")), \#(frameHeaders)],
                "requestBody": {"$ref": "#/components/requestBodies/Frame"},
                "responses": {
                  "200": {"description": "The result", "content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/FrameResult"}}}},
                  "202": {"description": "Taken in; with wait=false", "content": {"application/json": {"schema": {
                    "type": "object", "required": ["accepted", "sensor"], "properties": {
                      "accepted": {"type": "boolean"}, "sensor": {"type": "string"}}}}}},
                  \#(frameProblems)
                }
              }
            },
            "/v1/aitrios/{id}/images/{file}": {
              "parameters": [\#(references("SensorID")), \#(file)],
              "put": {
                "tags": ["sensors"], "operationId": "putAitriosImage", "summary": "Take in a picture of an AITRIOS device",
                "requestBody": {"$ref": "#/components/requestBodies/Frame"},
                "responses": {
                  "200": {"description": "The result", "content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/FrameResult"}}}},
                  \#(frameProblems)
                }
              },
              "post": {
                "tags": ["sensors"], "operationId": "postAitriosImage", "summary": "The same as PUT",
                "requestBody": {"$ref": "#/components/requestBodies/Frame"},
                "responses": {"200": {"description": "The result"}, \#(frameProblems)}
              }
            },
            "/v1/aitrios/{id}/inferences/{file}": {
              "parameters": [\#(references("SensorID")), \#(file)],
              "put": {
                "tags": ["sensors"], "operationId": "putAitriosResults",
                "summary": "Take in results that an AITRIOS device made itself",
                "requestBody": {"required": true, "content": {"text/plain": {"schema": {"type": "string"}}}},
                "responses": {"200": {"description": "How many were taken"}, \#(frameProblems)}
              },
              "post": {
                "tags": ["sensors"], "operationId": "postAitriosResults", "summary": "The same as PUT",
                "requestBody": {"required": true, "content": {"text/plain": {"schema": {"type": "string"}}}},
                "responses": {"200": {"description": "How many were taken"}, \#(frameProblems)}
              }
            },
            "/v1/sensors/{id}/latest.json": {
              "parameters": [\#(references("SensorID"))],
              "get": {
                "tags": ["sensors"], "operationId": "getLatestResult", "summary": "The latest result",
                "responses": {
                  "200": {"description": "The result", "headers": {\#(frameNumber)},
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FrameResult"}}}},
                  \#(problems("Malformed", "NotFound"))
                }
              }
            },
            "/v1/sensors/{id}/latest.jpg": {
              "parameters": [\#(references("SensorID"))],
              "get": {
                "tags": ["sensors"], "operationId": "getLatestPicture", "summary": "The latest annotated picture",
                "responses": {
                  "200": {"description": "The picture", "headers": {\#(frameNumber)},
                    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
                  \#(problems("Malformed", "Withheld", "NotFound", "Mismatch", "Overloaded", "Internal", "Unavailable", "Deadline"))
                }
              }
            },
            "/v1/sensors/{id}/results": {
              "parameters": [\#(references("SensorID"))],
              "get": {
                "tags": ["sensors"], "operationId": "watchResults", "summary": "Results as they come",
                "description": "Server-sent events named `result`; `id` counts the sensor's answers, `data` is a FrameResult.",
                "responses": {
                  "200": {"description": "Events", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
                  \#(problems("Malformed", "NotFound", "Overloaded"))
                }
              }
            },
            "/v1/sensors/{id}/live.mjpeg": {
              "parameters": [\#(references("SensorID"))],
              "get": {
                "tags": ["sensors"], "operationId": "watchPictures", "summary": "Annotated pictures as they come",
                "responses": {
                  "200": {"description": "Motion JPEG", "content": {"multipart/x-mixed-replace": {"schema": {
                    "type": "string", "format": "binary"}}}},
                  \#(problems("Malformed", "Withheld", "NotFound", "Overloaded"))
                }
              }
            }
        """#

    private static let frameNumber = #"""
        "Fovea-Frame-Number": {"description": "Counts the sensor's answers from 1", "schema": {"type": "integer"}}
        """#

    static let modelPaths = #"""
            "/v1/models": {
              "get": {
                "tags": ["models"], "operationId": "listModels", "summary": "Models that answer",
                "responses": {
                  "200": {"description": "Names, and more in `details`", "content": {"application/json": {"schema": {
                    "type": "object", "required": ["models", "details"], "properties": {
                      "models": {"type": "array", "items": {"type": "string"}},
                      "details": {"type": "array", "items": {"$ref": "#/components/schemas/Model"}}}}}}}
                }
              }
            },
            "/v1/models/{model}": {
              "parameters": [{"name": "model", "in": "path", "required": true, "schema": {"type": "string"}}],
              "get": {
                "tags": ["models"], "operationId": "getModel", "summary": "One model",
                "responses": {
                  "200": {"description": "The model", "content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/Model"}}}},
                  \#(problems("NotFound"))
                }
              }
            }
        """#

    static let operationPaths: String = {
        let live = #"""
            {"get": {"tags": ["operations"], "operationId": "NAME", "summary": "Whether the process lives",
              "responses": {"200": {"description": "It does", "content": {"application/json": {"schema": {
                "type": "object", "required": ["live"], "properties": {"live": {"type": "boolean"}}}}}}}}}
            """#
        let ready = #"""
            {"get": {"tags": ["operations"], "operationId": "NAME", "summary": "Whether frames are answered",
              "responses": {
                "200": {"description": "Ready", "content": {"application/json": {"schema": {
                  "$ref": "#/components/schemas/Ready"}}}},
                "503": {"description": "Not ready, or stopping", "content": {"application/json": {"schema": {
                  "$ref": "#/components/schemas/Ready"}}}}}}}
            """#
        let probes = [
            ("/v2/health/live", live, "getLive"), ("/livez", live, "getLivez"), ("/healthz", live, "getHealthz"),
            ("/v2/health/ready", ready, "getReady"), ("/readyz", ready, "getReadyz"),
        ]
        let probePaths = probes.map { path, template, name in
            "    \"\(path)\": " + template.replacing("NAME", with: name)
        }
        return probePaths.joined(separator: ",\n") + #"""
            ,
                "/v2": {
                  "get": {
                    "tags": ["operations"], "operationId": "getServer", "summary": "The server and its limits",
                    "responses": {"200": {"description": "Metadata", "content": {"application/json": {"schema": {
                      "$ref": "#/components/schemas/Server"}}}}}
                  }
                },
                "/metrics": {
                  "get": {
                    "tags": ["operations"], "operationId": "getMetrics", "summary": "Prometheus metrics",
                    "responses": {"200": {"description": "Text format 0.0.4",
                      "content": {"text/plain": {"schema": {"type": "string"}}}}}
                  }
                },
                "/openapi.json": {
                  "get": {
                    "tags": ["operations"], "operationId": "getDescription", "summary": "This document",
                    "responses": {"200": {"description": "OpenAPI 3.0.3",
                      "content": {"application/json": {"schema": {"type": "object"}}}}}
                  }
                },
                "/isp-profile.schema.json": {
                  "get": {
                    "tags": ["operations"], "operationId": "getProfileSchema", "summary": "JSON Schema of ISP profiles",
                    "responses": {"200": {"description": "Draft 2020-12",
                      "content": {"application/json": {"schema": {"type": "object"}}}}}
                  }
                },
                "/": {
                  "get": {
                    "tags": ["operations"], "operationId": "getPage", "summary": "The web console; its parts lie below `/web/`",
                    "responses": {"200": {"description": "The page",
                      "content": {"text/html": {"schema": {"type": "string"}}}}}
                  }
                },
                "/favicon.ico": {
                  "get": {
                    "tags": ["operations"], "operationId": "getIcon", "summary": "The page's icon, for browsers that did not read the page",
                    "responses": {"308": {"description": "Where it is"}}
                  }
                }
            """#
    }()
}
