extension OpenAPIDocument {
    static let schemas = #"""
            "schemas": {
              "Output": {"type": "string", "enum": ["json", "jpeg", "png", "both", "coco"]},
              "Ready": {"type": "object", "required": ["ready"], "properties": {"ready": {"type": "boolean"}}},
              "Server": {
                "type": "object", "required": ["name", "version", "extensions", "limits"],
                "properties": {
                  "name": {"type": "string"}, "version": {"type": "string"},
                  "extensions": {"type": "array", "items": {"type": "string"}},
                  "isa": {"type": "string", "description": "Instruction set of the kernels"},
                  "storesResults": {"type": "boolean", "description": "Whether there is a /v1/results"},
                  "listsKeys": {"type": "boolean", "description": "Whether there is a /v1/keys for whoever asks"},
                  "limits": {"type": "object", "properties": {
                    "bodyBytes": {"type": "integer"}, "decompressedBytes": {"type": "integer"},
                    "bufferedBytes": {"type": "integer", "description": "Of all bodies held at once"},
                    "headerBytes": {"type": "integer"}, "headerFieldBytes": {"type": "integer"},
                    "headerFields": {"type": "integer"}, "multipartParts": {"type": "integer"},
                    "multipartHeaderBytes": {"type": "integer"}, "formFieldBytes": {"type": "integer"},
                    "pixels": {"type": "integer", "description": "Width times height of one frame"},
                    "pixelsInMemory": {"type": "integer"}, "pictureExtent": {"type": "integer"},
                    "connections": {"type": "integer"}, "sensors": {"type": "integer"},
                    "queuedFrames": {"type": "integer"},
                    "fetchesUrls": {"type": "boolean", "description": "Always false: the service fetches nothing that a request names"}}}
                }
              },
              "Problem": {
                "type": "object", "required": ["type", "title", "status", "detail", "instance", "error", "requestId"],
                "properties": {
                  "type": {"type": "string", "description": "urn:fovea:problem:NAME"},
                  "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
                  "instance": {"type": "string"}, "error": {"type": "string", "description": "The same as detail"},
                  "requestId": {"type": "string"},
                  "field": {"type": "string", "description": "Header, option or field of the format at fault"},
                  "limit": {"type": "integer"}, "value": {"type": "integer"}
                }
              },
              "RawDescription": {
                "type": "object", "additionalProperties": false,
                "properties": {
                  "width": {"type": "integer", "minimum": 1}, "height": {"type": "integer", "minimum": 1},
                  "pixelFormat": {"type": "string"}, "rowStride": {"type": "integer", "minimum": 1},
                  "offset": {"type": "integer", "minimum": 0},
                  "blackLevel": {"oneOf": [{"type": "number"},
                    {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}]},
                  "whiteLevel": {"type": "number"},
                  "whiteBalanceGains": {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
                  "cameraToSRGB": {"type": "array", "items": {"type": "number"}, "minItems": 9, "maxItems": 9},
                  "orientation": {"type": "integer", "minimum": 1, "maximum": 8},
                  "sequence": {"type": "integer", "minimum": 0}, "timestamp": {"type": "integer", "minimum": 0}
                }
              },
              "PrivacyLevel": {"type": "string", "enum": ["metadata", "tensor", "masked", "full"]},
              "Key": {
                "type": "object", "required": ["id", "scopes", "created", "hasExpired"],
                "properties": {
                  "id": {"type": "string"}, "scopes": {"type": "array", "items": {"type": "string"}},
                  "created": {"type": "string", "format": "date-time"}, "expires": {"type": "string", "format": "date-time"},
                  "hasExpired": {"type": "boolean"}, "perSecond": {"type": "number"}, "perDay": {"type": "integer"},
                  "usedToday": {"type": "integer", "description": "Since midnight UTC, of keys that have a quota"}}
              },
              "RecordedTensor": {
                "type": "object", "required": ["name", "datatype", "shape", "sha256"],
                "properties": {
                  "name": {"type": "string"}, "datatype": {"type": "string"},
                  "shape": {"type": "array", "items": {"type": "integer"}},
                  "sha256": {"type": "array", "items": {"type": "string"}, "description": "Of the tensor, or of each picture"}}
              },
              "TensorRecord": {
                "description": "What is kept of an answer in tensors: digests, not numbers",
                "type": "object", "required": ["schema", "model", "inputs", "outputs", "build"],
                "properties": {
                  "schema": {"type": "string", "enum": ["fovea.tensors/1"]},
                  "model": {"type": "object"}, "build": {"type": "object"},
                  "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/RecordedTensor"}},
                  "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/RecordedTensor"}},
                  "record": {"$ref": "#/components/schemas/Record"}}
              },
              "FrameResult": {
                "type": "object", "required": ["schema", "frame", "model", "options", "privacy", "build", "timings"],
                "properties": {
                  "schema": {"type": "string", "enum": ["fovea.result/1"]},
                  "origin": {"type": "string", "enum": ["sensor"], "description": "Who made the answer; absent: this service"},
                  "sensorAnswer": {"type": "object", "required": ["model"],
                    "description": "What the network on the sensor said of a frame that came with its picture"},
                  "frame": {
                    "type": "object", "required": ["sha256", "width", "height", "orientation", "kind"],
                    "properties": {
                      "sha256": {"type": "string"}, "width": {"type": "integer"}, "height": {"type": "integer"},
                      "orientation": {"type": "integer"}, "kind": {"type": "string", "enum": ["raw", "picture"]},
                      "pixelFormat": {"type": "string"}, "source": {"type": "string"}, "sensor": {"type": "string"},
                      "sequence": {"type": "integer"}, "timestamp": {"type": "integer"}
                    }
                  },
                  "detections": {"type": "array", "items": {
                    "type": "object", "required": ["box", "normalizedBox", "label", "classID", "score"],
                    "properties": {
                      "box": {"$ref": "#/components/schemas/Box"},
                      "normalizedBox": {"$ref": "#/components/schemas/Box"},
                      "label": {"type": "string"}, "classID": {"type": "integer"}, "score": {"type": "number"}
                    }
                  }},
                  "classifications": {"type": "array", "items": {
                    "type": "object", "required": ["label", "classID", "score"],
                    "properties": {"label": {"type": "string"}, "classID": {"type": "integer"},
                      "score": {"type": "number"}}
                  }},
                  "model": {
                    "type": "object",
                    "required": ["name", "version", "sha256", "license", "task", "precision", "numerics"],
                    "properties": {
                      "name": {"type": "string"}, "version": {"type": "string"}, "sha256": {"type": "string"},
                      "license": {"type": "string"}, "task": {"type": "string"}, "precision": {"type": "string"},
                      "numerics": {"type": "string"}
                    }
                  },
                  "isp": {
                    "type": "object", "required": ["profile", "sha256", "demosaic", "whiteBalanceGains"],
                    "properties": {
                      "profile": {"type": "string"}, "sha256": {"type": "string"}, "demosaic": {"type": "string"},
                      "whiteBalanceGains": {"type": "array", "items": {"type": "number"}}
                    }
                  },
                  "options": {
                    "type": "object", "required": ["confidenceThreshold", "iouThreshold", "maximumDetections"],
                    "properties": {
                      "confidenceThreshold": {"type": "number"}, "iouThreshold": {"type": "number"},
                      "maximumDetections": {"type": "integer"},
                      "classes": {"type": "array", "items": {"type": "string"}}
                    }
                  },
                  "privacy": {
                    "type": "object", "required": ["level"],
                    "properties": {
                      "level": {"$ref": "#/components/schemas/PrivacyLevel"},
                      "hidden": {"type": "array", "items": {"type": "string"}},
                      "places": {"type": "integer"},
                      "models": {"type": "array", "items": {"type": "object"}}
                    }
                  },
                  "text": {"type": "object", "required": ["text", "score"],
                    "properties": {"text": {"type": "string"}, "score": {"type": "number"}}},
                  "further": {"type": "array", "description": "What the models after the first say of the frame",
                    "items": {"type": "object", "required": ["model", "options"]}},
                  "build": {"type": "object", "required": ["version", "isa"],
                    "properties": {"version": {"type": "string"}, "isa": {"type": "string"}}},
                  "digests": {"type": "object", "required": ["tensor", "outputs"],
                    "description": "SHA-256 of the network's input and outputs, where frames are stored",
                    "properties": {"tensor": {"type": "string"}, "outputs": {"type": "string"}}},
                  "timings": {"type": "object", "description": "Milliseconds by stage",
                    "additionalProperties": {"type": "number"}},
                  "record": {"$ref": "#/components/schemas/Record"}
                }
              },
              "Job": {
                "type": "object", "required": ["id", "state", "created"],
                "properties": {
                  "id": {"type": "string"},
                  "state": {"type": "string", "enum": ["queued", "running", "done", "failed", "cancelled"]},
                  "created": {"type": "string", "format": "date-time"},
                  "finished": {"type": "string", "format": "date-time"},
                  "result": {"$ref": "#/components/schemas/FrameResult"},
                  "picture": {"type": "string", "description": "Where the annotated picture is"},
                  "problem": {"$ref": "#/components/schemas/Problem"},
                  "webhook": {"type": "object", "required": ["url", "attempts", "delivered"], "properties": {
                    "url": {"type": "string"}, "attempts": {"type": "integer"}, "delivered": {"type": "boolean"},
                    "last": {"type": "string", "description": "Status of the last answer, or why there was none"}}}
                }
              },
              "Record": {
                "type": "object", "required": ["id", "time", "chain", "number", "previous", "sha256"],
                "description": "A stored result's place in its sensor's chain; `sha256` is over the canonical JSON of the result without it",
                "properties": {
                  "id": {"type": "string"}, "time": {"type": "string", "format": "date-time"},
                  "chain": {"type": "string", "description": "The sensor, or - for none"},
                  "number": {"type": "integer"}, "previous": {"type": "string"}, "sha256": {"type": "string"}
                }
              },
              "Box": {"type": "array", "description": "x0, y0, x1, y1", "items": {"type": "number"}, "minItems": 4,
                "maxItems": 4},
              "Model": {
                "type": "object", "required": ["name", "ready", "version", "task", "inputs", "outputs"],
                "properties": {
                  "name": {"type": "string"}, "ready": {"type": "boolean"}, "version": {"type": "string"},
                  "task": {"type": "string"}, "sha256": {"type": "string"}, "license": {"type": "string"},
                  "source": {"type": "string"}, "isDefault": {"type": "boolean"},
                  "labels": {"type": "array", "items": {"type": "string"}},
                  "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/Tensor"}},
                  "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/Tensor"}}
                }
              },
              "Tensor": {
                "type": "object", "required": ["name", "dataType", "shape"],
                "properties": {
                  "name": {"type": "string"}, "dataType": {"type": "string"},
                  "shape": {"type": "array", "items": {"type": "integer"}, "description": "-1: a run decides"}
                }
              },
              "Sensor": {
                "type": "object",
                "required": ["id", "policy", "received", "answered", "dropped", "inProgress", "missing", "late", "repeated",
                  "restarts", "watchers", "idleSeconds"],
                "description": "received = answered + the sum of dropped + inProgress",
                "properties": {
                  "id": {"type": "string"}, "policy": {"type": "string", "enum": ["latest", "lossless"]},
                  "received": {"type": "integer"}, "answered": {"type": "integer"},
                  "dropped": {"type": "object", "description": "Frames by reason",
                    "additionalProperties": {"type": "integer"}},
                  "inProgress": {"type": "integer"},
                  "missing": {"type": "integer", "description": "Numbers skipped in Fovea-Sequence and not come since"},
                  "late": {"type": "integer", "description": "Frames that came after one with a higher number"},
                  "repeated": {"type": "integer"}, "restarts": {"type": "integer"},
                  "lastSequence": {"type": "integer"}, "watchers": {"type": "integer"},
                  "idleSeconds": {"type": "number"}
                }
              }
            }
        """#
}
