#!/usr/bin/env python3
"""Writes pages of 1 and 12 megapixels, with a seal and without anything red, for `cargo bench --bench seal`."""

import random
import sys
from pathlib import Path

import pictures
from PIL import Image, ImageDraw


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in [("1mp", (840, 1188)), ("12mp", (3000, 4000))]:
        for sealed in (True, False):
            rng = random.Random(3)
            image = Image.new("RGB", size, (250, 249, 246))
            draw, face = ImageDraw.Draw(image), pictures.font("train", size[0] * 0.02, rng)
            for line in range(40):
                draw.text((size[0] * 0.1, size[1] * (0.05 + 0.02 * line)), pictures.words(rng, pictures.PROSE, 36), font=face, fill=(30, 30, 30))
            if sealed:
                mask, _, _ = pictures.stamp(rng, "train", "round", size[0] * 0.2)
                image = pictures.press(image, mask, (int(size[0] * 0.6), int(size[1] * 0.7)), (205, 30, 40))
            grain = Image.effect_noise(size, 6).convert("RGB")
            image = Image.blend(image, grain, 0.04)
            image.save(folder / f"{name}-{'seal' if sealed else 'no-red'}.jpg", quality=80)


if __name__ == "__main__":
    main(sys.argv[1])
