#!/usr/bin/env python3
"""Pictures of pages with and without an official seal, to train and to measure the seal finder.

    pictures.py OUT --style train|test --seed N --count N [--photos DIR]

Writes OUT/NNNNN.{jpg,png} and OUT/truth.jsonl: class, conditions, and the box of each seal. Everything follows from
the seed. The two styles share neither fonts nor the proportions of stamps, so that what is learnt on one is measured
on the other. Needs Pillow and numpy; the fonts are whatever Chinese fonts are installed (--fonts).
"""

import argparse
import glob
import io
import json
import math
import os
import random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

FONTS = {
    "train": ["/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "/usr/share/fonts/truetype/arphic/uming.ttc"],
    "test": ["/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", "/usr/share/fonts/truetype/arphic/ukai.ttc"],
}
HAN = "湖北省武汉市荆楚质量技术监督检验检测研究院标准化计量认证中心有限公司局所站协会工业产品服务市场管理江汉长阳宜昌襄黄石十堰"
PROSE = "围绕产业发展需求统筹要素资源为企业提供全生命周期服务开展质量提升行动帮助中小微获得绿色认证牵头制定团体地方带动上下游对达"
POSITIVE = ["round", "round", "round", "double", "oval", "oval2"]
NEGATIVE = ["plain", "letterhead", "rules", "redtable", "redtext", "photo", "logo", "roundlogo", "scribble", "handring",
            "fingerprint", "chop", "frame", "certificate", "objects", "banner", "shapes", "whorls", "badge", "badge", "map", "rosette"]


def font(style, size, rng):
    known = [path for path in FONTS[style] if os.path.exists(path)]
    return ImageFont.truetype(rng.choice(known), max(6, int(size)))


def words(rng, letters, length):
    return "".join(rng.choice(letters) for _ in range(length))


def red(rng, style):
    base = rng.choice([(205, 30, 40), (220, 20, 30), (190, 40, 60), (230, 60, 50), (180, 30, 35)] if style == "train" else
                      [(200, 25, 45), (225, 35, 25), (185, 30, 70), (215, 70, 65), (160, 25, 30)])
    return tuple(min(255, max(0, c + rng.randint(-15, 15))) for c in base)


# --- pages ---------------------------------------------------------------------------------------------------------

def page(rng, style):
    """Paper with black writing: a form's table, prose, or nearly nothing."""
    width = rng.randint(620, 1300)
    height = int(width * rng.choice([1.414, 1.414, 1.33, 1.5, 0.75]))
    paper = rng.choice([(255, 255, 255), (252, 251, 247), (247, 247, 249), (250, 244, 232), (238, 238, 234)])
    image = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(image)
    ink = rng.choice([(20, 20, 20), (50, 50, 55), (70, 70, 80)])
    kind = rng.choice(["form", "form", "prose", "sparse", "mixed"])
    margin = width * rng.uniform(0.06, 0.13)
    size = width * rng.uniform(0.016, 0.026)
    face = font(style, size, rng)
    y = height * rng.uniform(0.05, 0.14)
    if kind in ("form", "mixed"):
        bottom = height * rng.uniform(0.75, 0.95)
        line = max(1, int(width / 600))
        rows = sorted(rng.uniform(y, bottom) for _ in range(rng.randint(4, 9)))
        draw.rectangle([margin, y, width - margin, bottom], outline=ink, width=line)
        for at in rows:
            draw.line([margin, at, width - margin, at], fill=ink, width=line)
        column = margin + width * rng.uniform(0.12, 0.25)
        draw.line([column, y, column, rows[-1]], fill=ink, width=line)
        for at in rows:
            draw.text((margin + 5, at + 4), words(rng, HAN, 5), font=face, fill=ink)
            draw.text((column + 5, at + 4), words(rng, PROSE, rng.randint(5, int((width - column - margin) / size) - 1)), font=face, fill=ink)
    if kind in ("prose", "mixed"):
        while y < height * 0.85:
            draw.text((margin, y), words(rng, PROSE, rng.randint(8, max(9, int((width - 2 * margin) / size)))), font=face, fill=ink)
            y += size * rng.uniform(1.3, 1.9)
    if kind == "sparse":
        draw.text((margin, y), "报送单位意见：同意报送", font=face, fill=ink)
        draw.text((width * 0.6, height * 0.75), "2023年6月20日", font=face, fill=ink)
    return image


def letterhead(image, rng, style):
    draw, (width, height) = ImageDraw.Draw(image), image.size
    colour = red(rng, style)
    length = rng.randint(7, 14)
    size = width * 0.78 / length
    y = height * rng.uniform(0.04, 0.12)
    draw.text((width * 0.11, y), words(rng, HAN, length), font=font(style, size, rng), fill=colour)
    y += size * rng.uniform(1.3, 2.2)
    thick = rng.randint(1, 5)
    draw.line([width * 0.08, y, width * 0.92, y + rng.uniform(-4, 4)], fill=colour, width=thick)
    if rng.random() < 0.4:
        draw.line([width * 0.08, y + thick + 4, width * 0.92, y + thick + 4], fill=colour, width=1)
    if rng.random() < 0.3:
        star(draw, width / 2, y, size * 0.4, colour)


def star(draw, x, y, radius, colour, turn=0.0, inner=0.382):
    points = []
    for at in range(10):
        far = radius if at % 2 == 0 else radius * inner
        angle = turn - math.pi / 2 + at * math.pi / 5
        points.append((x + far * math.cos(angle), y + far * math.sin(angle)))
    draw.polygon(points, fill=colour)


# --- stamps --------------------------------------------------------------------------------------------------------

def glyph(style, text, size, stretch, turn, rng):
    face = font(style, size, rng)
    tile = Image.new("L", (int(size * 1.6), int(size * 1.6)), 0)
    ImageDraw.Draw(tile).text((size * 0.8, size * 0.8), text, font=face, fill=255, anchor="mm")
    tile = tile.resize((max(1, int(tile.width * stretch[0])), max(1, int(tile.height * stretch[1]))))
    return tile.rotate(turn, expand=True, resample=Image.BICUBIC)


def stamp(rng, style, kind, long_side):
    """An alpha mask of a stamp, and the half axes of its outer edge."""
    over = 3 if long_side < 160 else 2
    a = long_side * over / 2
    flat = rng.uniform(0.62, 0.8) if kind.startswith("oval") else 1.0
    b = a * flat
    side = int(2 * a + 8)
    mask = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(mask)
    middle = side / 2

    def ring(scale, width):
        draw.ellipse([middle - a * scale, middle - b * scale, middle + a * scale, middle + b * scale], outline=255, width=max(over, int(width)))

    thick = a * (rng.uniform(0.025, 0.06) if style == "train" else rng.uniform(0.03, 0.075))
    ring(1.0, thick)
    if kind in ("double", "oval2"):
        ring(1 - 2.2 * thick / a - rng.uniform(0, 0.03), thick * rng.uniform(0.3, 0.8))
    text = words(rng, HAN, rng.randint(6, 18) if style == "train" else rng.randint(5, 21))
    span = math.radians(rng.uniform(180, 290) if style == "train" else rng.uniform(200, 300))
    scale = rng.uniform(0.74, 0.8) if kind in ("round", "oval") else rng.uniform(0.68, 0.73)
    size = min(a * rng.uniform(0.26, 0.34), 1.25 * a * scale * span / len(text))
    once = font(style, size, rng).path
    for at, letter in enumerate(text):
        angle = -math.pi / 2 - span / 2 + span * (at + 0.5) / len(text)
        normal = math.atan2(math.sin(angle) / flat, math.cos(angle))
        tile = glyph(style, letter, size, (min(1.0, a * scale * span / len(text) / size), 1.0), -math.degrees(normal) - 90, random.Random(once))
        mask.paste(255, (int(middle + a * scale * math.cos(angle) - tile.width / 2), int(middle + b * scale * math.sin(angle) - tile.height / 2)), tile)
    centre = rng.choice(["star", "star", "star", "words", "none", "emblem"])
    if centre == "star":
        star(draw, middle, middle, min(a, b) * rng.uniform(0.24, 0.36), 255)
    if centre == "emblem":
        draw.ellipse([middle - b * 0.3, middle - b * 0.3, middle + b * 0.3, middle + b * 0.3], outline=255, width=int(thick))
        star(draw, middle, middle, b * 0.2, 255)
    if centre in ("words", "star", "none") and rng.random() < 0.5:
        face = font(style, a * 0.2, rng)
        draw.text((middle, middle + (b * 0.45 if centre == "star" else 0)), rng.choice(["合同专用章", "业务专用章", "公章", "检验检测专用章", "财务"]), font=face, fill=255, anchor="mm")
    if rng.random() < 0.4:
        face, digits = font(style, a * 0.1, rng), "4201" + str(rng.randint(10 ** 8, 10 ** 9 - 1))
        for at, digit in enumerate(digits):
            angle = math.pi / 2 + 0.5 - 1.0 * (at + 0.5) / len(digits)
            draw.text((middle + a * 0.84 * math.cos(angle), middle + b * 0.84 * math.sin(angle)), digit, font=face, fill=255, anchor="mm")
    size = max(4, int(mask.width / over))
    mask = mask.resize((size, size), Image.LANCZOS)
    return mask, long_side / 2, long_side / 2 * flat


def ink(mask, rng, alpha):
    """Uneven ink: blotches, speckles, a side that was pressed less."""
    shape = (mask.height, mask.width)
    noise = np.random.default_rng(rng.randint(0, 2 ** 31))
    coarse = Image.fromarray((noise.random((6, 6)) * 255).astype("uint8")).resize((shape[1], shape[0]), Image.BICUBIC)
    field = 1 - rng.uniform(0, 0.6) * np.asarray(coarse) / 255.0
    if rng.random() < 0.5:
        field = field * (noise.random(shape) > rng.uniform(0, 0.2))
    if rng.random() < 0.25:
        turn = rng.uniform(0, 2 * math.pi)
        ys, xs = np.mgrid[0:shape[0], 0:shape[1]]
        field = field * np.clip(0.75 + (math.cos(turn) * (xs / shape[1] - 0.5) + math.sin(turn) * (ys / shape[0] - 0.5)) * 0.9, 0.25, 1)
    return Image.fromarray(np.clip(np.asarray(mask) * field * alpha, 0, 255).astype("uint8"))


def press(image, mask, place, colour):
    """Ink on paper: what is darker below stays darker."""
    layer = Image.new("RGB", image.size, (255, 255, 255))
    full = Image.new("L", image.size, 0)
    full.paste(mask, place)
    layer.paste(colour, (0, 0), full)
    return ImageChops.multiply(image, layer)


def put_seal(image, rng, style, kind, share, truth):
    width, height = image.size
    long_side = max(14, share * width)
    mask, a, b = stamp(rng, style, kind, long_side)
    turn = rng.choice([0, rng.uniform(-12, 12), rng.uniform(-45, 45), rng.uniform(-180, 180)])
    mask = mask.rotate(turn, expand=True, resample=Image.BICUBIC)
    alpha = rng.choice([rng.uniform(0.3, 0.45), rng.uniform(0.45, 0.7), rng.uniform(0.7, 1.0), rng.uniform(0.7, 1.0)])
    mask = ink(mask, rng, alpha)
    cut = 0.0
    x, y = rng.uniform(a, max(a + 1, width - a)), rng.uniform(b, max(b + 1, height - b))
    if rng.random() < 0.6:
        x, y = rng.uniform(0.45, 0.85) * width, rng.uniform(0.5, 0.9) * height
    if rng.random() < 0.1:
        cut = rng.uniform(0.08, 0.45)
        x = width - a + 2 * a * cut if rng.random() < 0.6 else a - 2 * a * cut
    image = press(image, mask, (int(x - mask.width / 2), int(y - mask.height / 2)), red(rng, style))
    angle = math.radians(-turn)
    outline = [(x + a * math.cos(t) * math.cos(angle) - b * math.sin(t) * math.sin(angle), y + a * math.cos(t) * math.sin(angle) + b * math.sin(t) * math.cos(angle))
               for t in (2 * math.pi * at / 48 for at in range(48))]
    truth["seals"].append(outline)
    truth.update(alpha=round(alpha, 2), share=round(long_side / width, 3), cut=round(cut, 2))
    return image


# --- what is red and no seal -----------------------------------------------------------------------------------------

def wobbly(rng, x, y, a, b, start, span, wobble):
    phases = [(rng.uniform(0, 6.28), rng.uniform(0, wobble)) for _ in range(4)]
    points = []
    for at in range(61):
        t = start + span * at / 60
        far = 1 + sum(size * math.sin(t * (n + 1) + phase) for n, (phase, size) in enumerate(phases))
        points.append((x + a * far * math.cos(t), y + b * far * math.sin(t)))
    return points


def negative(rng, style, kind, photos):
    if kind in ("photo", "objects", "banner"):
        return photograph(rng, style, kind, photos)
    image = page(rng, style)
    draw, (width, height) = ImageDraw.Draw(image), image.size
    colour = red(rng, style)
    at = (rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.85) * height)
    size = rng.uniform(0.05, 0.16) * width
    if kind == "letterhead" or (kind not in ("plain",) and rng.random() < 0.15):
        letterhead(image, rng, style)
    if kind == "rules":
        for _ in range(rng.randint(1, 6)):
            y = rng.uniform(0.05, 0.95) * height
            draw.line([rng.uniform(0, 0.3) * width, y, rng.uniform(0.6, 1) * width, y], fill=colour, width=rng.randint(1, 8))
    if kind == "redtable":
        rows, columns = rng.randint(3, 14), rng.randint(2, 7)
        left, top, right, bottom = width * 0.1, height * 0.2, width * 0.9, height * rng.uniform(0.5, 0.9)
        for row in range(rows + 1):
            y = top + (bottom - top) * row / rows
            draw.line([left, y, right, y], fill=colour, width=2)
        for column in range(columns + 1):
            x = left + (right - left) * column / columns
            draw.line([x, top, x, bottom], fill=colour, width=2)
        face = font(style, (bottom - top) / rows * 0.5, rng)
        for row in range(rows):
            if rng.random() < 0.6:
                draw.text((left + 4, top + (bottom - top) * row / rows + 3), words(rng, PROSE, rng.randint(2, 9)), font=face, fill=rng.choice([colour, (30, 30, 30)]))
    if kind == "redtext":
        for _ in range(rng.randint(1, 12)):
            face = font(style, width * rng.uniform(0.015, 0.06), rng)
            draw.text((rng.uniform(0.05, 0.4) * width, rng.uniform(0.05, 0.95) * height), words(rng, PROSE, rng.randint(2, 24)), font=face, fill=colour)
    if kind in ("logo", "roundlogo"):
        logo(image, draw, rng, style, kind, at, size, colour)
    if kind == "scribble":
        for _ in range(rng.randint(1, 6)):
            x, y = rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.9) * height
            what = rng.choice(["tick", "line", "wave", "cross", "signature"])
            s = rng.uniform(0.02, 0.1) * width
            lines = {"tick": [(x, y), (x + s * 0.3, y + s * 0.4), (x + s, y - s * 0.5)], "line": [(x, y), (x + 3 * s, y + rng.uniform(-5, 5))],
                     "wave": [(x + s * t / 5, y + s * 0.1 * (-1) ** t) for t in range(15)], "cross": [(x, y), (x + s, y + s), (x + s / 2, y + s / 2), (x + s, y), (x, y + s)],
                     "signature": [(x + s * t / 6 + rng.uniform(-s, s) / 3, y + rng.uniform(-s, s) / 2) for t in range(16)]}[what]
            draw.line(lines, fill=colour, width=rng.randint(2, 6), joint="curve")
    if kind == "handring":
        for _ in range(rng.randint(1, 3)):
            x, y = rng.uniform(0.15, 0.85) * width, rng.uniform(0.15, 0.85) * height
            s = rng.uniform(0.04, 0.14) * width
            draw.line(wobbly(rng, x, y, s, s * rng.uniform(0.35, 1), rng.uniform(0, 6), rng.uniform(5.6, 7.2), 0.08), fill=colour, width=rng.randint(2, 6), joint="curve")
    if kind == "fingerprint":
        fingerprint(image, rng, at, rng.uniform(0.015, 0.05) * width, colour)
    if kind == "chop":
        chop(image, draw, rng, style, at, size, colour)
    if kind == "frame":
        for _ in range(rng.randint(1, 3)):
            x0, y0 = rng.uniform(0.02, 0.4) * width, rng.uniform(0.02, 0.4) * height
            x1, y1 = rng.uniform(0.6, 0.98) * width, rng.uniform(0.6, 0.98) * height
            draw.rounded_rectangle([x0, y0, x1, y1], radius=rng.choice([0, 0, 20, 80]), outline=colour, width=rng.randint(1, 10))
    if kind == "certificate":
        certificate(draw, rng, style, width, height, colour)
    if kind == "whorls":
        for _ in range(rng.randint(1, 4)):
            whorl(draw, rng, rng.uniform(0.15, 0.85) * width, rng.uniform(0.2, 0.9) * height, rng.uniform(0.012, 0.045) * width, colour)
    if kind == "badge":
        badge(draw, rng, style, at, rng.uniform(0.02, 0.09) * width, colour)
    if kind == "map":
        for _ in range(rng.randint(5, 22)):
            x, y, s = rng.uniform(0, 1) * width, rng.uniform(0, 1) * height, rng.uniform(0.04, 0.2) * width
            corners = rng.randint(5, 11)
            outline = [(x + s * rng.uniform(0.6, 1.2) * math.cos(6.283 * t / corners), y + s * rng.uniform(0.6, 1.2) * math.sin(6.283 * t / corners)) for t in range(corners)]
            draw.polygon(outline, outline=rng.choice([colour, (110, 110, 120)]), fill=rng.choice([None, (250, 228, 222), (228, 240, 230), (250, 248, 220)]), width=rng.randint(2, 5))
        for _ in range(rng.randint(0, 30)):
            x, y, s = rng.uniform(0, 1) * width, rng.uniform(0, 1) * height, rng.uniform(0.003, 0.012) * width
            draw.ellipse([x - s, y - s, x + s, y + s], fill=colour)
    if kind == "rosette":
        for _ in range(rng.randint(1, 3)):
            x, y, s, n = rng.uniform(0.15, 0.85) * width, rng.uniform(0.15, 0.85) * height, rng.uniform(0.03, 0.1) * width, rng.randint(12, 30)
            deep = rng.uniform(0.8, 0.92)
            draw.polygon([(x + s * (1 if t % 2 else deep) * math.cos(t * math.pi / n), y + s * (1 if t % 2 else deep) * math.sin(t * math.pi / n)) for t in range(2 * n)], fill=colour)
            if rng.random() < 0.6:
                draw.ellipse([x - s * 0.7, y - s * 0.7, x + s * 0.7, y + s * 0.7], outline=rng.choice(["white", (215, 175, 80)]), width=max(1, int(s * 0.06)))
            draw.text((x, y), rng.choice(["奖", "优", "1", "先进", "一等奖"]), font=font(style, s * 0.5, rng), fill=rng.choice(["white", (230, 200, 100)]), anchor="mm")
    if kind == "shapes":
        for _ in range(rng.randint(1, 7)):
            x, y, s = rng.uniform(0, 1) * width, rng.uniform(0, 1) * height, rng.uniform(0.02, 0.25) * width
            what = rng.choice(["disc", "box", "arc", "star", "triangle", "pie", "bars"])
            if what == "disc":
                draw.ellipse([x - s / 2, y - s / 2, x + s / 2, y + s / 2], fill=colour)
            elif what == "box":
                draw.rectangle([x, y, x + s, y + s * rng.uniform(0.2, 1)], fill=colour)
            elif what == "arc":
                start = rng.uniform(0, 360)
                draw.arc([x - s, y - s, x + s, y + s], start, start + rng.uniform(40, 170), fill=colour, width=rng.randint(2, 30))
            elif what == "star":
                star(draw, x, y, s / 2, colour, rng.uniform(0, 1))
            elif what == "triangle":
                draw.polygon([(x, y), (x + s, y), (x + s / 2, y - s)], outline=colour, width=rng.randint(2, 8))
            elif what == "pie":
                draw.pieslice([x - s, y - s, x + s, y + s], 0, rng.uniform(60, 250), fill=colour)
                draw.pieslice([x - s, y - s, x + s, y + s], 250, 360, fill=(60, 110, 190))
            else:
                for bar in range(rng.randint(3, 8)):
                    draw.rectangle([x + bar * s / 4, y - rng.uniform(0.1, 1) * s, x + bar * s / 4 + s / 6, y], fill=colour if bar % 2 else (70, 120, 190))
    return image


