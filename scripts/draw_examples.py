#!/usr/bin/env python3
"""Draws the pictures of the example blogs: the same ones every time, so they can be drawn again.

    python scripts/draw_examples.py            draw them all into examples/
    python scripts/draw_examples.py dawn rain  only these

Everything is made of soft gradients and layered outlines, painted at twice the size and scaled down.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

ROOT = Path(__file__).resolve().parents[1]
HUGO, JEKYLL = ROOT / "examples" / "hugo-blog", ROOT / "examples" / "jekyll-blog"
USER_IMAGES = ".yearbook/mirror/user-images.githubusercontent.com/1234567"
ATTACHMENTS = ".yearbook/mirror/github.com/user-attachments/assets"
RAW = ".yearbook/mirror/raw.githubusercontent.com"

Colour = tuple[int, int, int]
Point = tuple[float, float]
Stops = Sequence[tuple[float, Colour]]
SCALE = 2
MASK = "L"


def rgb(code: str) -> Colour:
    """Give the colour that `code` (six hexadecimal digits) names."""
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


def stops(*pairs: tuple[float, str]) -> Stops:
    """Give gradient stops from places (0 to 1) and colour codes."""
    return [(at, rgb(code)) for at, code in pairs]


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Give the colour that lies between two, `share` of the way."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def at_stop(gradient: Stops, place: float) -> Colour:
    """Give a gradient's colour at `place`, eased so that no stop shows as a line."""
    for (low, one), (high, other) in pairwise(gradient):
        if place <= high:
            share = (place - low) / (high - low)
            return mix(one, other, share * share * (3 - 2 * share))
    return gradient[-1][1]


def fade(size: tuple[int, int], gradient: Stops) -> Image.Image:
    """Give a picture that runs through the gradient from its top to its bottom."""
    column = Image.new("RGB", (1, size[1]))
    for y in range(size[1]):
        column.putpixel((0, y), at_stop(gradient, y / size[1]))
    return column.resize(size)


class Canvas:
    """A picture being painted, measured in units of its final pixels."""

    def __init__(self, width: int, height: int, gradient: Stops) -> None:
        self.width, self.height = width, height
        self.image = fade((width * SCALE, height * SCALE), gradient)

    def mask(self) -> Image.Image:
        """Give an empty mask of the picture's size."""
        return Image.new(MASK, self.image.size, 0)

    def paint(self, mask: Image.Image, colour: Colour, opacity: float = 1, blur: float = 0) -> None:
        """Lay a colour over the masked part."""
        box = mask.getbbox()
        if box is None:
            return
        rim = round(blur * SCALE * 3)
        box = (max(0, box[0] - rim), max(0, box[1] - rim), box[2] + rim, box[3] + rim)
        box = (*box[:2], min(mask.width, box[2]), min(mask.height, box[3]))
        part = mask.crop(box)
        if blur:
            part = part.filter(ImageFilter.GaussianBlur(blur * SCALE))
        if opacity < 1:
            part = part.point([round(level * opacity) for level in range(256)])
        self.image.paste(colour, box, part)

    def polygon(self, points: Sequence[Point], colour: Colour, opacity: float = 1, blur: float = 0) -> None:
        """Fill an outline."""
        mask = self.mask()
        ImageDraw.Draw(mask).polygon([(x * SCALE, y * SCALE) for x, y in points], fill=255)
        self.paint(mask, colour, opacity, blur)

    def ellipse(self, box: Sequence[float], colour: Colour, opacity: float = 1, blur: float = 0) -> None:
        """Fill an ellipse given by its left, top, right and bottom."""
        mask = self.mask()
        ImageDraw.Draw(mask).ellipse([value * SCALE for value in box], fill=255)
        self.paint(mask, colour, opacity, blur)

    def box(
        self, box: Sequence[float], colour: Colour, opacity: float = 1, blur: float = 0, r: float = 0
    ) -> None:
        """Fill a box, its corners rounded by `r`."""
        mask = self.mask()
        corners = [value * SCALE for value in box]
        ImageDraw.Draw(mask).rounded_rectangle(corners, radius=r * SCALE, fill=255)
        self.paint(mask, colour, opacity, blur)

    def line(
        self, points: Sequence[Point], width: float, colour: Colour, opacity: float = 1, blur: float = 0
    ) -> None:
        """Draw a line with round joints."""
        mask = self.mask()
        pen = ImageDraw.Draw(mask)
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        pen.line(scaled, fill=255, width=max(1, round(width * SCALE)), joint="curve")
        self.paint(mask, colour, opacity, blur)

    def glow(
        self, x: float, y: float, radius: float, colour: Colour, opacity: float = 1, power: float = 2
    ) -> None:
        """Lay a light with no edge around a point."""
        side = round(radius * 2 * SCALE)
        light = Image.radial_gradient(MASK).point(
            [round(255 * opacity * max(0.0, 1 - level / 180) ** power) for level in range(256)]
        )
        mask = self.mask()
        corner = (round((x - radius) * SCALE), round((y - radius) * SCALE))
        mask.paste(light.resize((side, side), Image.Resampling.BICUBIC), corner)
        self.paint(mask, colour)

    def text(self, x: float, y: float, words: str, font: str, size: float, colour: Colour) -> None:
        """Write words with a bundled font; (x, y) is the left end of the base line."""
        face = ImageFont.truetype(str(ROOT / "fonts" / font), round(size * SCALE))
        ImageDraw.Draw(self.image).text((x * SCALE, y * SCALE), words, font=face, fill=colour, anchor="ls")

    def reflect(self, horizon: float, tint: Colour, strength: float) -> None:
        """Turn what lies under `horizon` into still water that mirrors what is above it."""
        edge = round(horizon * SCALE)
        depth = self.image.height - edge
        above = self.image.crop((0, max(0, edge - depth), self.image.width, edge))
        water = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((self.image.width, depth))
        water = water.filter(ImageFilter.BoxBlur((2 * SCALE, 9 * SCALE)))
        self.image.paste(Image.blend(water, Image.new("RGB", water.size, tint), strength), (0, edge))

    def finish(self) -> Image.Image:
        """Give the picture at its real size."""
        return self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)


