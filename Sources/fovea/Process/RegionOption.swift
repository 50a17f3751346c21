import ArgumentParser
import Pipeline

extension RegionOfInterest: ExpressibleByArgument {
    /// `x0,y0,x1,y1`: parts of the frame when none is above 1, else pixels.
    public init?(argument: String) {
        let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        guard numbers.count == 4, let x0 = numbers[0], let y0 = numbers[1], let x1 = numbers[2], let y1 = numbers[3]
        else { return nil }
        let isFraction = [x0, y0, x1, y1].allSatisfy { $0 <= 1 }
        self.init(x0: x0, y0: y0, x1: x1, y1: y1, unit: isFraction ? .fractions : .pixels)
    }
}
