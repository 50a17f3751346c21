import Imaging
import Testing

@Suite struct CFAPatternTests {
    @Test("names the top-left block in reading order", arguments: CFAPattern.allCases)
    func colors(pattern: CFAPattern) {
        let letters = [(0, 0), (0, 1), (1, 0), (1, 1)].map {
            ["r", "g", "b"][pattern.color(row: $0.0, column: $0.1).rawValue]
        }
        #expect(letters.joined() == pattern.rawValue)
    }

    @Test("cropping and flipping keep every sample's colour", arguments: CFAPattern.allCases, [4, 5, 7])
    func phases(pattern: CFAPattern, size: Int) {
        for row in 0..<size {
            for column in 0..<size {
                let color = pattern.color(row: row, column: column)
                #expect(pattern.flippedHorizontally(width: size).color(row: row, column: size - 1 - column) == color)
                #expect(pattern.flippedVertically(height: size).color(row: size - 1 - row, column: column) == color)
                if row >= 1 && column >= 3 {
                    #expect(pattern.cropped(row: 1, column: 3).color(row: row - 1, column: column - 3) == color)
                }
            }
        }
    }
}
