/// A page for `man`, in the man(7) macros.
struct ManualPage {
    /// `fovea`, `fovea-process`, …
    let name: String
    let text: String

    /// The page of a command and those of the commands below it.
    static func all(of command: CommandDescription, version: String) -> [ManualPage] {
        guard command.shouldDisplay, command.commandName != "help" else { return [] }
        return [ManualPage(command, version: version)]
            + (command.subcommands ?? []).flatMap { all(of: $0, version: version) }
    }

    private init(_ command: CommandDescription, version: String) {
        let words = (command.superCommands ?? []) + [command.commandName]
        let name = words.joined(separator: "-")
        self.name = name
        var lines = [
            ".TH \"\(name.uppercased())\" 1 \"\" \"fovea \(version)\" \"Fovea\"", ".SH NAME",
            "\(Self.escaped(name)) \\- \(Self.escaped(command.abstract ?? ""))", ".SH SYNOPSIS",
        ]
        let arguments = (command.arguments ?? []).filter(\.shouldDisplay)
        let subcommands = (command.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
        lines.append(
            "\\fB\(words.map(Self.escaped).joined(separator: " "))\\fR " + Self.synopsis(arguments, subcommands))
        if let discussion = command.discussion {
            lines.append(".SH DESCRIPTION")
            lines += Self.paragraphs(discussion)
        }
        if !subcommands.isEmpty {
            lines.append(".SH COMMANDS")
            for inner in subcommands {
                lines += [".TP", "\\fB\(Self.escaped(inner.commandName))\\fR", Self.escaped(inner.abstract ?? "")]
            }
        }
        var sections: [String] = []
        for argument in arguments {
            let title = argument.sectionTitle ?? (argument.kind == "positional" ? "Arguments" : "Options")
            if !sections.contains(title) { sections.append(title) }
        }
        for section in sections {
            lines.append(".SH \"\(section.uppercased())\"")
            for argument in arguments {
                let title = argument.sectionTitle ?? (argument.kind == "positional" ? "Arguments" : "Options")
                if title == section { lines += Self.entry(argument) }
            }
        }
        let relatives = words.count > 1 ? [words.dropLast().joined(separator: "-")] : []
        let related = relatives + subcommands.map { "\(name)-\($0.commandName)" }
        if !related.isEmpty {
            lines.append(".SH \"SEE ALSO\"")
            lines.append(related.map { "\\fB\(Self.escaped($0))\\fR(1)" }.joined(separator: ", "))
        }
        text = lines.joined(separator: "\n") + "\n"
    }

    private static func synopsis(
        _ arguments: [CommandDescription.Argument], _ subcommands: [CommandDescription]
    ) -> String {
        if !subcommands.isEmpty { return "\\fIcommand\\fR" }
        var parts = arguments.contains { $0.kind != "positional" } ? ["[\\fIoptions\\fR]"] : []
        for argument in arguments where argument.kind == "positional" {
            let value = "\\fI\(escaped(argument.valueName ?? "value"))\\fR" + (argument.isRepeating ? " ..." : "")
            parts.append(argument.isOptional ? "[\(value)]" : value)
        }
        return parts.joined(separator: " ")
    }

    private static func entry(_ argument: CommandDescription.Argument) -> [String] {
        var head: String
        if argument.kind == "positional" {
            head = "\\fI\(escaped(argument.valueName ?? "value"))\\fR"
        } else {
            head = (argument.names ?? []).map { "\\fB\(escaped($0.spelling))\\fR" }.joined(separator: ", ")
            if argument.kind == "option" { head += " \\fI\(escaped(argument.valueName ?? "value"))\\fR" }
        }
        var text = escaped(argument.abstract ?? "")
        if let values = argument.allValues, !values.isEmpty {
            text += " One of \(escaped(values.joined(separator: ", ")))."
        }
        if let value = argument.defaultValue, argument.kind == "option" { text += " Default: \(escaped(value))." }
        return [".TP", head, text]
    }

    private static func paragraphs(_ text: String) -> [String] {
        text.split(separator: "\n\n").flatMap { [".PP", escaped(String($0))] }
    }

    /// Signs that troff would take for its own.
    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\e").replacing("-", with: "\\-").split(
            separator: "\n", omittingEmptySubsequences: false
        ).map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&" + $0 : String($0) }.joined(separator: "\n")
    }
}
