/// The time that names an upload: `YYYYMMDDHHMMSSmmm` in UTC.
package struct UploadTime: Sendable, Equatable, Comparable, CustomStringConvertible {
    /// Milliseconds since 1970.
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Reads 17 digits; the year is 1970 or later.
    package init(_ text: String) throws(AitriosError) {
        let digits = text.utf8.map { Int64($0) - 48 }
        guard digits.count == 17, digits.allSatisfy({ (0...9).contains($0) }) else {
            throw .malformed(field: "T", detail: "'\(text.prefix(32))' is not 17 digits, YYYYMMDDHHMMSSmmm")
        }
        func number(_ range: Range<Int>) -> Int64 { digits[range].reduce(0) { 10 * $0 + $1 } }
        let (year, month, day) = (number(0..<4), number(4..<6), number(6..<8))
        let (hour, minute, second) = (number(8..<10), number(10..<12), number(12..<14))
        guard year >= 1970, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else {
            throw .malformed(field: "T", detail: "'\(text)' is no time")
        }
        let days = Self.days(year, month, day)
        milliseconds = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + number(14..<17)
    }

    package var description: String {
        let days = Int64((Double(milliseconds) / 86_400_000).rounded(.down))
        let rest = milliseconds - days * 86_400_000
        let (year, month, day) = Self.date(days)
        func padded(_ value: Int64, _ count: Int) -> String {
            let digits = "\(value)"
            return String(repeating: "0", count: max(0, count - digits.count)) + digits
        }
        return padded(year, 4) + padded(month, 2) + padded(day, 2) + padded(rest / 3_600_000, 2)
            + padded(rest / 60_000 % 60, 2) + padded(rest / 1000 % 60, 2) + padded(rest % 1000, 3)
    }

    package static func < (left: UploadTime, right: UploadTime) -> Bool { left.milliseconds < right.milliseconds }

    /// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let marchMonth = (month + 9) % 12
        let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
        return 365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
    }

    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // 400 years have 146,097 days.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
