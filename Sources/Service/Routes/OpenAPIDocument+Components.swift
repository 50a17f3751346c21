extension OpenAPIDocument {
    static let parameters = #"""
            "parameters": {
              "SensorID": {"name": "id", "in": "path", "required": true, "description": "The name a sensor gives itself",
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}},
              "Model": {"name": "model", "in": "query",
                "description": "A name of /v1/models, or up to eight separated by commas; the first one's answer leads",
                "schema": {"type": "string", "minLength": 1, "maxLength": 256}},
              "Profile": {"name": "profile", "in": "query", "description": "ISP profile of raw frames",
                "schema": {"type": "string", "minLength": 1, "maxLength": 256}},
              "Confidence": {"name": "confidence", "in": "query", "description": "Lowest score of a detection",
                "schema": {"type": "number", "minimum": 0, "maximum": 1}},
              "IoU": {"name": "iou", "in": "query", "description": "Overlap above which the weaker of two boxes goes",
                "schema": {"type": "number", "minimum": 0, "maximum": 1}},
              "MaximumDetections": {"name": "max_detections", "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": 1000}},
              "Classes": {"name": "classes", "in": "query", "description": "Labels to keep, separated by commas",
                "schema": {"type": "string", "minLength": 1}},
              "ROI": {"name": "roi", "in": "query",
                "description": "Part of the upright frame to look at: x0,y0,x1,y1 in pixels or, when none is above 1, parts of its size",
                "schema": {"type": "string"}},
              "Then": {"name": "then", "in": "query", "description": "A model that looks at each thing the first one found",
                "schema": {"type": "string", "minLength": 1, "maxLength": 256}},
              "ThenClasses": {"name": "then_classes", "in": "query",
                "description": "Labels of the things that it looks at, separated by commas; goes with then",
                "schema": {"type": "string", "minLength": 1}},
              "ThenConfidence": {"name": "then_confidence", "in": "query", "description": "Its lowest score; goes with then",
                "schema": {"type": "number", "minimum": 0, "maximum": 1}},
              "Privacy": {"name": "privacy", "in": "query", "description": "The most that may leave; 403 above what this client may have",
                "schema": {"$ref": "#/components/schemas/PrivacyLevel"}},
              "Hide": {"name": "hide", "in": "query", "description": "Labels that masked pictures hide besides faces",
                "schema": {"type": "string", "minLength": 1}},
              "Output": {"name": "output", "in": "query", "description": "Wins over Accept",
                "schema": {"$ref": "#/components/schemas/Output"}},
              "Quality": {"name": "quality", "in": "query", "description": "JPEG quality of the picture",
                "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
              "Policy": {"name": "policy", "in": "query",
                "description": "what happens to frames that come faster than they are answered; by default the service's setting",
                "schema": {"type": "string", "enum": ["latest", "lossless"]}},
              "Wait": {"name": "wait", "in": "query", "description": "false: answer before the frame is analysed",
                "schema": {"type": "boolean", "default": true}},
              "Prefer": {"name": "Prefer", "in": "header", "description": "respond-async: answer later, as a job",
                "schema": {"type": "string"}},
              "Webhook": {"name": "Fovea-Webhook", "in": "header",
                "description": "Address to call when the job has ended; one that the configuration allows", "schema": {"type": "string"}},
              "IdempotencyKey": {"name": "Idempotency-Key", "in": "header",
                "description": "The same request sent again with this key gets the first one's answer",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255}},
              "Width": {"name": "Fovea-Width", "in": "header", "description": "Samples in a row",
                "schema": {"type": "integer", "minimum": 1}},
              "Height": {"name": "Fovea-Height", "in": "header", "description": "Rows",
                "schema": {"type": "integer", "minimum": 1}},
              "PixelFormat": {"name": "Fovea-Pixel-Format", "in": "header",
                "description": "As libcamera, V4L2 or GenICam name it: SRGGB10, SRGGB10_CSI2P, BayerRG12p, …",
                "schema": {"type": "string"}},
              "RowStride": {"name": "Fovea-Row-Stride", "in": "header", "description": "Bytes from row to row",
                "schema": {"type": "integer", "minimum": 1}},
              "Offset": {"name": "Fovea-Offset", "in": "header", "description": "Bytes before the first row",
                "schema": {"type": "integer", "minimum": 0}},
              "BlackLevel": {"name": "Fovea-Black-Level", "in": "header",
                "description": "One sample value, or four separated by commas in reading order of the 2×2 block",
                "schema": {"type": "string"}},
              "WhiteLevel": {"name": "Fovea-White-Level", "in": "header", "schema": {"type": "number"}},
              "WhiteBalance": {"name": "Fovea-White-Balance", "in": "header",
                "description": "Gains on red, green and blue, separated by commas", "schema": {"type": "string"}},
              "CameraToSRGB": {"name": "Fovea-Camera-To-SRGB", "in": "header",
                "description": "Nine numbers row by row, separated by commas", "schema": {"type": "string"}},
              "Orientation": {"name": "Fovea-Orientation", "in": "header", "description": "EXIF orientation",
                "schema": {"type": "integer", "minimum": 1, "maximum": 8}},
              "Sequence": {"name": "Fovea-Sequence", "in": "header", "description": "The sensor's own frame number",
                "schema": {"type": "integer", "minimum": 0}},
              "Timestamp": {"name": "Fovea-Timestamp", "in": "header", "description": "Nanoseconds on the sensor's clock",
                "schema": {"type": "integer", "minimum": 0}}
            }
        """#

    static let requestBodies = #"""
            "requestBodies": {
              "Frame": {
                "required": true,
                "description": "An encoded frame, bare raw samples described by the Fovea- headers, or a form with the frame as a file",
                "content": {
                  "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
                  "image/png": {"schema": {"type": "string", "format": "binary"}},
                  "image/x-adobe-dng": {"schema": {"type": "string", "format": "binary"}},
                  "image/tiff": {"schema": {"type": "string", "format": "binary"}},
                  "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
                  "multipart/form-data": {
                    "schema": {
                      "type": "object", "required": ["file"],
                      "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "description": {"$ref": "#/components/schemas/RawDescription"},
                        "model": {"type": "string"},
                        "profile": {"type": "string"},
                        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                        "iou": {"type": "number", "minimum": 0, "maximum": 1},
                        "max_detections": {"type": "integer", "minimum": 1, "maximum": 1000},
                        "classes": {"type": "string"},
                        "roi": {"type": "string"},
                        "then": {"type": "string"},
                        "then_classes": {"type": "string"},
                        "then_confidence": {"type": "number", "minimum": 0, "maximum": 1},
                        "privacy": {"$ref": "#/components/schemas/PrivacyLevel"},
                        "hide": {"type": "string"},
                        "output": {"$ref": "#/components/schemas/Output"},
                        "quality": {"type": "integer", "minimum": 1, "maximum": 100}
                      }
                    },
                    "encoding": {"description": {"contentType": "application/json"}}
                  }
                }
              }
            }
        """#

    static let responses: String = {
        let names = [
            ("Malformed", "The request or the frame breaks its format's rules; `field` names where"),
            ("NotFound", "There is no such thing"),
            ("Withheld", "The key, the configuration or the privacy rules do not allow it"),
            ("Conflict", "Not in this state of things"),
            ("NotAcceptable", "Accept takes none of the answers there are"),
            ("TooSlow", "The body came too slowly"),
            ("TooLarge", "Over a limit; `limit` and `value` say which"),
            ("Unsupported", "Not a kind of frame or encoding that is taken"),
            ("Mismatch", "Unknown model, profile or class, or a frame that does not fit"),
            ("Internal", "The service failed; its log has the reason under the request id"),
            ("Unavailable", "The service is stopping"),
            ("Deadline", "Not answered in time"),
        ]
        let problem =
            ##""content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}"##
        let plain = names.map { #"      "\#($0)": {"description": "\#($1)", \#(problem)}"# }
        let overloaded = #"""
                  "Overloaded": {"description": "No room for this frame now", \#(problem),
                    "headers": {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}}
            """#
        return "    \"responses\": {\n" + (plain + [overloaded]).joined(separator: ",\n") + "\n    }"
    }()
}
