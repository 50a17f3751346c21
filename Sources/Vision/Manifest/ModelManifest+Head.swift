extension ModelManifest {
    /// What the network's outputs mean: a family of detectors or classifiers and its constants.
    package enum Head: Sendable, Equatable {
        case yolov3(YOLOv3)
        case yolov5(classes: Int, output: String)
        case yolov8(classes: Int, output: String)
        case yolox(YOLOX)
        case ssd(SSD)
        case nanodet(NanoDet)
        case detr(DETR)
        case classification(Classification)
        case segmentation(classes: Int, output: String)
        case pose(keypoints: [String], output: String)
        case centerFace(CenterFace)
        /// A map [N, 1, H, W] of how surely each input pixel belongs to a line of text.
        case textRegions(output: String)
        /// One output [N, steps, classes] of probabilities along a line of text; class `blank` is between characters.
        case ctc(classes: Int, output: String, blank: Int)

        package enum Activation: String, Sendable, CaseIterable { case softmax, sigmoid, none }

        /// Raw heads [N, anchors × (5 + classes), H / stride, W / stride]: per anchor x, y, w, h, objectness, classes.
        package struct YOLOv3: Sendable, Equatable {
            package struct Scale: Sendable, Equatable {
                package var output: String
                package var stride: Int
                /// Widths and heights in input pixels.
                package var anchors: [SIMD2<Float>]

                package init(output: String, stride: Int, anchors: [SIMD2<Float>]) {
                    self.output = output
                    self.stride = stride
                    self.anchors = anchors
                }
            }

            package var classes: Int
            package var scales: [Scale]

            package init(classes: Int, scales: [Scale]) {
                self.classes = classes
                self.scales = scales
            }
        }

        /// One output [N, cells, 5 + classes], the grids of all strides one after the other, scores already sigmoid.
        package struct YOLOX: Sendable, Equatable {
            package var classes: Int
            package var strides: [Int]
            package var output: String

            package init(classes: Int, strides: [Int], output: String) {
                self.classes = classes
                self.strides = strides
                self.output = output
            }
        }

        package struct SSD: Sendable, Equatable {
            package enum Coordinates: String, Sendable, CaseIterable { case normalized, pixels }

            package var classes: Int
            package var boxes: String
            package var scores: String
            /// The class that means nothing.
            package var background: Int
            package var coordinates: Coordinates

            package init(classes: Int, boxes: String, scores: String, background: Int, coordinates: Coordinates) {
                self.classes = classes
                self.boxes = boxes
                self.scores = scores
                self.background = background
                self.coordinates = coordinates
            }
        }

        /// One output [N, cells, classes + 4 × (bins + 1)], the grids of all strides one after the other.
        package struct NanoDet: Sendable, Equatable {
            package var classes: Int
            package var output: String
            package var strides: [Int]
            /// The largest distance of a box's side from its cell's point, in strides.
            package var bins: Int
            /// Where a cell's point lies in it, 0…1 of the stride: 0 for NanoDet-Plus, ½ for NanoDet.
            package var offset: Double

            package init(classes: Int, output: String, strides: [Int], bins: Int, offset: Double = 0) {
                self.classes = classes
                self.output = output
                self.strides = strides
                self.bins = bins
                self.offset = offset
            }
        }

        /// Boxes [N, queries, 4] and logits [N, queries, classes], one more with `softmax`: nothing there.
        package struct DETR: Sendable, Equatable {
            package var classes: Int
            package var boxes: String
            package var scores: String
            package var activation: Activation

            package init(classes: Int, boxes: String, scores: String, activation: Activation) {
                self.classes = classes
                self.boxes = boxes
                self.scores = scores
                self.activation = activation
            }
        }

        /// Four outputs over cells of 4 × 4 input pixels: a heat map [N, 1, H, W] of centres, logarithms of height and width, offsets down
        /// and across [N, 2, H, W], and five points [N, 10, H, W].
        package struct CenterFace: Sendable, Equatable {
            package var heatmap: String
            package var sizes: String
            package var offsets: String
            package var landmarks: String

            package init(heatmap: String, sizes: String, offsets: String, landmarks: String) {
                self.heatmap = heatmap
                self.sizes = sizes
                self.offsets = offsets
                self.landmarks = landmarks
            }
        }

        /// One output [N, classes].
        package struct Classification: Sendable, Equatable {
            package var classes: Int
            package var output: String
            /// What turns the output into scores.
            package var activation: Activation

            package init(classes: Int, output: String, activation: Activation) {
                self.classes = classes
                self.output = output
                self.activation = activation
            }
        }

        /// The family's name in the manifest.
        package var family: String {
            switch self {
            case .yolov3: "yolov3"
            case .yolov5: "yolov5"
            case .yolov8: "yolov8"
            case .yolox: "yolox"
            case .ssd: "ssd"
            case .nanodet: "nanodet"
            case .detr: "detr"
            case .classification: "classification"
            case .segmentation: "segmentation"
            case .pose: "pose"
            case .centerFace: "centerface"
            case .textRegions: "textRegions"
            case .ctc: "ctc"
            }
        }

        /// Number of classes that answers choose from, which is the number of labels.
        package var classes: Int {
            switch self {
            case .yolov3(let head): head.classes
            case .yolox(let head): head.classes
            case .ssd(let head): head.classes
            case .classification(let head): head.classes
            case .nanodet(let head): head.classes
            case .detr(let head): head.classes
            case .yolov5(let classes, _), .yolov8(let classes, _), .segmentation(let classes, _): classes
            case .ctc(let classes, _, _): classes
            case .pose, .centerFace, .textRegions: 1
            }
        }
    }
}
