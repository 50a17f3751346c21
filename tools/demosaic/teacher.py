"""demosaicnet 0.0.14 (M. Gharbi et al., Deep joint demosaicking and denoising, 2016; weights MIT) as the teacher: what it makes of
a mosaic, in the square-root domain or gamma-coded."""
import pathlib

import numpy as np
import torch
from demosaicnet import BayerDemosaick

SAMPLE = pathlib.Path(__file__).parents[2] / "samples/border-collie/frame.raw"
TILE, OVERLAP = 512, 64


class Teacher:
    def __init__(self):
        self.network = BayerDemosaick(pretrained=True).eval()

    def demosaic(self, planes):
        """3, H, W of a GRBG mosaic, zero where a colour was not sampled -> H, W, 3 in 0...255. Height and width are even."""
        height, width = planes.shape[1:]
        out = np.zeros_like(planes)
        padded = np.pad(planes, ((0, 0), (OVERLAP, OVERLAP), (OVERLAP, OVERLAP)), mode="reflect")
        with torch.no_grad():
            for y in range(0, height, TILE):
                for x in range(0, width, TILE):
                    piece = torch.from_numpy(padded[:, y : y + TILE + 2 * OVERLAP, x : x + TILE + 2 * OVERLAP])[None]
                    result = self.network(piece)[0].numpy()
                    cut = (piece.shape[2] - result.shape[1]) // 2
                    result = result[:, OVERLAP - cut :, OVERLAP - cut :][:, : min(TILE, height - y), : min(TILE, width - x)]
                    out[:, y : y + result.shape[1], x : x + result.shape[2]] = result
        return np.rint(255 * np.clip(out, 0, 1)).astype(np.uint8).transpose(1, 2, 0)

    def again(self, picture):
        """A gamma-coded picture, sampled and made anew."""
        planes = np.zeros((3,) + picture.shape[:2], np.float32)
        for y, x, channel in ((0, 0, 1), (0, 1, 0), (1, 0, 2), (1, 1, 1)):
            planes[channel, y::2, x::2] = picture[y::2, x::2, channel].astype(np.float32) / 255
        return self.demosaic(planes)

    def sample_frame(self):
        """The project's raw frame, white-balanced, in the square-root domain."""
        packed = np.frombuffer(SAMPLE.read_bytes(), np.uint8).reshape(1968, 648, 5).astype(np.uint16)
        low = packed[..., 4:5] >> np.array([0, 2, 4, 6], np.uint16) & 3
        raw = (packed[..., :4] << 2 | low).reshape(1968, 2592).astype(np.float32)
        light = np.clip((raw - 25) / (959 - 25), 0, 1)
        planes = np.zeros((3,) + raw.shape, np.float32)
        for y, x, channel, gain in ((0, 0, 1, 1), (0, 1, 0, 1.251151), (1, 0, 2, 1.411644), (1, 1, 1, 1)):
            planes[channel, y::2, x::2] = np.sqrt(np.clip(light[y::2, x::2] * gain, 0, 1))
        return self.demosaic(planes)