def logo(image, draw, rng, style, kind, at, size, colour):
    (x, y) = at
    if kind == "logo":
        what = rng.choice(["box", "word", "swoosh", "shield", "diamond"])
        if what == "box":
            draw.rectangle([x - size, y - size / 2, x + size, y + size / 2], fill=colour)
            draw.text((x, y), words(rng, HAN, 4), font=font(style, size * 0.4, rng), fill="white", anchor="mm")
        elif what == "word":
            draw.text((x, y), rng.choice(["CNAS", "CMA", "NQI", "质量"]), font=font(style, size, rng), fill=colour, anchor="mm")
        elif what == "swoosh":
            draw.pieslice([x - size, y - size, x + size, y + size], 20, 160, fill=colour)
            draw.pieslice([x - size, y - size * 1.4, x + size, y + size * 0.6], 10, 170, fill="white")
        elif what == "shield":
            draw.polygon([(x - size / 2, y - size / 2), (x + size / 2, y - size / 2), (x + size / 2, y), (x, y + size * 0.7), (x - size / 2, y)], fill=colour)
        else:
            draw.polygon([(x, y - size / 2), (x + size / 2, y), (x, y + size / 2), (x - size / 2, y)], outline=colour, width=int(size / 10) + 1)
        return
    box = [x - size / 2, y - size / 2, x + size / 2, y + size / 2]
    what = rng.choice(["disc", "wheel", "crescent", "gear", "rings", "sign"])
    if what == "disc":
        draw.ellipse(box, fill=colour)
        draw.text((x, y), rng.choice(["Q", "质", "N", "检"]), font=font(style, size * 0.6, rng), fill="white", anchor="mm")
    elif what == "wheel":
        draw.ellipse(box, outline=colour, width=int(size * 0.12) + 1)
        draw.text((x, y), rng.choice(["Q", "M", "质", "标"]), font=font(style, size * 0.5, rng), fill=colour, anchor="mm")
    elif what == "crescent":
        draw.ellipse(box, fill=colour)
        draw.ellipse([x - size * 0.3, y - size * 0.45, x + size * 0.6, y + size * 0.4], fill="white")
    elif what == "gear":
        draw.polygon([(x + size / 2 * (1 if t % 4 < 2 else 0.8) * math.cos(t * math.pi / 20), y + size / 2 * (1 if t % 4 < 2 else 0.8) * math.sin(t * math.pi / 20)) for t in range(40)], fill=colour)
        draw.ellipse([x - size / 4, y - size / 4, x + size / 4, y + size / 4], fill="white")
    elif what == "rings":
        for n in range(3):
            draw.ellipse([x - size / 2 + n * size * 0.4, y - size / 4, x + n * size * 0.4, y + size / 4], outline=colour if n != 1 else (40, 90, 180), width=int(size * 0.06) + 1)
    else:
        draw.ellipse(box, outline=colour, width=int(size * 0.1) + 1)
        draw.line([x - size * 0.33, y - size * 0.33, x + size * 0.33, y + size * 0.33], fill=colour, width=int(size * 0.1) + 1)