def ridge(rng: random.Random, width: int, height: float, swing: float, waves: float) -> list[Point]:
    """Give the line of a range of hills: a few waves laid over each other, finer ones lower."""
    sizes = (1, 2, 3, 5, 8, 13, 21)
    parts = [(swing / (n**1.25), waves * n, rng.uniform(0, 2 * math.pi)) for n in sizes]
    step = 3
    line = []
    for x in range(-step, width + 2 * step, step):
        turn = 2 * math.pi * x / width
        rise = sum(size * math.sin(turn * speed + start) for size, speed, start in parts)
        line.append((float(x), height - rise))
    return line


def ground(line: Sequence[Point], bottom: float) -> list[Point]:
    """Give the outline of everything under a line."""
    return [*line, (line[-1][0], bottom), (line[0][0], bottom)]


def hills(
    canvas: Canvas, rng: random.Random, far: Colour, near: Colour, top: float, bottom: float, n: int
) -> None:
    """Paint `n` ranges, each nearer, darker and lower than the one before, mist lying between them."""
    for index in range(n):
        share = index / max(1, n - 1)
        height = top + (bottom - top) * share
        line = ridge(rng, canvas.width, height, canvas.height * (0.055 + 0.02 * share), 0.8 + 0.7 * share)
        colour = mix(far, near, share)
        canvas.polygon(ground(line, canvas.height), colour)
        mist = canvas.mask()
        outline = [(x * SCALE, (y + 90) * SCALE) for x, y in ground(line, canvas.height)]
        ImageDraw.Draw(mist).polygon(outline, fill=255)
        canvas.paint(mist, mix(colour, far, 0.55 * (1 - share)), 0.75, 60)


def pine(x: float, base: float, height: float, rng: random.Random) -> list[Point]:
    """Give a pine's outline: tiers that widen downwards, a little uneven."""
    left, right = [], []
    tiers = 9
    for tier in range(tiers):
        y = base - height * (1 - tier / tiers)
        reach = height * 0.2 * ((tier + 1) / tiers) ** 0.9
        left += [(x - reach * 0.25, y), (x - reach * rng.uniform(0.8, 1.1), y + height / tiers * 1.15)]
        right += [(x + reach * 0.25, y), (x + reach * rng.uniform(0.8, 1.1), y + height / tiers * 1.15)]
    return [(x, base - height), *left, (x, base), *reversed(right)]


def branch(
    canvas: Canvas, rng: random.Random, at: Point, turn: float, size: float, tips: list[Point]
) -> None:
    """Grow a branch and what grows from it onto the canvas; the ends of the twigs are added to `tips`."""
    end = (at[0] + size * math.cos(turn), at[1] - size * math.sin(turn))
    pen = ImageDraw.Draw(canvas.image)
    both = [value * SCALE for value in (*at, *end)]
    pen.line(both, rgb("3a2c26"), round(size * 0.13 * SCALE))
    if size < 34:
        tips.append(end)
        return
    for side in (-1, 1, rng.choice((-1, 1))):
        branch(canvas, rng, end, turn + side * rng.uniform(0.12, 0.62), size * rng.uniform(0.66, 0.86), tips)


def leaves(
    canvas: Canvas, rng: random.Random, spots: Sequence[Point], colours: Sequence[str], size: float
) -> None:
    """Scatter small round leaves, or petals, around the spots."""
    pen = ImageDraw.Draw(canvas.image)
    for x, y in spots:
        for _ in range(5):
            r = size * rng.uniform(0.5, 1.2) * SCALE
            cx, cy = (x + rng.gauss(0, size * 2.2)) * SCALE, (y + rng.gauss(0, size * 1.8)) * SCALE
            pen.ellipse([cx - r, cy - r * 0.8, cx + r, cy + r * 0.8], fill=rgb(rng.choice(colours)))


def dawn() -> Image.Image:
    """A river valley before sunrise."""
    rng = random.Random(11)
    sky = stops((0, "34496f"), (0.3, "8e87a8"), (0.5, "f0b6a0"), (0.62, "fbdcae"), (1, "fbe6c6"))
    canvas = Canvas(2000, 1250, sky)
    canvas.glow(1310, 640, 900, rgb("ffe9b8"), 0.9, 2.2)
    canvas.ellipse((1260, 590, 1360, 690), rgb("fff6dd"), 0.95, 3)
    hills(canvas, rng, rgb("c9a6a8"), rgb("27304a"), 640, 1060, 6)
    for _ in range(26):
        x, size = rng.uniform(-40, 760), rng.uniform(70, 210)
        canvas.polygon(pine(x, 1180 + rng.uniform(-20, 60), size, rng), rgb("1c2338"))
    return canvas.finish()


def night_city() -> Image.Image:
    """A city across the river, its windows lit."""
    rng = random.Random(22)
    evening = (0, "0d1433"), (0.28, "28306b"), (0.48, "6a4f8f"), (0.62, "c9788a"), (0.7, "f2b48c")
    sky = stops(*evening, (1, "f2b48c"))
    canvas = Canvas(2200, 1240, sky)
    canvas.glow(420, 230, 420, rgb("dfe6ff"), 0.5, 2.4)
    canvas.ellipse((380, 190, 460, 270), rgb("f7f5ea"), 1, 1)
    for depth, colour in ((0, "6d5686"), (1, "3b3668"), (2, "181a3c")):
        x = -40.0
        while x < canvas.width:
            wide, tall = rng.uniform(60, 150), rng.uniform(120, 400) * (1 - 0.22 * depth)
            top = 868 - tall
            canvas.box((x, top, x + wide, 900), rgb(colour))
            if depth:
                windows(canvas, rng, (x, top, x + wide, 850))
            x += wide + rng.uniform(0, 26)
    canvas.reflect(870, rgb("141a3d"), 0.3)
    for _ in range(60):
        x, y = rng.uniform(0, canvas.width), rng.uniform(880, 1230)
        canvas_line = ((x, y), (x + rng.uniform(40, 220), y))
        canvas.line(canvas_line, 1.4, rgb("e9c9b0"), 0.12)
    return canvas.finish()


