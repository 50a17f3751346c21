"""Class names. COCO's are those of its annotation files, in the order of the 80 contiguous classes."""

COCO = """
person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign,
parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, handbag,
tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard,
tennis racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot,
hot dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv, laptop, mouse, remote, keyboard,
cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear, hair drier,
toothbrush
"""
COCO = [name.strip() for name in COCO.replace("\n", " ").split(",")]

# WordNet's first lemma names two classes each in these cases.
_DISTINCT = {
    "n02012849": "crane (bird)",
    "n03126707": "crane (machine)",
    "n03710721": "maillot (bathing suit)",
}


def imagenet(synsets, lemmas):
    """The first lemma of each of ImageNet's 1000 synsets, in class order, made distinct."""
    names = dict(line.split("\t", 1) for line in lemmas.splitlines())
    labels = [_DISTINCT.get(s, names[s].split(",")[0].strip()) for s in synsets.split()]
    if len(labels) != 1000 or len(set(labels)) != 1000:
        raise ValueError("expected 1000 distinct labels")
    return labels