def whorl(draw, rng, x, y, radius, colour):
    """Ridges round one another, as of a finger; open here and there."""
    flat, turn = rng.uniform(0.6, 0.95), rng.uniform(0, 360)
    ridges = rng.randint(4, 11)
    for n in range(1, ridges + 1):
        r = radius * (n + rng.uniform(-0.15, 0.15)) / ridges
        start = turn + rng.uniform(0, 360)
        draw.arc([x - r * flat, y - r, x + r * flat, y + r], start, start + rng.uniform(150, 360), fill=colour, width=max(1, int(radius * rng.uniform(0.03, 0.09))))


def badge(draw, rng, style, at, s, colour):
    """A small round mark of a firm, a programme or a body."""
    x, y = at
    box = lambda scale, flat=1.0: [x - s * scale * flat, y - s * scale, x + s * scale * flat, y + s * scale]
    what = rng.choice(["target", "globe", "swirl", "petals", "letter", "letters", "halves", "spokes"])
    thick = max(1, int(s * rng.uniform(0.05, 0.2)))
    if what == "target":
        rings = rng.randint(2, 4)
        for n in range(rings):
            draw.ellipse(box(1 - n / rings), fill=colour if n % 2 == 0 else rng.choice(["white", (40, 90, 170)]))
    elif what == "globe":
        draw.ellipse(box(1), outline=colour, width=thick)
        draw.ellipse(box(1, rng.uniform(0.3, 0.6)), outline=colour, width=thick)
        for n in rng.choice([[0.0], [-0.4, 0.4], [-0.5, 0.0, 0.5]]):
            reach = s * math.sqrt(1 - n * n)
            draw.line([x - reach, y + n * s, x + reach, y + n * s], fill=colour, width=thick)
    elif what == "swirl":
        for n in range(rng.randint(2, 4)):
            start = rng.uniform(0, 360)
            draw.arc(box(1 - 0.22 * n), start, start + rng.uniform(150, 330), fill=colour, width=thick)
    elif what == "petals":
        count = rng.randint(3, 8)
        for n in range(count):
            draw.pieslice(box(1), n * 360 / count, (n + rng.uniform(0.4, 0.8)) * 360 / count, fill=colour)
        if rng.random() < 0.5:
            draw.ellipse(box(rng.uniform(0.2, 0.6)), fill="white")
    elif what in ("letter", "letters"):
        draw.ellipse(box(1), outline=colour, width=thick)
        mark = rng.choice(["Q", "N", "质", "检", "标", "R"]) if what == "letter" else rng.choice(["CQC", "CMA", "质量", "ISO", "51", "QS"])
        draw.text((x, y), mark, font=font(style, s * (1.2 if what == "letter" else 0.7), rng), fill=rng.choice([colour, colour, (30, 30, 30)]), anchor="mm")
        if rng.random() < 0.3:
            draw.ellipse(box(0.8), outline=colour, width=max(1, thick // 2))
    elif what == "halves":
        draw.pieslice(box(1), 90, 270, fill=colour)
        draw.arc(box(1), 270, 450, fill=colour, width=thick)
    else:
        draw.ellipse(box(1), outline=colour, width=thick)
        for n in range(rng.randint(3, 8)):
            turn = rng.uniform(0, 3.14)
            draw.line([x - s * math.cos(turn), y - s * math.sin(turn), x + s * math.cos(turn), y + s * math.sin(turn)], fill=colour, width=thick)


def fingerprint(image, rng, at, radius, colour):
    side = int(radius * 2.6)
    noise = np.random.default_rng(rng.randint(0, 2 ** 31))
    ys, xs = np.mgrid[0:side, 0:side] - side / 2
    bend = np.asarray(Image.fromarray((noise.random((5, 5)) * 255).astype("uint8")).resize((side, side), Image.BICUBIC)) / 255.0
    distance = np.hypot(xs, ys * 0.75)
    ridges = np.sin(distance / radius * 26 + bend * 9) > -0.1
    mask = (ridges & (distance < radius * (0.85 + 0.25 * bend))) * 255 * rng.uniform(0.5, 1)
    image.paste(press(image, Image.fromarray(mask.astype("uint8")), (int(at[0]), int(at[1])), colour))


def chop(image, draw, rng, style, at, size, colour):
    x, y = at
    tall = size * rng.uniform(0.6, 1.2)
    box = [x - size / 2, y - tall / 2, x + size / 2, y + tall / 2]
    filled = rng.random() < 0.3
    if filled:
        draw.rounded_rectangle(box, radius=size * rng.choice([0, 0.05, 0.12]), fill=colour)
    else:
        draw.rounded_rectangle(box, radius=size * rng.choice([0, 0.05, 0.12]), outline=colour, width=max(2, int(size * 0.05)))
    cells = rng.choice([(1, 2), (2, 2), (2, 3)])
    face = font(style, min(size / cells[1], tall / cells[0]) * 0.8, rng)
    for row in range(cells[0]):
        for column in range(cells[1]):
            centre = (x - size / 2 + size * (column + 0.5) / cells[1], y - tall / 2 + tall * (row + 0.5) / cells[0])
            draw.text(centre, rng.choice(HAN), font=face, fill="white" if filled else colour, anchor="mm")


def certificate(draw, rng, style, width, height, colour):
    gold = (200, 160, 70)
    for n in range(rng.randint(2, 4)):
        inset = width * (0.02 + 0.015 * n)
        draw.rectangle([inset, inset, width - inset, height - inset], outline=rng.choice([colour, gold]), width=rng.randint(1, 7))
    for x, y in [(0.06, 0.06), (0.94, 0.06), (0.06, 0.94), (0.94, 0.94)]:
        for n in range(rng.randint(1, 4)):
            s = width * (0.02 + 0.014 * n)
            draw.arc([x * width - s, y * height - s, x * width + s, y * height + s], rng.uniform(0, 180), rng.uniform(200, 360), fill=rng.choice([colour, gold]), width=rng.randint(1, 4))
    draw.text((width / 2, height * 0.2), rng.choice(["荣誉证书", "获奖证书", "证书"]), font=font(style, width * 0.11, rng), fill=colour, anchor="mm")
    if rng.random() < 0.5:
        x, y, s = width * 0.5, height * 0.32, width * 0.05
        draw.polygon([(x + s * (1 if t % 2 else 0.85) * math.cos(t * math.pi / 16), y + s * (1 if t % 2 else 0.85) * math.sin(t * math.pi / 16)) for t in range(32)], fill=colour)


def photograph(rng, style, kind, photos):
    noise = np.random.default_rng(rng.randint(0, 2 ** 31))
    if kind == "photo" and photos and rng.random() < 0.6:
        image = Image.open(rng.choice(photos)).convert("RGB")
        crop = rng.uniform(0.5, 1)
        w, h = max(40, int(image.width * crop)), max(40, int(image.height * crop))
        x, y = rng.randint(0, max(0, image.width - w)), rng.randint(0, max(0, image.height - h))
        image = image.crop((x, y, x + w, y + h))
        image = image.resize((1000, max(60, min(1600, int(1000 * h / w)))))
        return image.transpose(Image.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else image
    width, height = rng.choice([(1200, 900), (900, 1200), (1000, 750)])
    layers = [np.asarray(Image.fromarray((noise.random((rng.randint(3, 12),) * 2) * 255).astype("uint8")).resize((width, height), Image.BICUBIC)) for _ in range(3)]
    image = Image.fromarray(np.stack(layers, -1)).filter(ImageFilter.GaussianBlur(rng.uniform(0, 6)))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(5, 40)):
        x, y, s = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(10, 250)
        c = tuple(rng.randint(0, 255) for _ in range(3))
        rng.choice([draw.rectangle, draw.ellipse])([x, y, x + s, y + s * rng.uniform(0.3, 2)], fill=c)
    colour = red(rng, style)
    if kind == "banner":
        y = rng.uniform(0.1, 0.7) * height
        draw.rectangle([width * 0.05, y, width * 0.95, y + height * 0.1], fill=colour)
        draw.text((width / 2, y + height * 0.05), words(rng, PROSE, 14), font=font(style, width * 0.05, rng), fill=rng.choice(["white", (255, 230, 80)]), anchor="mm")
    if kind == "objects":
        if rng.random() < 0.5:
            image = Image.new("RGB", (width, height), rng.choice([(250, 250, 250), (230, 232, 236), (210, 200, 190)]))
            draw = ImageDraw.Draw(image)
        for _ in range(rng.randint(1, 9)):
            x, y, s = rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.9) * height, rng.uniform(25, 160)
            dark = tuple(c // 2 for c in colour)
            what = rng.choice(["apple", "plate", "wheel", "lantern", "button", "ring"])
            for n in range(12):
                t = s * (1 - n / 12)
                shade = tuple(int(d + (c - d) * n / 12) for c, d in zip(colour, dark))
                if what in ("apple", "button"):
                    draw.ellipse([x - t - n, y - t - n, x + t - n, y + t - n], fill=shade)
                elif what == "lantern":
                    draw.ellipse([x - t, y - s * 0.8, x + t, y + s * 0.8], fill=shade)
            if what == "plate":
                draw.ellipse([x - s, y - s * 0.7, x + s, y + s * 0.7], fill=(240, 240, 240), outline=colour, width=int(s * 0.08) + 1)
                draw.ellipse([x - s * 0.6, y - s * 0.42, x + s * 0.6, y + s * 0.42], outline=(200, 200, 200), width=2)
            elif what == "wheel":
                draw.ellipse([x - s, y - s, x + s, y + s], fill=(30, 30, 30), outline=colour, width=int(s * 0.15) + 1)
            elif what == "button":
                draw.ellipse([x - s / 3 - 8, y - s / 3 - 8, x + s / 8, y + s / 8], fill=tuple(min(255, c + 80) for c in colour))
            elif what == "ring":
                draw.ellipse([x - s, y - s * 0.5, x + s, y + s * 0.5], outline=colour, width=int(s * 0.2) + 2)
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.5)))


