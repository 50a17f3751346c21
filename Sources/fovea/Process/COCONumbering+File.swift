import Batch
import Evaluation

extension COCONumbering {
    /// The numbers of a COCO annotation file.
    init(groundTruth path: String) throws {
        let truth = try COCOGroundTruth(path: path)
        self.init(
            .groundTruth(
                path: path,
                images: Dictionary(truth.images.map { ($0.fileName, $0.id) }, uniquingKeysWith: { first, _ in first }),
                categories: Dictionary(
                    truth.categories.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })))
    }
}
