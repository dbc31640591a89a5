#!/usr/bin/env python3
"""Writes photograph.jpg and scan.jpg beside this file: about 110 kB each, as a phone and a scanner send them. Needs Pillow and numpy."""

import io
import random
import sys
from pathlib import Path

import numpy
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "seal"))
import pictures  # noqa: E402

SIZE = 110_000


def photograph():
    """A workshop's blurred shapes under a sensor's noise, in all colours but a stamp's."""
    noise, image = numpy.random.default_rng(5), numpy.zeros((960, 1280, 3))
    for scale, weight in [(8, 100), (40, 60), (160, 30), (480, 12)]:
        rough = noise.random((scale * 3 // 4, scale, 3)) * [0.7, 1, 0.9]
        layer = Image.fromarray((rough * 255).astype("uint8")).resize((1280, 960), Image.BICUBIC)
        image += numpy.asarray(layer) / 255 * weight
    return Image.fromarray(numpy.clip(image + 30, 0, 255).astype("uint8"))


def scan():
    """A page of one megapixel with a round stamp."""
    rng, size = random.Random(3), (840, 1188)
    image = Image.new("RGB", size, (250, 249, 246))
    draw, face = ImageDraw.Draw(image), pictures.font("train", size[0] * 0.02, rng)
    for line in range(12):
        draw.text((size[0] * 0.12, size[1] * (0.09 + 0.06 * line)), pictures.words(rng, pictures.PROSE, rng.randint(6, 30)), font=face, fill=(30, 30, 30))
        draw.line((size[0] * 0.1, size[1] * (0.13 + 0.06 * line), size[0] * 0.9, size[1] * (0.13 + 0.06 * line)), fill=(40, 40, 40), width=2)
    mask, _, _ = pictures.stamp(rng, "train", "round", size[0] * 0.2)
    image = pictures.press(image, mask, (int(size[0] * 0.6), int(size[1] * 0.7)), (205, 30, 40))
    return Image.blend(image, Image.effect_noise(size, 6).convert("RGB"), 0.04)


def fitted(image):
    """The JPEG whose size is nearest below."""
    for quality in range(95, 20, -1):
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        if file.tell() <= SIZE:
            return file.getvalue()
    raise SystemExit("too large at any quality")


for name, image in [("photograph.jpg", photograph()), ("scan.jpg", scan())]:
    (HERE / name).write_bytes(fitted(image))
