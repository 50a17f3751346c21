internal import Glibc

/// The processor quota of the control group (version 2) this process runs in.
enum CgroupQuota {
    /// Whole processors' worth of time, rounded up; `nil` without a quota.
    static var processors: Int? {
        guard let file = fopen("/sys/fs/cgroup/cpu.max", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return parse(text)
    }

    /// `"200000 100000"` is two processors, `"max 100000"` no quota.
    static func parse(_ text: String) -> Int? {
        let fields = text.split { $0 == " " || $0 == "\n" }.map { Int($0) }
        guard fields.count == 2, let quota = fields[0], let period = fields[1], quota > 0, period > 0 else {
            return nil
        }
        return max(1, (quota + period - 1) / period)
    }
}
