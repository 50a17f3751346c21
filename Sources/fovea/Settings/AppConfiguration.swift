#if FOVEA_SERVER
import Configuration
import Pipeline
import Service
import Store

/// All settings of the program, composed of one struct a component.
struct AppConfiguration: Equatable {
    var service = ServiceConfiguration()
    var pipeline = PipelineConfiguration()
    var store = StoreConfiguration()
    var jobs = JobsConfiguration()

    init() {}

    /// Reads `service.*`, `privacy.*`, `pipeline.*`, `store.*` and `jobs.*`.
    ///
    /// - Throws: `ConfigurationError` naming the key and the value at fault.
    init(reader: ConfigReader) throws {
        do {
            service = try ServiceConfiguration(reader: reader.scoped(to: "service"))
        } catch ConfigurationError.outOfRange(let key, let value, let expected) {
            throw ConfigurationError.outOfRange(key: "service.\(key)", value: value, expected: expected)
        } catch ConfigurationError.unreadable(let key, let detail) {
            throw ConfigurationError.unreadable(key: "service.\(key)", detail: detail)
        }
        do {
            service.privacy = try PrivacyRules(reader: reader.scoped(to: "privacy"))
        } catch ConfigurationError.outOfRange(let key, let value, let expected) {
            throw ConfigurationError.outOfRange(key: "privacy.\(key)", value: value, expected: expected)
        } catch ConfigurationError.unreadable(let key, let detail) {
            throw ConfigurationError.unreadable(key: "privacy.\(key)", detail: detail)
        }
        pipeline = try PipelineConfiguration(reader: reader.scoped(to: "pipeline"))
        store = try StoreConfiguration(reader: reader.scoped(to: "store"))
        jobs = try JobsConfiguration(reader: reader.scoped(to: "jobs"))
    }

    /// Every setting by its full key, as text, in the order of the documentation.
    var listing: [(key: String, value: String)] {
        service.listing.map { ("service.\($0.key)", $0.value) }
            + service.privacy.listing.map { ("privacy.\($0.key)", $0.value) }
            + pipeline.listing.map { ("pipeline.\($0.key)", $0.value) }
            + store.listing.map { ("store.\($0.key)", $0.value) }
            + jobs.listing.map { ("jobs.\($0.key)", $0.value) }
    }
}
#endif
