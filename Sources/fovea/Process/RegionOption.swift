import ArgumentParser
import Pipeline

extension RegionOfInterest: ExpressibleByArgument {
    /// The corners as `x0,y0,x1,y1`.
    public init?(argument: String) { self.init(argument) }
}
