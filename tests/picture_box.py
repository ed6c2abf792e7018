"""Small pictures made in memory, for tests of the store."""

import io
import random

from PIL import Image

from yearbook.model import ImageUse


def noise(width=48, height=32, seed=1, mode="RGB"):
    """A picture that does not compress away."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, (width, height), random.Random(seed).randbytes(width * height * bands))


def encode(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


PNG = encode(noise())
JPEG = encode(noise(160, 120), "JPEG", quality=90)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="9" height="9"/></svg>'
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(4000)

UUID = "2cbb11a5-3d14-48b1-b714-f1d773d785ef"
USER_IMAGE = f"https://user-images.githubusercontent.com/1/147757357-{UUID}.png"
ATTACHMENT = f"https://github.com/user-attachments/assets/{UUID}"
KEY = f"gh-att:{UUID}"


def use(url="", local=None, src="", place="a.md", line=3):
    return ImageUse(src=src or url or str(local), place=place, line=line, alt="", local=local, url=url)
