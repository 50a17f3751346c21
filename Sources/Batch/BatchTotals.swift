internal import StrictJSON

/// What became of the inputs of a run: inputs = answered + failed + skipped.
package struct BatchTotals: Sendable, Equatable {
    package struct Failure: Sendable, Equatable {
        package var source: String
        package var error: String
    }

    /// Failures told one by one; those beyond are only counted.
    package static let failureLimit = 10_000

    /// Dealt with so far.
    package var inputs: Int { answered + failed + skipped }
    /// Answered by this run.
    package var answered = 0
    /// Not answerable, whether this run found that or an earlier one.
    package var failed = 0
    /// Answered by an earlier run.
    package var skipped = 0
    package var failures: [Failure] = []
    /// How many inputs there are in all, when that can be known.
    package var expected: Int?
    package var seconds = 0.0
    package var isInterrupted = false

    package init() {}

    mutating func addFailure(source: String, error: String) {
        failed += 1
        if failures.count < Self.failureLimit { failures.append(Failure(source: source, error: error)) }
    }

    /// Schema `fovea.batch-report/1`, one JSON object over several lines.
    package var report: [UInt8] {
        var json = JSONWriter(pretty: true)
        json.object { json in
            json.key("schema")
            json.value("fovea.batch-report/1")
            for (key, value) in [
                ("inputs", inputs), ("answered", answered), ("failed", failed), ("skipped", skipped),
            ] {
                json.key(key)
                json.value(value)
            }
            json.key("interrupted")
            json.value(JSONValue.bool(isInterrupted))
            json.key("seconds")
            json.value((seconds * 1000).rounded() / 1000)
            json.key("failures")
            json.array { json in
                for failure in failures {
                    json.element()
                    json.object {
                        $0.key("source")
                        $0.value(failure.source)
                        $0.key("error")
                        $0.value(failure.error)
                    }
                }
            }
            json.key("failuresNotListed")
            json.value(failed - failures.count)
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