# --- the camera ------------------------------------------------------------------------------------------------------

def homography(source, target):
    rows = []
    for (x, y), (u, v) in zip(target, source):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    return np.linalg.solve(np.array(rows, float), np.array(source, float).reshape(8))


def shoot(image, rng, truth):
    """A scanner, a phone, or neither; light, blur, noise."""
    width, height = image.size
    camera = rng.choice(["flat", "scan", "phone", "phone"])
    truth["camera"] = camera
    if camera == "phone":
        edge = rng.uniform(0.0, 0.09)
        corners = [(0, 0), (width, 0), (width, height), (0, height)]
        moved = [(x + rng.uniform(-edge, edge) * width * (1 if rng.random() < 0.7 else 0), y + rng.uniform(-edge, edge) * height) for x, y in corners]
        c = homography(corners, moved)
        table = tuple(rng.randint(60, 200) for _ in range(3))
        image = image.transform(image.size, Image.PERSPECTIVE, c, Image.BICUBIC, fillcolor=table)
        back = np.linalg.inv(np.array([[c[0], c[1], c[2]], [c[3], c[4], c[5]], [c[6], c[7], 1]]))
        move = lambda p: (lambda q: (q[0] / q[2], q[1] / q[2]))(back @ np.array([p[0], p[1], 1]))
        truth["seals"] = [[move(point) for point in outline] for outline in truth["seals"]]
    if camera == "scan" and rng.random() < 0.6:
        turn = rng.uniform(-3, 3)
        image = image.rotate(turn, resample=Image.BICUBIC, fillcolor=(255, 255, 255))
        c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        move = lambda p: ((p[0] - width / 2) * c + (p[1] - height / 2) * s + width / 2, -(p[0] - width / 2) * s + (p[1] - height / 2) * c + height / 2)
        truth["seals"] = [[move(point) for point in outline] for outline in truth["seals"]]
    pixels = np.asarray(image).astype(np.float32)
    noise = np.random.default_rng(rng.randint(0, 2 ** 31))
    if camera == "phone":
        ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
        turn = rng.uniform(0, 6.28)
        light = 1 - rng.uniform(0, 0.5) * (0.5 + 0.5 * ((xs / width - 0.5) * math.cos(turn) + (ys / height - 0.5) * math.sin(turn)))
        if rng.random() < 0.4:
            light = light * np.where((xs / width) * math.cos(turn) + (ys / height) * math.sin(turn) > rng.uniform(-0.3, 0.9), rng.uniform(0.55, 0.85), 1)
        pixels *= light[..., None] * np.array([rng.uniform(0.86, 1), rng.uniform(0.86, 1), rng.uniform(0.75, 1)], np.float32)
    sigma = rng.choice([0, 0, rng.uniform(0.3, 0.8), rng.uniform(0.8, 1.6)])
    grain = rng.choice([0, 1, 3, rng.uniform(3, 8)]) if camera != "flat" else 0
    image = Image.fromarray(np.clip(pixels, 0, 255).astype("uint8"))
    if sigma:
        image = image.filter(ImageFilter.GaussianBlur(sigma))
    if grain:
        image = Image.fromarray(np.clip(np.asarray(image).astype(np.float32) + noise.normal(0, grain, (height, width, 3)), 0, 255).astype("uint8"))
    truth["blur"] = round(sigma, 1)
    return image


