import StrictJSON

/// One step of a request, as OpenTelemetry knows it.
struct TraceSpan: Sendable {
    enum Kind: Int, Sendable {
        case `internal` = 1
        case server = 2
    }

    enum Value: Sendable {
        case text(String)
        case number(Int)
    }

    var traceID: String
    var spanID: String
    var parentID: String?
    var name: String
    var kind: Kind
    /// Nanoseconds since 1970.
    var start: UInt64
    var end: UInt64
    var attributes: [(key: String, value: Value)] = []
    var hasFailed = false
}

extension TraceSpan {
    /// The body of a request to a collector (OTLP/HTTP with JSON: opentelemetry-proto, `ExportTraceServiceRequest`).
    static func document(_ spans: [TraceSpan], version: String) -> [UInt8] {
        var json = JSONWriter(pretty: false)
        json.object { json in
            json.key("resourceSpans")
            json.array { json in
                json.element()
                json.object { json in
                    json.key("resource")
                    json.object { json in
                        write([("service.name", .text("fovea")), ("service.version", .text(version))], &json)
                    }
                    json.key("scopeSpans")
                    json.array { json in
                        json.element()
                        json.object { json in
                            json.key("scope")
                            json.object { json in
                                json.key("name")
                                json.value("fovea")
                            }
                            json.key("spans")
                            json.array { json in
                                for span in spans {
                                    json.element()
                                    span.write(&json)
                                }
                            }
                        }
                    }
                }
            }
        }
        return json.bytes
    }

    private func write(_ json: inout JSONWriter) {
        json.object { json in
            for (key, text) in [("traceId", traceID), ("spanId", spanID), ("name", name)] {
                json.key(key)
                json.value(text)
            }
            if let parentID {
                json.key("parentSpanId")
                json.value(parentID)
            }
            json.key("kind")
            json.value(kind.rawValue)
            // 64-bit numbers are text in protobuf's JSON.
            json.key("startTimeUnixNano")
            json.value("\(start)")
            json.key("endTimeUnixNano")
            json.value("\(end)")
            Self.write(attributes, &json)
            if hasFailed {
                json.key("status")
                json.object { json in
                    json.key("code")
                    json.value(2)
                }
            }
        }
    }

    private static func write(_ attributes: [(key: String, value: Value)], _ json: inout JSONWriter) {
        json.key("attributes")
        json.array { json in
            for (key, value) in attributes {
                json.element()
                json.object { json in
                    json.key("key")
                    json.value(key)
                    json.key("value")
                    json.object { json in
                        switch value {
                        case .text(let text):
                            json.key("stringValue")
                            json.value(text)
                        case .number(let number):
                            json.key("intValue")
                            json.value("\(number)")
                        }
                    }
                }
            }
        }
    }
}
