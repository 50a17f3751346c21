"""train.py OUT.npz: trains the network of `--demosaic cnn` (needs torch, numpy, pillow; minutes on two cores).

Four planes of half the size (R, G beside R, G beside B, B) -> four 3x3 layers of 16 with ReLU -> 8 planes of what was not sampled,
added to a linear 3x3 prediction from the same four planes. Charbonnier loss, Adam, one cycle, mirrored and transposed
patches, colours stretched and permuted, gamma varied. All in the square-root or gamma-coded domain: the two hardly differ.
The last third of the steps rounds weights, inputs and activations as the integer kernels do (quantisation-aware), straight-through gradients.
"""
import argparse
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

WIDTH, DEPTH = 16, 4


class Rounded(torch.autograd.Function):
    """Rounds to integers; the gradient goes through."""

    @staticmethod
    def forward(context, x):
        return torch.round(x)

    @staticmethod
    def backward(context, gradient):
        return gradient


def rounded_weights(weight, levels):
    """Weights as multiples of a step of their output channel."""
    step = weight.abs().amax(dim=(1, 2, 3), keepdim=True).clamp_min(1e-8) / levels
    return Rounded.apply(weight / step) * step


class Network(nn.Module):
    """Planes in 0...1. Hidden activations lie in 0...`top` of each layer when rounded: 255 steps."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.ModuleList([nn.Conv2d(4 if i == 0 else WIDTH, WIDTH, 3) for i in range(DEPTH)])
        self.out = nn.Conv2d(WIDTH, 8, 3)
        self.linear = nn.Conv2d(4, 8, 3)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.register_buffer("tops", torch.ones(DEPTH))
        self.rounding = False
        self.observing = False

    def forward(self, x):
        """N, 4, h, w -> N, 8, h - 2 (DEPTH + 1), w - 2 (DEPTH + 1)."""
        h = Rounded.apply((x * 255).clamp(0, 255)) / 255 - 128 / 255 if self.rounding else x - 128 / 255
        for index, layer in enumerate(self.hidden):
            weight = rounded_weights(layer.weight, 127) if self.rounding else layer.weight
            h = F.relu(F.conv2d(h, weight, layer.bias))
            if self.observing:
                top = torch.quantile(h.detach().flatten()[:: max(1, h.numel() // 100000)], 0.9999)
                self.tops[index] = torch.maximum(self.tops[index] * 0.999, top)
            if self.rounding:
                step = self.tops[index] / 255
                h = Rounded.apply((h / step).clamp(0, 255)) * step
        out = rounded_weights(self.out.weight, 127) if self.rounding else self.out.weight
        linear = F.conv2d(x - 0.5, self.linear.weight, self.linear.bias)
        return linear[:, :, DEPTH:-DEPTH, DEPTH:-DEPTH] + F.conv2d(h, out, self.out.bias) + 0.5


def packed(rgb):
    """N, 3, H, W of an RGGB mosaic's truth -> what is sampled (N, 4), what is not (N, 8): G B at R, R B at the G beside R,
    R B at the G beside B, R G at B."""
    a, b, c, d = rgb[:, :, 0::2, 0::2], rgb[:, :, 0::2, 1::2], rgb[:, :, 1::2, 0::2], rgb[:, :, 1::2, 1::2]
    sampled = torch.stack([a[:, 0], b[:, 1], c[:, 1], d[:, 2]], 1)
    missing = torch.stack([a[:, 1], a[:, 2], b[:, 0], b[:, 2], c[:, 0], c[:, 2], d[:, 0], d[:, 1]], 1)
    return sampled, missing


def unpacked(x, y):
    n, _, h, w = x.shape
    o = x.new_empty(n, 3, 2 * h, 2 * w)
    o[:, 0, 0::2, 0::2], o[:, 1, 0::2, 0::2], o[:, 2, 0::2, 0::2] = x[:, 0], y[:, 0], y[:, 1]
    o[:, 0, 0::2, 1::2], o[:, 1, 0::2, 1::2], o[:, 2, 0::2, 1::2] = y[:, 2], x[:, 1], y[:, 3]
    o[:, 0, 1::2, 0::2], o[:, 1, 1::2, 0::2], o[:, 2, 1::2, 0::2] = y[:, 4], x[:, 2], y[:, 5]
    o[:, 0, 1::2, 1::2], o[:, 1, 1::2, 1::2], o[:, 2, 1::2, 1::2] = y[:, 6], y[:, 7], x[:, 3]
    return o


def score(network, pictures):
    """Mean CPSNR in dB, 8-bit, a border of 10 dropped."""
    results = []
    with torch.no_grad():
        for picture in pictures:
            truth = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float()
            pad = 2 * (DEPTH + 1)
            x, _ = packed(F.pad(truth / 255, (pad, pad, pad, pad), mode="reflect"))
            y = network(x)
            made = unpacked(x[:, :, pad // 2 : -pad // 2, pad // 2 : -pad // 2], y)
            error = ((made.clamp(0, 1) * 255).round() - truth)[:, :, 10:-10, 10:-10]
            results.append(10 * np.log10(255**2 / float((error**2).mean())))
    return float(np.mean(results))


class Patches:
    """Random patches; photographs and what the teacher made are drawn as often as the scenes are, by area."""

    def __init__(self, pictures, photographs, size, random):
        self.pictures = [torch.from_numpy(np.ascontiguousarray(p)) for p in pictures]
        area = np.array([p.shape[0] * p.shape[1] for p in pictures], np.float64)
        natural = np.arange(len(pictures)) < photographs
        area[natural] *= 0.8 / area[natural].sum()
        area[~natural] *= 0.2 / area[~natural].sum()
        self.share, self.size, self.random = area, size, random

    def batch(self, count):
        r, size = self.random, self.size
        out = torch.empty(count, 3, size, size)
        for i, index in enumerate(r.choice(len(self.pictures), count, p=self.share)):
            p = self.pictures[index]
            y, x = (int(r.integers(p.shape[k] - size + 1)) for k in (0, 1))
            q = p[y : y + size, x : x + size].permute(2, 0, 1).float() / 255
            if r.random() < 0.5:
                q = q.flip(2)
            if r.random() < 0.5:
                q = q.transpose(1, 2)
            if r.random() < 0.5:
                grey = q[0:1] * 0.3 + q[1:2] * 0.5 + q[2:3] * 0.2
                q = (grey + (q - grey) * float(r.uniform(0.5, 1.8))).clamp(0, 1)
            if r.random() < 0.1:
                q = q[torch.from_numpy(r.permutation(3))]
            if r.random() < 0.3:
                q = (q * torch.from_numpy(r.uniform(0.7, 1.3, 3)).float()[:, None, None]).clamp(0, 1)
            if r.random() < 0.3:
                q = q ** float(r.uniform(0.75, 1.3))
            if r.random() < 0.04:
                q = torch.from_numpy(np.clip(r.uniform(-0.3, 1.3, 3), 0, 1)).float()[:, None, None].expand(3, size, size)
            out[i] = q
        return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--start", help="weights of an earlier run to go on from")
    parser.add_argument("--check", help="folder of pictures to score on, never trained on")
    arguments = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(arguments.threads)
    with np.load(arguments.data) as archive:
        natural = int(archive["natural"])
        pictures = [archive[f"picture{i}"] for i in range(len(archive) - 1)]
    patches = Patches(pictures, natural, 80, np.random.default_rng(0))
    check = []
    if arguments.check:
        import pathlib

        from PIL import Image

        check = [np.array(Image.open(f).convert("RGB")) for f in sorted(pathlib.Path(arguments.check).glob("*.png"))]
    network = Network()
    if arguments.start:
        with np.load(arguments.start) as earlier:
            network.load_state_dict({name: torch.from_numpy(value) for name, value in earlier.items()})
    optimizer = torch.optim.Adam(network.parameters(), lr=arguments.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, arguments.rate, total_steps=arguments.steps, pct_start=0.05)
    begin = time.time()
    for step in range(1, arguments.steps + 1):
        network.rounding = step > arguments.steps * 2 // 3
        network.observing = arguments.steps // 3 < step <= arguments.steps * 5 // 6
        x, y = packed(patches.batch(arguments.batch))
        error = network(x) - y[:, :, DEPTH + 1 : -DEPTH - 1, DEPTH + 1 : -DEPTH - 1]
        loss = torch.sqrt(error * error + 1e-6).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 1000 == 0 or step == arguments.steps:
            network.observing = False
            pictures = check if step == arguments.steps else check[:8]
            print(f"step {step} loss {loss.item():.5f} check {score(network, pictures) if check else 0:.3f} dB {time.time() - begin:.0f} s", flush=True)
            np.savez(arguments.out, **{k: v.numpy() for k, v in network.state_dict().items()})


main()
