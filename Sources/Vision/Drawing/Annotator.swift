package import Imaging

/// Draws a network's answer on its picture: boxes with labels on plates, or a panel of classes in the corner.
///
/// Answers come best first; labels of worse boxes give way to those of better ones. Colours depend on the class alone, sizes
/// on the picture's shorter side; nothing is drawn outside the picture. All arithmetic is in integers: the same answer gives
/// the same pixels everywhere.
package struct Annotator: Sendable {
    package init() {}

    /// A copy of an upright picture with the answer drawn on it, always rgb8.
    package func annotated(
        _ picture: Picture, detections: [FrameResult.Detection] = [],
        classifications: [FrameResult.Classification] = [], segmentation: FrameResult.Segmentation? = nil
    ) -> Picture {
        let copy = picture.format == .rgb8 ? picture.mutableCopy() : picture.convertedToRGB8()
        if let segmentation { Self.tint(copy, by: segmentation) }
        draw(detections: detections, classifications: classifications, on: copy)
        return copy
    }

    /// Draws on the storage of an upright rgb8 picture that nobody else reads meanwhile.
    package func draw(
        detections: [FrameResult.Detection] = [], classifications: [FrameResult.Classification] = [],
        on picture: Picture
    ) {
        let canvas = Canvas(picture)
        let style = Style(width: picture.width, height: picture.height)
        let boxes = detections.compactMap { Box($0, on: canvas) }
        // The best box comes last, on top.
        for box in boxes.reversed() { draw(box, style, on: canvas) }
        for detection in detections { drawKeypoints(of: detection, style, on: canvas) }
        var plates = LabelLayout(width: canvas.width, height: canvas.height)
        for box in boxes { drawLabel(of: box, style, &plates, on: canvas) }
        if !classifications.isEmpty { drawPanel(classifications, style, on: canvas) }
    }

    /// Sizes that fit the picture.
    private struct Style {
        let thickness: Int
        let text: TextStyle
        let padding: Int

        init(width: Int, height: Int) {
            let side = min(width, height)
            thickness = max(1, (side + 60) / 180)
            text = TextStyle(size: max(12, min(96, 8 + side / 50)))
            padding = max(2, text.size / 5)
        }

        var plateHeight: Int { text.lineHeight + padding }
    }

    /// A detection in whole pixels of the picture.
    private struct Box {
        let x0: Int
        let y0: Int
        let x1: Int
        let y1: Int
        let color: Color
        let text: String

        /// `nil` for a box that is not four finite numbers or has no pixel on the canvas.
        init?(_ detection: FrameResult.Detection, on canvas: Canvas) {
            guard detection.box.count == 4, detection.box.allSatisfy(\.isFinite) else { return nil }
            func column(_ value: Float) -> Int { Int(max(0, min(Float(canvas.width), value)).rounded()) }
            func row(_ value: Float) -> Int { Int(max(0, min(Float(canvas.height), value)).rounded()) }
            (x0, y0) = (column(detection.box[0]), row(detection.box[1]))
            (x1, y1) = (max(x0 + 1, column(detection.box[2])), max(y0 + 1, row(detection.box[3])))
            guard x0 < canvas.width, y0 < canvas.height else { return nil }
            color = Color.ofClass(detection.classID)
            let name = detection.text.map(\.text) ?? detection.label
            text = "\(name) \(Annotator.percent(detection.text?.score ?? detection.score))"
        }
    }

    private func draw(_ box: Box, _ style: Style, on canvas: Canvas) {
        let t = style.thickness
        // A dark line on both sides keeps the colour visible on any background.
        let edge = max(1, t / 4)
        canvas.frame(
            x0: box.x0 - edge, y0: box.y0 - edge, x1: box.x1 + edge, y1: box.y1 + edge, thickness: edge, .black,
            alpha: 140)
        canvas.frame(x0: box.x0, y0: box.y0, x1: box.x1, y1: box.y1, thickness: t, box.color)
        if box.x1 - box.x0 > 2 * (t + edge) && box.y1 - box.y0 > 2 * (t + edge) {
            canvas.frame(
                x0: box.x0 + t, y0: box.y0 + t, x1: box.x1 - t, y1: box.y1 - t, thickness: edge, .black, alpha: 140)
        }
    }

    /// A square on each key point that is more likely there than not.
    private func drawKeypoints(of detection: FrameResult.Detection, _ style: Style, on canvas: Canvas) {
        let radius = style.thickness + 1
        for point in detection.keypoints ?? [] where point.score >= 0.5 && abs(point.x) < 1e6 && abs(point.y) < 1e6 {
            let (x, y) = (Int(point.x.rounded()), Int(point.y.rounded()))
            canvas.fill(x0: x - radius - 1, y0: y - radius - 1, x1: x + radius + 1, y1: y + radius + 1, .black)
            canvas.fill(
                x0: x - radius, y0: y - radius, x1: x + radius, y1: y + radius, Color.ofClass(detection.classID))
        }
    }

    private func drawLabel(of box: Box, _ style: Style, _ plates: inout LabelLayout, on canvas: Canvas) {
        guard style.plateHeight <= canvas.height else { return }
        let text = style.text.truncated(box.text, to: canvas.width - 2 * style.padding)
        guard !text.isEmpty else { return }
        let width = style.text.width(of: text) + 2 * style.padding
        let place = plates.place(
            width: width, height: style.plateHeight, x0: box.x0, y0: box.y0, x1: box.x1, y1: box.y1,
            inset: style.thickness)
        guard let place else { return }
        canvas.fill(x0: place.x, y0: place.y, x1: place.x + width, y1: place.y + style.plateHeight, box.color)
        style.text.draw(
            text, x: place.x + style.padding, y: place.y + style.padding / 2, box.color.contrasting, on: canvas)
    }

    /// The classes from the top left corner down, each with a bar as long as its score.
    private func drawPanel(_ classes: [FrameResult.Classification], _ style: Style, on canvas: Canvas) {
        let margin = style.padding
        let rows = min(classes.count, (canvas.height - 2 * margin) / style.plateHeight)
        let numberWidth = style.text.width(of: ">99%")
        let gap = 2 * style.padding
        let room = canvas.width - 2 * margin - 2 * style.padding - gap - numberWidth
        guard rows > 0, room >= style.text.size else { return }
        let shown = classes.prefix(rows).map { (style.text.truncated($0.label, to: room), $0) }
        let labelWidth = shown.reduce(0) { max($0, style.text.width(of: $1.0)) }
        let width = labelWidth + gap + numberWidth + 2 * style.padding
        var y = margin
        for (label, answer) in shown {
            let bottom = y + style.plateHeight
            let score = answer.score.isFinite ? max(0, min(1, answer.score)) : 0
            let bar = Int((score * Float(width)).rounded())
            canvas.fill(x0: margin, y0: y, x1: margin + bar, y1: bottom, Color(20, 92, 168), alpha: 220)
            canvas.fill(x0: margin + bar, y0: y, x1: margin + width, y1: bottom, .black, alpha: 190)
            let number = Self.percent(answer.score)
            let numberX = margin + width - style.padding - style.text.width(of: number)
            let textY = y + style.padding / 2
            style.text.draw(label, x: margin + style.padding, y: textY, .white, on: canvas)
            style.text.draw(number, x: numberX, y: textY, .white, on: canvas)
            y = bottom
        }
    }

    /// A score 0…1 in whole per cent, halves up; 0 and 100 only for what is exactly that.
    private static func percent(_ score: Float) -> String {
        guard score.isFinite else { return "?" }
        let percent = Int((max(0, min(1, score)) * 100).rounded())
        if percent == 0 && score > 0 { return "<1%" }
        if percent == 100 && score < 1 { return ">99%" }
        return "\(percent)%"
    }
}
