#!/usr/bin/env python3
"""Writes pictures of every class as JPEG of 1 and of 12 megapixels, for `cargo bench --bench seal`."""

import io
import random
import sys
from pathlib import Path

import pictures
from PIL import Image


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, pixels in [("1mp", 1_000_000), ("12mp", 12_000_000)]:
        numbers = [(f"stamp-{number}", 2 * number, None) for number in range(6)]
        numbers += [(kind, at, [kind]) for at, kind in enumerate(dict.fromkeys(pictures.NEGATIVE))]
        for what, number, only in numbers:
            data, _, _, size = pictures.one(random.Random(f"large-{what}"), "test", number, [], only)
            scale = (pixels / (size[0] * size[1])) ** 0.5
            size = (round(size[0] * scale), round(size[1] * scale))
            image = Image.open(io.BytesIO(data)).convert("RGB").resize(size, Image.BICUBIC)
            grain = Image.effect_noise(size, 6).convert("RGB")
            Image.blend(image, grain, 0.04).save(folder / f"{name}-{what}.jpg", quality=85)


if __name__ == "__main__":
    main(sys.argv[1])