def windows(canvas: Canvas, rng: random.Random, box: tuple[float, float, float, float]) -> None:
    """Light some of a building's windows."""
    left, top, right, bottom = box
    pen = ImageDraw.Draw(canvas.image)
    for row in range(int((bottom - top - 16) // 17)):
        for column in range(int((right - left - 14) // 15)):
            if rng.random() < 0.42:
                x, y = (left + 9 + column * 15) * SCALE, (top + 12 + row * 17) * SCALE
                lamp = rng.choice(("ffd98a", "ffe8b5", "f6b76b", "cfe0ff"))
                pen.rectangle([x, y, x + 7 * SCALE, y + 9 * SCALE], fill=rgb(lamp))


def coffee() -> Image.Image:
    """A cup on a table by the window."""
    canvas = Canvas(2000, 1400, stops((0, "efe3d2"), (0.52, "e3d1b8"), (0.56, "b98f68"), (1, "8b6444")))
    canvas.polygon([(0, 0), (620, 0), (1180, 770), (0, 770)], rgb("fff6e3"), 0.55, 60)
    canvas.polygon([(0, 800), (1500, 800), (2000, 1150), (2000, 1400), (0, 1400)], rgb("d7a878"), 0.35, 90)
    canvas.ellipse((620, 1000, 1560, 1230), rgb("4a3222"), 0.5, 34)
    canvas.ellipse((600, 940, 1440, 1190), rgb("e9e4da"))
    canvas.ellipse((600, 925, 1440, 1168), rgb("fbf8f1"))
    canvas.ellipse((740, 975, 1300, 1120), rgb("d9d2c4"), 0.8, 12)
    canvas.ellipse((1240, 640, 1520, 930), rgb("f3eee3"))
    canvas.ellipse((1300, 700, 1460, 870), rgb("d8c3a4"))
    right = [(1350, 560), (1318, 790), (1230, 980), (1120, 1060)]
    cup = [*right, *((2040 - x, y) for x, y in reversed(right))]
    canvas.polygon(cup, rgb("f8f4ea"))
    shade = canvas.mask()
    ImageDraw.Draw(shade).polygon([(x * SCALE, y * SCALE) for x, y in cup], fill=255)
    side = Image.linear_gradient(MASK).rotate(90).resize(canvas.image.size)
    canvas.paint(ImageChops.multiply(shade, side), rgb("b8a58c"), 0.75)
    canvas.ellipse((690, 450, 1350, 670), rgb("fffdf7"))
    canvas.ellipse((714, 468, 1326, 652), rgb("c9b79c"))
    canvas.ellipse((722, 486, 1318, 652), rgb("4b2c1a"))
    canvas.ellipse((760, 505, 1280, 640), rgb("7a4a28"), 0.8, 22)
    for index, reach in enumerate((190, 140, 92, 46)):
        tone = rgb("e8c89a") if index % 2 == 0 else rgb("8a5730")
        canvas.ellipse((1020 - reach, 572 - reach * 0.3, 1020 + reach, 572 + reach * 0.3), tone, 0.9, 2)
    for x, lean in ((930, 40), (1030, -50), (1120, 46)):
        steam = [(x + lean * math.sin(step / 9), 430 - step * 6) for step in range(58)]
        canvas.line(steam, 20, rgb("ffffff"), 0.35, 16)
    return canvas.finish()


def sea() -> Image.Image:
    """The sea at dusk, islands, and the sun's road on the water."""
    rng = random.Random(44)
    sky = stops((0, "3b4c82"), (0.26, "9a7da3"), (0.43, "f19a7d"), (0.52, "ffd08a"), (1, "ffd08a"))
    canvas = Canvas(2200, 1300, sky)
    canvas.glow(1240, 640, 820, rgb("fff0b5"), 0.95, 2)
    canvas.ellipse((1168, 566, 1312, 710), rgb("fff7d6"), 1, 2)
    for _ in range(16):
        x, y, wide = rng.uniform(-100, 2200), rng.uniform(110, 520), rng.uniform(180, 620)
        canvas.ellipse((x, y, x + wide, y + rng.uniform(8, 24)), rgb("ffdcc4"), 0.4, 12)
    for low, colour, lines in ((660, "a77a93", 0.9), (676, "6c5580", 1.4)):
        line = ridge(rng, canvas.width, low + 40, 64, lines)
        canvas.polygon(ground(line, 700), rgb(colour))
    water = fade(canvas.image.size, stops((0, "f2a37f"), (0.53, "ef9f82"), (0.66, "a9698a"), (1, "2c335f")))
    surface = canvas.mask()
    ImageDraw.Draw(surface).rectangle([0, 688 * SCALE, canvas.image.width, canvas.image.height], fill=255)
    canvas.image.paste(water, (0, 0), surface)
    pen = ImageDraw.Draw(canvas.image)
    for _ in range(900):
        y = 690 + 610 * rng.random() ** 1.5
        near = (y - 690) / 610
        x = 1240 + rng.gauss(0, 40 + 260 * near)
        wide, tall = rng.uniform(12, 70) * (0.5 + near), (1.2 + 5 * near)
        pen.ellipse([x * SCALE, y * SCALE, (x + wide) * SCALE, (y + tall) * SCALE], fill=rgb("ffe3ad"))
    canvas.image = Image.blend(canvas.image, canvas.image.filter(ImageFilter.GaussianBlur(5)), 0.5)
    boat = [(640, 842), (828, 842), (800, 872), (668, 872)]
    canvas.polygon(boat, rgb("2b2547"))
    canvas.polygon([(728, 700), (728, 832), (650, 832)], rgb("3a3157"))
    canvas.polygon([(738, 724), (738, 832), (806, 832)], rgb("4a3d66"))
    return canvas.finish()


def ginkgo() -> Image.Image:
    """A ginkgo that has let half its leaves go."""
    rng = random.Random(55)
    canvas = Canvas(1800, 1350, stops((0, "b9d3e6"), (0.5, "dfe9e6"), (0.75, "f6ecc9"), (1, "e8cf86")))
    hills(canvas, rng, rgb("c3cfca"), rgb("93a794"), 850, 960, 3)
    canvas.polygon(ground(ridge(rng, 1800, 1090, 26, 0.7), 1350), rgb("d9b44a"))
    tips: list[Point] = []
    for x, size in ((430, 196), (1270, 232)):
        branch(canvas, rng, (x, 1150), math.pi / 2 + rng.uniform(-0.08, 0.08), size, tips)
    leaves(canvas, rng, tips, ("f4c430", "ffdb58", "e9a820", "f7e07a"), 9)
    fallen = [(rng.uniform(0, 1800), 1110 + 230 * rng.random() ** 0.7) for _ in range(420)]
    leaves(canvas, rng, fallen, ("f4c430", "e0a526", "fbe38e", "c98f1f"), 7)
    return canvas.finish().resize((1480, 1110), Image.Resampling.LANCZOS)


def snow() -> Image.Image:
    """Pines in snow, early in the morning."""
    rng = random.Random(66)
    canvas = Canvas(2000, 1250, stops((0, "8fa9c9"), (0.45, "d4dcea"), (0.65, "fbe8e4"), (1, "ffffff")))
    canvas.glow(520, 560, 700, rgb("fff3e2"), 0.8, 2)
    hills(canvas, rng, rgb("d5dbe8"), rgb("a9b7cf"), 600, 800, 4)
    rows = ((850, 40, "93a4bf"), (930, 26, "5f7391"), (1050, 12, "2f415e"))
    for row, (base, count, tone) in enumerate(rows):
        for _ in range(count):
            size = rng.uniform(90, 150) * (1 + 0.75 * row)
            canvas.polygon(pine(rng.uniform(0, 2000), base + rng.uniform(-14, 30), size, rng), rgb(tone))
        drift = ridge(rng, 2000, base + 34, 18, 0.9 + row * 0.3)
        canvas.polygon(ground(drift, 1250), mix(rgb("dfe6f2"), rgb("ffffff"), row / 2))
    pen = ImageDraw.Draw(canvas.image)
    for _ in range(420):
        x, y, r = rng.uniform(0, 2000), rng.uniform(0, 1250), rng.uniform(1.2, 4.2)
        pen.ellipse([v * SCALE for v in (x - r, y - r, x + r, y + r)], fill=(255, 255, 255))
    return canvas.finish()


def bowl() -> Image.Image:
    """A bowl of kalguksu, seen from above."""
    rng = random.Random(77)
    canvas = Canvas(1800, 1350, stops((0, "5d4231"), (0.5, "6f5140"), (1, "543a2b")))
    for plank in range(0, 1350, 225):
        canvas.box((0, plank, 1800, plank + 4), rgb("3d2a1f"), 0.7, 1.5)
        for _ in range(4):
            y = plank + rng.uniform(30, 200)
            wave = [(x, y + 8 * math.sin(x / 170 + plank)) for x in range(0, 1820, 20)]
            canvas.line(wave, 2, rgb("8d6a50"), 0.4, 2)
    canvas.ellipse((395, 195, 1445, 1245), rgb("20150f"), 0.65, 34)
    canvas.ellipse((380, 150, 1420, 1190), rgb("e8e6df"))
    canvas.ellipse((392, 158, 1408, 1174), rgb("f8f7f2"))
    canvas.ellipse((450, 216, 1350, 1116), rgb("cfd4cf"), 1, 5)
    canvas.ellipse((470, 240, 1330, 1100), rgb("e8c88f"))
    canvas.ellipse((500, 270, 1300, 1070), rgb("f3dca9"), 0.85, 50)
    for _ in range(34):
        noodle(canvas, rng)
    for _ in range(15):
        x, y, turn = 900 + rng.uniform(-230, 230), 660 + rng.uniform(-210, 210), rng.uniform(0, math.pi)
        dx, dy = 66 * math.cos(turn), 66 * math.sin(turn)
        canvas.line(((x - dx, y - dy), (x + dx, y + dy)), 24, rgb("6f9b3c"))
        canvas.line(((x - dx, y - dy), (x + dx, y + dy)), 12, rgb("b8d487"))
    for _ in range(46):
        turn, far = rng.uniform(0, 2 * math.pi), 360 * math.sqrt(rng.random())
        x, y = 900 + far * math.cos(turn), 670 + far * math.sin(turn)
        canvas.ellipse((x - 13, y - 13, x + 13, y + 13), rgb("5b8f3d"))
        canvas.ellipse((x - 6, y - 6, x + 6, y + 6), rgb("e6efc8"))
    for lean in (0, 46):
        canvas.line(((1500 + lean, 180), (1600 + lean, 1230)), 20, rgb("20150f"), 0.5, 12)
        canvas.line(((1490 + lean, 170), (1590 + lean, 1220)), 17, rgb("b9895a"))
    return canvas.finish()


def noodle(canvas: Canvas, rng: random.Random) -> None:
    """Lay one noodle in the bowl, and its shadow under it."""
    turn, far, bend = rng.uniform(0, math.pi), rng.uniform(-270, 270), rng.uniform(-80, 80)
    half = math.sqrt(max(0.0, 350**2 - far**2))
    points = []
    for step in range(41):
        along = half * (step / 20 - 1)
        away = far + bend * math.sin(step / 40 * math.pi) + 16 * math.sin(step / 5 + bend)
        x, y = along * math.cos(turn) - away * math.sin(turn), along * math.sin(turn) + away * math.cos(turn)
        points.append((900 + x, 670 + y))
    canvas.line([(x + 4, y + 9) for x, y in points], 20, rgb("c79c5a"), 0.5, 6)
    canvas.line(points, 20, rgb("fbf0d2"))
    canvas.line([(x - 3, y - 4) for x, y in points], 5, rgb("fffdf2"), 0.8)


def books() -> Image.Image:
    """Two shelves of books in lamp light."""
    rng = random.Random(88)
    canvas = Canvas(1700, 1275, stops((0, "3b2a20"), (1, "2a1d16")))
    tones = ("8c3b2e", "c98b3c", "e6d5b0", "3f5a54", "2e3f5c", "7a5a6e", "b7a98c", "5e6b3a", "d9c7a1")
    for shelf in (600, 1180):
        x = 40.0
        while x < 1600:
            wide, tall = rng.uniform(34, 92), rng.uniform(330, 480)
            book(canvas, (x, shelf - tall, min(x + wide, 1650), shelf), rgb(rng.choice(tones)), rng)
            x += wide + (rng.uniform(60, 150) if rng.random() < 0.08 else 3)
        canvas.box((0, shelf, 1700, shelf + 34), rgb("8a6240"))
        canvas.box((0, shelf + 30, 1700, shelf + 74), rgb("120b07"), 0.7, 12)
    canvas.glow(1250, 330, 1300, rgb("ffd792"), 0.4, 1.6)
    corner = Image.radial_gradient(MASK).resize(canvas.image.size)
    canvas.paint(corner.point([max(0, level - 110) for level in range(256)]), rgb("0d0805"))
    return canvas.finish()


def book(canvas: Canvas, box: tuple[float, float, float, float], tone: Colour, rng: random.Random) -> None:
    """Stand one book on its shelf: a rounded back, two bands, and a title too small to read."""
    left, top, right, bottom = box
    canvas.box(box, tone, r=4)
    canvas.box((left, top, left + (right - left) * 0.22, bottom), rgb("ffffff"), 0.16, 4)
    canvas.box((right - (right - left) * 0.22, top, right, bottom), rgb("000000"), 0.3, 4)
    band = mix(tone, rgb("f4dfae"), 0.65)
    for y in (top + 40, bottom - 60):
        canvas.box((left, y, right, y + 7), band)
    middle, length = (left + right) / 2, rng.uniform(90, 190)
    canvas.box((middle - 4, top + 80, middle + 4, top + 80 + length), band, 0.9, r=4)


def rain() -> Image.Image:
    """A street at night through a wet window."""
    rng = random.Random(99)
    canvas = Canvas(2000, 1250, stops((0, "10182b"), (0.55, "24324f"), (1, "171d30")))
    for _ in range(46):
        tone = rgb(rng.choice(("ffb65c", "ff8a5c", "ffd98a", "7fb3ff", "e86b7a", "fff1c9")))
        x, y, r = rng.uniform(0, 2000), rng.gauss(700, 190), rng.uniform(30, 96)
        light = Canvas(2000, 1250, stops((0, "000000"), (1, "000000")))
        light.ellipse((x - r, y - r, x + r, y + r), tone, rng.uniform(0.3, 0.75), 5)
        canvas.image = ImageChops.screen(canvas.image, light.image)
    behind = canvas.image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    bright = Image.blend(behind, Image.new("RGB", behind.size, rgb("dfe9ff")), 0.25)
    for _ in range(330):
        x, y, r = rng.uniform(0, 2000), rng.uniform(0, 1250), rng.uniform(3, 15)
        drop(canvas, bright, x, y, r)
    for _ in range(22):
        x, top, length = rng.uniform(0, 2000), rng.uniform(-60, 700), rng.uniform(160, 520)
        trail = [(x + 6 * math.sin(step / 4), top + length * step / 20) for step in range(21)]
        canvas.line(trail, 7, rgb("c8d8f5"), 0.2, 2)
        drop(canvas, bright, trail[-1][0], trail[-1][1], 17)
    return canvas.finish()


def drop(canvas: Canvas, seen: Image.Image, x: float, y: float, r: float) -> None:
    """Put one drop on the glass: it shows the street upside down, a shadow on top and a light below."""
    box = [round(v * SCALE) for v in (x - r * 1.6, y - r * 1.6, x + r * 1.6, y + r * 1.9)]
    mask = Image.new(MASK, (box[2] - box[0], box[3] - box[1]), 0)
    pen = ImageDraw.Draw(mask)
    pen.ellipse([0.6 * r * SCALE, 0.6 * r * SCALE, 2.6 * r * SCALE, 2.85 * r * SCALE], fill=215)
    mask = mask.filter(ImageFilter.GaussianBlur(SCALE * 0.8))
    canvas.image.paste(seen.crop((box[0], box[1], box[2], box[3])), (box[0], box[1]), mask)
    top = ImageDraw.Draw(canvas.image)
    spot = [(x - r * 0.45) * SCALE, (y - r * 0.5) * SCALE, (x - r * 0.1) * SCALE, (y - r * 0.2) * SCALE]
    top.ellipse(spot, fill=rgb("f5f8ff"))


def lake() -> Image.Image:
    """Mountains standing in a lake."""
    rng = random.Random(101)
    canvas = Canvas(2200, 1400, stops((0, "4f86b4"), (0.3, "a5c9de"), (0.52, "f3eedb"), (1, "f3eedb")))
    for _ in range(14):
        x, y, wide = rng.uniform(-100, 2100), rng.uniform(90, 380), rng.uniform(160, 480)
        canvas.ellipse((x, y, x + wide, y + wide * 0.13), rgb("ffffff"), 0.6, 22)
    hills(canvas, rng, rgb("a9c0cb"), rgb("2f5a52"), 520, 700, 5)
    for _ in range(60):
        canvas.polygon(pine(rng.uniform(0, 2200), 790, rng.uniform(60, 130), rng), rgb("1f3f3b"))
    canvas.box((0, 776, 2200, 800), rgb("1b3834"))
    canvas.reflect(790, rgb("2e5a68"), 0.22)
    for _ in range(46):
        y = rng.uniform(820, 1390)
        x = rng.uniform(-100, 2200)
        canvas.ellipse((x, y, x + rng.uniform(150, 620), y + 3), rgb("eaf4f2"), 0.25, 1)
    return canvas.finish()


def cherry() -> Image.Image:
    """Cherry blossom over a stream."""
    rng = random.Random(112)
    canvas = Canvas(1800, 1200, stops((0, "a9cdea"), (0.5, "dcebf3"), (0.8, "eef3e2"), (1, "b5cf96")))
    hills(canvas, rng, rgb("cfdde2"), rgb("a7c39a"), 760, 880, 3)
    left, right = [], []
    for step in range(61):
        near = step / 60
        middle, half = 800 + 150 * math.sin(near * 4.2) * (0.4 + near), 8 + 190 * near**1.6
        left.append((middle - half, 860 + 350 * near))
        right.append((middle + half, 860 + 350 * near))
    canvas.polygon([*left, *reversed(right)], rgb("8fbbd8"), 1, 3)
    for (x, y), (other, _) in zip(left[8::7], right[8::7], strict=True):
        canvas.line(((x + (other - x) * 0.3, y), (x + (other - x) * 0.7, y)), 3, rgb("e6f3fa"), 0.7, 1)
    tips: list[Point] = []
    for x, base, size in ((250, 1080, 214), (1480, 1040, 202), (1060, 930, 120)):
        branch(canvas, rng, (x, base), math.pi / 2 + rng.uniform(-0.1, 0.1), size, tips)
    leaves(canvas, rng, tips, ("ffd9e3", "ffe9ee", "f7b7c8", "ffffff", "fbc9d6"), 10)
    falling = [(rng.uniform(0, 1800), rng.uniform(300, 1190)) for _ in range(70)]
    leaves(canvas, rng, falling, ("ffe1e9", "ffffff", "f9c6d3"), 5)
    return canvas.finish().resize((1600, 1067), Image.Resampling.LANCZOS)


def desk() -> Image.Image:
    """A desk in the evening, the editor open."""
    rng = random.Random(123)
    canvas = Canvas(2000, 1250, stops((0, "2a2f45"), (0.62, "3a3d58"), (0.66, "6b4b38"), (1, "4a3226")))
    canvas.glow(1640, 380, 900, rgb("ffd08a"), 0.62, 1.8)
    canvas.ellipse((300, 960, 1500, 1080), rgb("1d120c"), 0.6, 30)
    canvas.box((860, 820, 1000, 980), rgb("14151c"))
    canvas.box((720, 960, 1140, 990), rgb("1d1f29"), r=10)
    canvas.box((420, 170, 1440, 830), rgb("14151c"), r=18)
    canvas.box((442, 192, 1418, 808), rgb("1f2330"), r=6)
    for row in range(22):
        x = 500.0 + 34 * rng.choice((0, 1, 1, 2, 2, 3))
        for _ in range(rng.randint(1, 6)):
            wide = rng.uniform(26, 150)
            tone = rng.choice(("7fb3ff", "c3e88d", "f78c6c", "c792ea", "d5d9e6", "6b7394"))
            canvas.box((x, 224 + row * 26, x + wide, 236 + row * 26), rgb(tone), 0.9, r=6)
            x += wide + 14
    canvas.polygon([(1600, 990), (1720, 990), (1690, 1010), (1630, 1010)], rgb("20222c"))
    canvas.line(((1660, 990), (1640, 640), (1560, 470)), 16, rgb("20222c"))
    canvas.polygon([(1490, 510), (1580, 420), (1680, 560), (1560, 600)], rgb("c0553a"))
    canvas.ellipse((1540, 540, 1650, 610), rgb("fff2c9"), 1, 6)
    canvas.box((560, 1040, 1260, 1130), rgb("d9dbe2"), r=14)
    for row in range(3):
        for key in range(17):
            left = 576 + key * 40
            canvas.box((left, 1052 + row * 25, left + 33, 1070 + row * 25), rgb("f7f8fb"), r=4)
    canvas.box((330, 930, 440, 1060), rgb("3f6a63"), r=16)
    canvas.ellipse((330, 915, 440, 950), rgb("2a4a45"))
    return canvas.finish()


def bridge() -> Image.Image:
    """A railway bridge at dusk, a lit train on it."""
    rng = random.Random(134)
    sky = stops((0, "2d3a6a"), (0.35, "7d6ea3"), (0.56, "f0a58e"), (0.66, "ffd9a6"), (1, "ffd9a6"))
    canvas = Canvas(2200, 1240, sky)
    canvas.glow(1500, 720, 800, rgb("fff0c4"), 0.8, 2)
    hills(canvas, rng, rgb("a58aa6"), rgb("544d78"), 700, 790, 3)
    canvas.box((0, 540, 2200, 566), rgb("232644"))
    for x in range(-60, 2260, 290):
        canvas.polygon([(x, 566), (x + 52, 566), (x + 40, 880), (x + 12, 880)], rgb("232644"))
        turns = [step / 20 * math.pi for step in range(21)]
        arch = [(x + 171 - 145 * math.cos(turn), 540 - 120 * math.sin(turn)) for turn in turns]
        canvas.line(arch, 9, rgb("232644"))
        for px, py in arch[2:-2:3]:
            canvas.line(((px, py), (px, 540)), 4, rgb("232644"))
    for car in range(4):
        left = 560 + car * 262
        canvas.box((left, 462, left + 252, 536), rgb("38406b"), r=12)
        for pane in range(6):
            canvas.box((left + 16 + pane * 38, 476, left + 46 + pane * 38, 506), rgb("ffe7a8"), r=4)
    canvas.reflect(880, rgb("3a3560"), 0.3)
    return canvas.finish()


def tomatoes() -> Image.Image:
    """Bread, tomatoes and a knife on a board."""
    rng = random.Random(145)
    canvas = Canvas(1800, 1200, stops((0, "dfe6e2"), (1, "c3cfca")))
    canvas.box((250, 190, 1590, 1050), rgb("3a4a45"), 0.4, 30, 40)
    canvas.box((230, 160, 1570, 1020), rgb("c99c67"), r=44)
    for _ in range(18):
        y = rng.uniform(180, 1000)
        grain = [(x, y + 10 * math.sin(x / 210 + y)) for x in range(250, 1560, 20)]
        canvas.line(grain, 2.4, rgb("a97b49"), 0.45, 1.5)
    for x, y, r in ((520, 420, 150), (800, 330, 122), (640, 700, 140), (905, 600, 116)):
        canvas.ellipse((x - r + 14, y - r + 30, x + r + 14, y + r + 30), rgb("4c2f19"), 0.5, 18)
        canvas.ellipse((x - r, y - r, x + r, y + r), rgb("c9281f"))
        canvas.glow(x - r * 0.3, y - r * 0.35, r * 0.95, rgb("ff8a6b"), 0.9, 1.4)
        for leaf in range(5):
            turn = leaf * 2 * math.pi / 5 + r
            tip = (x + r * 0.45 * math.cos(turn), y + r * 0.45 * math.sin(turn))
            canvas.line(((x, y), tip), 15, rgb("3f7a34"))
    for index in range(4):
        left, top = 1070 + index * 52, 240 + index * 128
        canvas.ellipse((left + 12, top + 22, left + 302, top + 242), rgb("4c2f19"), 0.45, 16)
        canvas.ellipse((left, top, left + 290, top + 216), rgb("9a6030"))
        canvas.ellipse((left + 15, top + 14, left + 275, top + 200), rgb("f3ddb0"))
        for _ in range(16):
            at = left + rng.uniform(60, 226), top + rng.uniform(50, 160)
            end = at[0] + rng.uniform(8, 26), at[1] + rng.uniform(6, 15)
            canvas.ellipse((*at, *end), rgb("dcbd86"), 0.9, 1)
    return canvas.finish()


def paddies() -> Image.Image:
    """Summer clouds over rice."""
    rng = random.Random(156)
    canvas = Canvas(2200, 1300, stops((0, "2f7fc4"), (0.36, "8cc1e6"), (0.56, "e3f1f3"), (1, "e3f1f3")))
    for cx, cy, size in ((520, 470, 1.25), (1500, 400, 1.6), (1000, 560, 0.8), (2050, 570, 0.9)):
        for _ in range(30):
            x, y = cx + rng.gauss(0, 130) * size, cy - abs(rng.gauss(0, 80)) * size
            r = rng.uniform(34, 84) * size
            tone = mix(rgb("dfeaf4"), rgb("ffffff"), rng.random())
            canvas.ellipse((x - r, y - r, x + r, y + r), tone, 0.9, 9)
    hills(canvas, rng, rgb("9cc0c4"), rgb("3f7458"), 690, 780, 4)
    for row in range(12):
        top = 800 + row**1.75 * 7
        tone = mix(rgb("a9cf63"), rgb("4f8f2f"), row / 11)
        shade = tone if row % 2 else mix(tone, rgb("cfe8a0"), 0.35)
        canvas.polygon(ground(ridge(rng, 2200, top, 2 + row * 1.3, 0.6), 1300), shade)
    return canvas.finish()


def chart() -> Image.Image:
    """A dashboard: response times before and after."""
    rng = random.Random(167)
    canvas = Canvas(1800, 1000, stops((0, "ffffff"), (1, "ffffff")))
    text, faint = rgb("1f2937"), rgb("6b7280")
    canvas.text(80, 96, "주문 API 응답 시간 (p99)", "PretendardJP-SemiBold.ttf", 40, text)
    canvas.text(80, 144, "최근 14일 · 10분 평균 · 단위 ms", "PretendardJP-Regular.ttf", 25, faint)
    for value in range(0, 1001, 200):
        y = 880 - value * 0.66
        canvas.line(((150, y), (1720, y)), 1.5, rgb("e5e7eb"))
        canvas.text(78, y + 9, f"{value}".rjust(4), "PretendardJP-Regular.ttf", 24, faint)
    days = [f"{day}일" for day in range(6, 20)]
    for index, day in enumerate(days):
        canvas.text(160 + index * 112, 926, day, "PretendardJP-Regular.ttf", 24, faint)
    before = [wave(rng, x, 620, 120) for x in range(785)]
    after = [wave(rng, x, 210, 36) for x in range(785)]
    points = [(150 + 2 * x, 880 - 0.66 * (before[x] if x < 470 else after[x])) for x in range(785)]
    canvas.polygon(ground(points, 880), rgb("3b82f6"), 0.16)
    canvas.line(points, 4, rgb("2563eb"))
    for step in range(24):
        canvas.line(((1090, 220 + step * 28), (1090, 234 + step * 28)), 3, rgb("dc2626"))
    canvas.text(1110, 250, "인덱스 배포 (14일 오후)", "PretendardJP-SemiBold.ttf", 28, rgb("dc2626"))
    return canvas.finish()


def wave(rng: random.Random, x: int, level: float, swing: float) -> float:
    """Give a believable measurement: a daily rise and fall, small unrest, a rare peak."""
    daily = math.sin(x / 56 * 2 * math.pi) * swing
    peak = swing * 1.6 if rng.random() < 0.012 else 0.0
    return level + daily + rng.gauss(0, swing * 0.12) + peak


TERMINAL = (
    ("9ca3af", "모과@책상 ~/blog % ", "e5e7eb", "hugo server --buildDrafts"),
    ("e5e7eb", "Watching for changes in content, static, layouts", "", ""),
    ("e5e7eb", "", "", ""),
    ("93c5fd", "                   │ ", "e5e7eb", " KO "),
    ("93c5fd", "───────────────────┼─────", "", ""),
    ("e5e7eb", "  Pages            │ ", "fde68a", " 214 "),
    ("e5e7eb", "  Static files     │ ", "fde68a", "  63 "),
    ("e5e7eb", "  Processed images │ ", "fde68a", "  48 "),
    ("e5e7eb", "", "", ""),
    ("86efac", "Built in 412 ms", "", ""),
    ("e5e7eb", "Web server is available at ", "93c5fd", "localhost:1313"),
    ("9ca3af", "모과@책상 ~/blog % ", "e5e7eb", "git commit -m '겨울 산책을 쓰다'"),
    ("e5e7eb", "[main 4c1d0e2] 겨울 산책을 쓰다", "", ""),
    ("e5e7eb", " 2 files changed, 48 insertions(+)", "", ""),
    ("9ca3af", "모과@책상 ~/blog % ", "e5e7eb", "▌"),
)


def terminal() -> Image.Image:
    """A terminal window."""
    canvas = Canvas(1600, 1000, stops((0, "cbd5e1"), (1, "94a3b8")))
    canvas.box((70, 76, 1530, 946), rgb("0f172a"), 0.5, 26, 24)
    canvas.box((70, 56, 1530, 926), rgb("1e2433"), r=22)
    canvas.box((70, 56, 1530, 112), rgb("374151"), r=22)
    canvas.box((70, 90, 1530, 112), rgb("374151"))
    for x, tone in ((108, "f87171"), (148, "fbbf24"), (188, "34d399")):
        canvas.ellipse((x - 12, 72, x + 12, 96), rgb(tone))
    for row, (tone, words, other, more) in enumerate(TERMINAL):
        y = 176 + row * 50
        canvas.text(112, y, words, "d2coding-full.ttf", 32, rgb(tone))
        if more:
            columns = sum(2 if "가" <= letter <= "힣" else 1 for letter in words)
            canvas.text(112 + columns * 16, y, more, "d2coding-full.ttf", 32, rgb(other))
    return canvas.finish()


def flame() -> Image.Image:
    """A flame graph of a slow request."""
    rng = random.Random(178)
    canvas = Canvas(1800, 900, stops((0, "fbfaf7"), (1, "fbfaf7")))
    canvas.text(60, 84, "flame graph — GET /orders/recent", "d2coding-full.ttf", 34, rgb("1f2937"))
    names = ("db.query", "json.dumps", "cache.get", "render", "rows.scan", "socket.recv")
    blocks = [(60.0, 1740.0)]
    for level in range(9):
        y = 790 - level * 74
        above: list[tuple[float, float]] = []
        for left, right in blocks:
            tone = mix(rgb("f7c653"), rgb("d9512c"), rng.uniform(0.05, 0.9))
            canvas.box((left, y, right - 3, y + 68), tone, r=5)
            if right - left > 190:
                name = ("main", "http.serve", "orders.recent")[level] if level < 3 else rng.choice(names)
                canvas.text(left + 16, y + 44, name, "d2coding-full.ttf", 27, rgb("3b1d0c"))
            above += split(rng, left, right, level)
        blocks = above
    return canvas.finish()


def split(rng: random.Random, left: float, right: float, level: int) -> list[tuple[float, float]]:
    """Give what stands on a block of a flame graph: one block low down, two or fewer higher up."""
    if level < 2:
        return [(left, right - rng.uniform(10, 60))]
    cut = left + (right - left) * rng.uniform(0.25, 0.75)
    parts = [(left, cut), (cut, right - (right - left) * rng.uniform(0, 0.12))]
    return [(a, b) for a, b in parts if b - a > 40 and rng.random() < 0.9]


PICTURES: dict[str, tuple[Callable[[], Image.Image], tuple[Path, ...]]] = {
    "dawn": (dawn, (HUGO / "static/images/2025/dawn.jpg",)),
    "coffee": (coffee, (HUGO / "static/images/2025/coffee.jpg",)),
    "bowl": (bowl, (HUGO / "static/images/2025/kalguksu.jpg",)),
    "books": (books, (HUGO / "content/posts/2025/bookshelf/books.jpg",)),
    "ginkgo": (ginkgo, (HUGO / "static/images/2025/ginkgo.jpg",)),
    "terminal": (terminal, (HUGO / USER_IMAGES / "401122334-3b1f6c52-8d0e-4f7a-9b1c-5a2e7d90c4f1.png",)),
    "chart": (chart, (HUGO / USER_IMAGES / "402233445-91c0de77-2a64-4e0b-8f35-6c1d2b7a9e08.png",)),
    "cherry": (cherry, (HUGO / USER_IMAGES / "403344556-c7a5e210-6b3f-49d8-a1e4-0f9b8c7d6e52.jpg",)),
    "paddies": (paddies, (HUGO / ATTACHMENTS / "5d2f8a31-7c4e-4b96-9e0d-1a3b5c7d9f20",)),
    "snow": (snow, (HUGO / RAW / "mogwa-tree/photos/main/2025/snow.jpg",)),
    "night": (night_city, (JEKYLL / "assets/img/2025/night-city.jpg",)),
    "desk": (desk, (JEKYLL / "assets/img/2025/desk.jpg",)),
    "sea": (sea, (JEKYLL / "assets/img/2025/sea.jpg",)),
    "tomatoes": (tomatoes, (JEKYLL / "assets/img/2025/tomatoes.jpg",)),
    "rain": (rain, (JEKYLL / USER_IMAGES / "411122334-0e6b7f1a-4c2d-4a8e-b3f5-7d9c1e2a3b40.jpg",)),
    "flame": (flame, (JEKYLL / USER_IMAGES / "412233445-a8d3c5e7-1f20-4b6d-8e9a-2c4f6b8d0e11.png",)),
    "bridge": (bridge, (JEKYLL / USER_IMAGES / "413344556-64f0b2d9-93c1-47ae-8b5e-d1c3a5f7e926.jpg",)),
    "lake": (lake, (JEKYLL / ATTACHMENTS / "b41c7e08-2d95-4f63-a7c8-9e0f1d2c3b4a",)),
}


def save(image: Image.Image, target: Path) -> None:
    """Write a picture, its kind told by the drawing: flat ones with text as PNG, the rest as JPEG."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix == ".png":
        image.save(target, "PNG", optimize=True)
    else:
        image.save(target, "JPEG", quality=82, optimize=True, progressive=True, subsampling=2)


def main() -> int:
    """Draw what was asked for; give 0."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the example blogs.")
    names = ", ".join(PICTURES)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {names} (default: all)")
    for name in parser.parse_args().names or PICTURES:
        draw, targets = PICTURES[name]
        image = draw()
        for target in targets:
            save(image, target)
            size = f"{image.width}x{image.height}, {target.stat().st_size // 1000} kB"
            print(f"{target.relative_to(ROOT)}: {size}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