def one(rng, style, number, photos, only=None):
    sealed = number % 2 == 0 and not only
    kind = rng.choice(POSITIVE) if sealed else only[number % len(only)] if only else NEGATIVE[number // 2 % len(NEGATIVE)]
    truth = {"class": kind, "seals": []}
    if sealed:
        image = page(rng, style)
        truth["head"] = rng.random() < 0.25
        if truth["head"]:
            letterhead(image, rng, style)
        if rng.random() < 0.12:
            ImageDraw.Draw(image).text((image.width * 0.5, image.height * 0.7), words(rng, PROSE, 8), font=font(style, image.width * 0.03, rng), fill=red(rng, style))
        share = rng.choice([rng.uniform(0.05, 0.1), rng.uniform(0.1, 0.2), rng.uniform(0.1, 0.25), rng.uniform(0.2, 0.4)])
        image = put_seal(image, rng, style, kind, share, truth)
    else:
        image = negative(rng, style, kind, photos)
    image = shoot(image, rng, truth)
    if rng.random() < 0.02:
        image = image.convert("L")
        truth["grey"] = True
    quality = rng.choice([rng.randint(30, 50), rng.randint(50, 75), rng.randint(75, 92)])
    truth["quality"] = quality
    out = io.BytesIO()
    if rng.random() < 0.1:
        image.save(out, "PNG")
        truth["quality"] = 100
        return out.getvalue(), "png", truth, image.size
    image.save(out, "JPEG", quality=quality, subsampling=rng.choice([0, 2]), progressive=rng.random() < 0.1)
    return out.getvalue(), "jpg", truth, image.size


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--style", choices=["train", "test"], required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--photos", help="a folder of real photographs, half of which each style uses")
    parser.add_argument("--only", type=lambda kinds: kinds.split(","), help="no stamps, and of what is none these kinds: badge,map,whorls")
    given = parser.parse_args()
    os.makedirs(given.out, exist_ok=True)
    found = glob.glob(os.path.join(given.photos, "**", "*"), recursive=True) if given.photos else []
    photos = sorted(path for path in found if path.lower().endswith((".jpg", ".png")) and "seal" not in path.lower() and os.path.getsize(path) > 20000)
    photos = photos[::2] if given.style == "train" else photos[1::2]
    with open(os.path.join(given.out, "truth.jsonl"), "w") as truths:
        for number in range(given.count):
            rng = random.Random(f"{given.style}-{given.seed}-{number}")
            data, extension, truth, size = one(rng, given.style, number, photos, given.only)
            name = f"{number:05}.{extension}"
            with open(os.path.join(given.out, name), "wb") as file:
                file.write(data)
            truth["seals"] = [[round(min(x for x, _ in o)), round(min(y for _, y in o)), round(max(x for x, _ in o)), round(max(y for _, y in o))] for o in truth["seals"]]
            truths.write(json.dumps({"file": name, "size": size, **truth}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
