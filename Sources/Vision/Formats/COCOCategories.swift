/// Category numbers of the COCO data set, whose 80 detection classes have numbers between 1 and 90.
package enum COCOCategories {
    /// The number of a COCO class by its name; `nil` for other names.
    package static func number(of label: String) -> Int? { numbers[label] }

    /// The 80 labels in the order of their numbers, which is the order in which networks have them.
    package static var labels: [String] { names.filter { !$0.hasPrefix("-") } }

    /// The label of a number; `nil` for those that were never used.
    package static func label(_ number: Int) -> String? {
        guard names.indices.contains(number - 1), !names[number - 1].hasPrefix("-") else { return nil }
        return names[number - 1]
    }

    private static let numbers: [String: Int] = {
        Dictionary(uniqueKeysWithValues: zip(names, 1...90).filter { !$0.0.hasPrefix("-") })
    }()

    /// 1…90; those without a name were never used for detection.
    private static let names: [String] = [
        "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
        "fire hydrant", "-12", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
        "elephant", "bear", "zebra", "giraffe", "-26", "backpack", "umbrella", "-29", "-30", "handbag", "tie",
        "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove",
        "skateboard", "surfboard", "tennis racket", "bottle", "-45", "wine glass", "cup", "fork", "knife", "spoon",
        "bowl", "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake",
        "chair", "couch", "potted plant", "bed", "-66", "dining table", "-68", "-69", "toilet", "-71", "tv", "laptop",
        "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "-83",
        "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
    ]
}
