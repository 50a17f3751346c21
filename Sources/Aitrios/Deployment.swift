/// Which modules a device is to run.
package struct Deployment: Sendable, Equatable {
    package struct Module: Sendable, Equatable {
        package var id: String
        /// Where the module is fetched from; empty for one that is there already.
        package var downloadURL: String
        /// SHA-256, hexadecimal; empty where it is not to be checked.
        package var hash: String
    }

    package struct Instance: Sendable, Equatable {
        package var id: String
        package var moduleID: String
    }

    package var id: String
    package var modules: [Module]
    package var instances: [Instance]

    private static let countLimit = 16

    init(_ fields: Fields) throws(AitriosError) {
        id = try fields.string("deploymentId")
        (modules, instances) = ([], [])
        if let found = try fields.optionalObject("modules") {
            for key in found.keys.sorted() {
                let module = try found.object(key)
                let hash = try module.optionalString("hash") ?? ""
                modules.append(
                    Module(
                        id: key, downloadURL: module.has("downloadUrl") ? try module.string("downloadUrl") : "",
                        hash: hash.lowercased()))
            }
        }
        if let found = try fields.optionalObject("instanceSpecs") {
            for key in found.keys.sorted() {
                instances.append(Instance(id: key, moduleID: try found.object(key).string("moduleId")))
            }
        }
        for (field, count) in [("modules", modules.count), ("instanceSpecs", instances.count)] {
            guard count <= Self.countLimit else {
                throw .limitExceeded(field: "deployment.\(field)", limit: Self.countLimit, value: count)
            }
        }
        for instance in instances where !modules.contains(where: { $0.id == instance.moduleID }) {
            throw .malformed(
                field: "deployment.instanceSpecs.\(instance.id)", detail: "there is no module '\(instance.moduleID)'")
        }
    }
}
