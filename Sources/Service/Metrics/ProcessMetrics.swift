import FoundationEssentials
internal import Glibc

/// The `process_` metrics that Prometheus' own clients have, from `/proc/self`.
enum ProcessMetrics {
    static func register(in registry: MetricsRegistry) {
        let startTime = startSeconds()
        registry.observed(
            "process_start_time_seconds", "Start time of the process since the Unix epoch.", kind: .gauge
        ) { startTime.map { [(labels: [], value: $0)] } ?? [] }
        registry.observed("process_cpu_seconds_total", "User and system time spent.", kind: .counter) {
            cpuSeconds().map { [(labels: [], value: $0)] } ?? []
        }
        registry.observed("process_resident_memory_bytes", "Resident memory.", kind: .gauge) {
            memoryPages().map { [(labels: [], value: Double($0.resident * Int(sysconf(Int32(_SC_PAGESIZE)))))] } ?? []
        }
        registry.observed("process_virtual_memory_bytes", "Virtual memory.", kind: .gauge) {
            memoryPages().map { [(labels: [], value: Double($0.virtual * Int(sysconf(Int32(_SC_PAGESIZE)))))] } ?? []
        }
        registry.observed("process_open_fds", "Open file descriptors.", kind: .gauge) {
            openDescriptors().map { [(labels: [], value: Double($0))] } ?? []
        }
        registry.observed("process_max_fds", "Limit of open file descriptors.", kind: .gauge) {
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return [] }
            return [(labels: [], value: Double(limit.rlim_cur))]
        }
    }

    private static func memoryPages() -> (virtual: Int, resident: Int)? {
        let fields = contents(of: "/proc/self/statm")?.split(separator: " ").compactMap { Int($0) } ?? []
        return fields.count > 1 ? (fields[0], fields[1]) : nil
    }

    private static func openDescriptors() -> Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) { count += entry.pointee.d_name.0 == 0x2E ? 0 : 1 }
        // Without the one that reads the directory.
        return count - 1
    }

    private static func startSeconds() -> Double? {
        guard let uptime = contents(of: "/proc/uptime")?.split(separator: " ").first.flatMap({ Double($0) }),
            let ticks = statistics()?[19]
        else { return nil }
        return Date().timeIntervalSince1970 - uptime + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func cpuSeconds() -> Double? {
        guard let fields = statistics() else { return nil }
        return (fields[11] + fields[12]) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// `/proc/self/stat` from its third field on: the second is the name in parentheses, which may hold anything.
    private static func statistics() -> [Double]? {
        guard let stat = contents(of: "/proc/self/stat"), let paren = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: paren)...].split(separator: " ").map { Double($0) ?? 0 }
        return fields.count > 19 ? fields : nil
    }

    /// The first 4 KiB of a file of `/proc`.
    private static func contents(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
