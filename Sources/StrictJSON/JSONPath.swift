/// Where a value stands in a document, such as `head.scales[1].stride`; empty for the document itself.
package struct JSONPath: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        case key(String)
        case index(Int)
    }

    package private(set) var steps: [Step]

    package init(_ steps: [Step] = []) { self.steps = steps }

    package static let root = JSONPath()

    package func appending(_ key: String) -> JSONPath { JSONPath(steps + [.key(key)]) }
    package func appending(_ index: Int) -> JSONPath { JSONPath(steps + [.index(index)]) }

    package var isRoot: Bool { steps.isEmpty }
}

extension JSONPath: CustomStringConvertible {
    package var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}
