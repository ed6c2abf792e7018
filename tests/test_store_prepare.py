"""Pictures made for the page. Fault cases 24 and 25 of docs/images.md."""

import base64
import dataclasses
import hashlib
import importlib.util
import io
import math
import resource
import struct
import time
import zlib
from pathlib import Path

import pikepdf
import pytest
from picture_box import JPEG, encode, noise, use
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageFile
from PIL.PngImagePlugin import PngInfo

from yearbook.assets import asset_dir
from yearbook.fonts import write_fontconfig
from yearbook.jpeg import jpeg_head
from yearbook.model import MissingImage, PrintImage, StoredImage
from yearbook.png import packed_pixels, png_chunks
from yearbook.store import (
    ImagePolicy,
    Limits,
    Wish,
    confirm,
    derive,
    draw,
    judge_resolution,
    obtain,
    prepare,
    prepare_all,
)
from yearbook.store.blobs import BlobStore
from yearbook.store.derive import target_size
from yearbook.store.draw import strip_metadata
from yearbook.typeset import typeset


@pytest.fixture
def stored(tmp_path):
    """Puts bytes into the blog and through the store."""
    (tmp_path / "blog").mkdir()

    def store(content, name="a.bin"):
        path = tmp_path / "blog" / name
        path.write_bytes(content)
        (found,) = obtain(
            [use(local=path)], blog_root=tmp_path / "blog", cache=tmp_path / "cache", policy=ImagePolicy()
        )
        return found

    return store


@pytest.fixture
def made(stored, tmp_path):
    """Prepares bytes; gives the PrintImage and the picture that it is."""

    def make(content, *, width_mm=118.0, **options):
        image = stored(content)
        assert isinstance(image, StoredImage), image
        found = prepare(image, width_mm=width_mm, cache=tmp_path / "cache", **options)
        assert isinstance(found, PrintImage), found
        picture = Image.open(found.path)
        picture.load()
        assert picture.size == (found.width_px, found.height_px)
        assert not picture.getexif()
        assert "icc_profile" not in picture.info
        return found, picture

    return make


def photo(width=600, height=400, seed=3):
    """Soft noise: nothing is flat, as in a photograph."""
    return noise(width // 4, height // 4, seed).resize((width, height), Image.Resampling.BICUBIC)


def exif(orientation=1):
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "Camera"
    tags[0x8825] = {1: "N", 2: (37.0, 33.0, 59.0)}
    return tags


def arrow():
    """Red above, blue below, a white spot at the upper left."""
    picture = Image.new("RGB", (120, 80), "blue")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 120, 39), fill="red")
    draw.rectangle((0, 0, 19, 19), fill="white")
    return picture


def close(one, other, tolerance=12):
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


# --- 25: what pictures become -----------------------------------------------------------------------------

TURNS = {
    1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_and_tells_nothing_of_its_place(made, orientation, kind):
    turned = arrow() if orientation == 1 else arrow().transpose(TURNS[orientation])
    content = encode(turned, kind, exif=exif(orientation), quality=95)
    assert b"Camera" in content
    found, picture = made(content, width_mm=5)
    assert (found.source_width_px, found.source_height_px) == (120, 80)
    assert picture.width > picture.height
    picture = picture.convert("RGB").resize((120, 80))
    assert close(picture.getpixel((8, 8)), (255, 255, 255), 40)
    assert close(picture.getpixel((100, 10)), (255, 0, 0), 40)
    assert close(picture.getpixel((100, 70)), (0, 0, 255), 40)
    assert b"Camera" not in found.path.read_bytes()
    assert b"Exif" not in found.path.read_bytes()


def test_a_photograph_is_scaled_to_its_place_at_300_dpi(made):
    found, picture = made(encode(photo(4000, 3000), "JPEG", quality=80), width_mm=50)
    assert (found.kind, picture.size) == ("jpeg", (591, 443))
    found, picture = made(encode(photo(4000, 3000), "JPEG", quality=80), width_mm=50, height_mm=20)
    assert picture.size == (316, 237)
    found, picture = made(encode(photo(4000, 3000), "JPEG", quality=80), width_mm=50, height_mm=50, fill=True)
    assert picture.size == (788, 591)


def test_draft_decoding_looks_like_full_decoding(made):
    soft = noise(150, 100, mode="L").resize((2400, 1600), Image.Resampling.BICUBIC)
    content = encode(soft, "JPEG", quality=95)
    _, picture = made(content, width_mm=50)
    full = Image.open(io.BytesIO(content)).resize(picture.size, Image.Resampling.LANCZOS)
    # Both as the JPEG that is printed, so that only what decoding and scaling did is compared.
    full = Image.open(io.BytesIO(encode(full, "JPEG", quality=85)))
    difference = [abs(a - b) for a, b in zip(picture.tobytes(), full.tobytes(), strict=True)]
    assert sum(difference) / len(difference) < 1.5


@pytest.mark.parametrize(("width", "printed"), [(591, 591), (640, 640), (660, 591)])
def test_a_picture_a_little_wider_than_its_place_keeps_its_pixels(made, width, printed):
    content = encode(photo(width, width * 3 // 4), "JPEG", quality=80)
    found, picture = made(content, width_mm=50)
    assert picture.width == found.width_px == printed
    same = Image.open(io.BytesIO(content)).tobytes() == picture.tobytes()
    assert same == (width == printed)


@pytest.mark.parametrize(
    ("width", "quality", "printed"),
    [
        (1064, "normal", 532),
        (1062, "normal", 591),
        (1064, "high", 591),
        (2144, "normal", 536),
        (4288, "normal", 536),
    ],
)
def test_a_jpeg_is_decoded_no_larger_than_nine_tenths_of_its_place(made, width, quality, printed):
    soft = noise(70, 52, mode="L").resize((width, width * 3 // 4), Image.Resampling.BICUBIC)
    content = encode(soft, "JPEG", quality=95)
    _, picture = made(content, width_mm=50, quality=quality)
    assert picture.width == printed
    full = Image.open(io.BytesIO(content)).resize(picture.size, Image.Resampling.LANCZOS)
    full = Image.open(io.BytesIO(encode(full, "JPEG", quality={"normal": 85, "high": 92}[quality])))
    assert psnr(picture, full) > 40


def psnr(one, other):
    """How alike two pictures of one size are, in decibels."""
    differences = ImageChops.difference(one, other).histogram()
    squares = sum(number * (value % 256) ** 2 for value, number in enumerate(differences))
    return 10 * math.log10(255**2 * sum(differences) / max(squares, 1))


def test_a_small_upright_jpeg_passes_pixel_for_pixel_without_its_metadata(made):
    content = encode(
        photo(600, 400), "JPEG", quality=88, exif=exif(), comment=b"secret place", progressive=True
    )
    found, picture = made(content)
    assert picture.tobytes() == Image.open(io.BytesIO(content)).tobytes()
    bare = found.path.read_bytes()
    assert b"secret" not in bare
    assert b"Camera" not in bare
    assert len(content) - 600 < len(bare) < len(content)


def test_metadata_goes_and_so_does_the_second_picture_of_a_phone():
    content = encode(photo(64, 64), "JPEG", exif=exif(), comment=b"c", icc_profile=b"x" * 99)
    bare = strip_metadata(content + b"\xff\xd8 a second picture \xff\xd9")
    assert {segment.marker for segment in jpeg_head(bare)} <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
    assert bare.endswith(b"\xff\xd9")
    assert b"second" not in bare
    assert strip_metadata(bare) == bare


def p3_profile():
    """Display P3 as a matrix profile, made by moving sRGB's primaries."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile():
    """A profile whose red is sRGB's blue, and the other way round: a conversion that cannot be overlooked."""
    data = bytearray(p3_profile())
    count = struct.unpack(">I", data[128:132])[0]
    tags = {bytes(data[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, blue = tags[b"rXYZ"], tags[b"bXYZ"]
    data[red + 4 : red + 12], data[blue + 4 : blue + 12] = (
        data[blue + 4 : blue + 12],
        data[red + 4 : red + 12],
    )
    start, size = struct.unpack(">II", data[tags[b"desc"] + 4 : tags[b"desc"] + 12])
    text = bytes(data[start : start + size])
    data[start : start + size] = text.replace("sRGB".encode("utf-16-be"), "Test".encode("utf-16-be")).replace(
        b"sRGB", b"Test"
    )
    return bytes(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_colours_are_converted_to_srgb_through_the_profile(made, kind):
    content = encode(Image.new("RGB", (300, 200), (250, 10, 10)), kind, icc_profile=swapped_profile())
    _, picture = made(content)
    assert close(picture.convert("RGB").getpixel((150, 100)), (10, 10, 250), 25)


def test_an_srgb_or_damaged_profile_changes_nothing(made):
    plain = Image.new("RGB", (300, 200), (250, 10, 10))
    for profile in (p3_profile(), b"not a profile", swapped_profile()[:200]):
        _, picture = made(encode(plain, "PNG", icc_profile=profile))
        assert picture.getpixel((9, 9)) == (250, 10, 10)


def test_alpha_survives_the_profile(made):
    source = Image.new("RGBA", (60, 40), (250, 10, 10, 128))
    _, picture = made(encode(source, icc_profile=swapped_profile()))
    assert picture.mode == "RGBA"
    assert close(picture.getpixel((9, 9)), (10, 10, 250, 128), 25)


def test_cmyk_becomes_rgb_and_the_lack_of_a_profile_is_told(made, stored):
    source = Image.new("CMYK", (200, 100), (0, 255, 255, 0))
    content = encode(source, "JPEG", quality=95)
    _, picture = made(content)
    assert picture.mode == "RGB"
    assert close(picture.getpixel((50, 50)), (255, 0, 0), 30)
    assert "CMYK" in stored(content).notes[0]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Image.new("I;16", (40, 30), 0x8000), ("L", 128)),
        (Image.new("1", (40, 30), 1), ("L", 255)),
        (Image.new("L", (40, 30), 77), ("L", 77)),
        (Image.new("LA", (40, 30), (77, 99)), ("LA", (77, 99))),
        (Image.new("LA", (40, 30), (77, 255)), ("L", 77)),
        (Image.new("RGBA", (40, 30), (1, 2, 3, 255)), ("RGB", (1, 2, 3))),
        (Image.new("RGBA", (40, 30), (10, 20, 30, 40)), ("RGBA", (10, 20, 30, 40))),
        (Image.new("RGB", (40, 30), (9, 8, 7)).quantize(2), ("RGB", (9, 8, 7))),
    ],
    ids=["16 bit", "1 bit", "grey", "grey and alpha", "opaque grey", "opaque", "alpha", "palette"],
)
def test_modes_of_png(made, source, expected):
    found, picture = made(encode(source))
    assert (found.kind, picture.mode, picture.getpixel((20, 15))) == ("png", *expected)


def test_a_palette_with_transparency(made):
    source = Image.new("P", (40, 30), 0)
    source.putpalette([200, 30, 30, 0, 0, 0])
    source.paste(1, (0, 0, 20, 30))
    _, picture = made(encode(source, transparency=1))
    assert (picture.mode, picture.getpixel((5, 5))[3], picture.getpixel((30, 5))) == (
        "RGBA",
        0,
        (200, 30, 30, 255),
    )


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_prints_its_first_frame_and_says_so(made, stored, kind):
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "lime", "blue")]
    content = encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
    _, picture = made(content)
    assert close(picture.convert("RGB").getpixel((30, 20)), (255, 0, 0), 20)
    assert stored(content).notes == ("it moves: the first frame is printed",)


def test_lossy_formats_become_jpeg_and_lossless_ones_png(made):
    assert made(encode(photo(), "WEBP", quality=80))[0].kind == "jpeg"
    assert made(encode(photo(), "AVIF", quality=60))[0].kind == "jpeg"
    assert made(encode(photo(), "WEBP", lossless=True))[0].kind == "png"
    assert made(encode(photo(), "JPEG2000"))[0].kind == "jpeg"
    assert made(encode(photo(), "TIFF"))[0].kind == "jpeg"
    assert made(encode(photo(), "BMP"))[0].kind == "jpeg"
    assert made(encode(photo(), "PNG"))[0].kind == "jpeg", "a photograph is one, whatever it was saved as"
    assert made(encode(photo(), "GIF"))[0].kind == "png"


@pytest.mark.parametrize("flat", [0.2, 0.3, 0.9])
@pytest.mark.parametrize("begin", [0.0, 0.5, 1.0])
def test_a_drawing_is_one_by_a_quarter_of_flat_pixels_wherever_they_are(made, flat, begin):
    picture = noise(300, 400)
    rows = round(400 * flat)
    picture.paste((9, 9, 9), (0, top := round((400 - rows) * begin), 300, top + rows))
    assert made(encode(picture, "PNG"))[0].kind == ("png" if flat > 0.25 else "jpeg")


def screenshot(width=2880, height=1800):
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    for row in range(40, height - 60, 30):
        draw.text((60, row), "def prepare(picture): return picture  # 한 줄 " * 3, fill=(30, 30, 60))
    return picture


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_png_keeps_its_pixels_as_they_are_packed_and_nothing_else(made, mode, monkeypatch):
    said = PngInfo()
    said.add_text("Location", "37.5665, 126.9780")
    monkeypatch.setattr(draw, "_UNPACKED_AT_ONCE", 1000)
    content = encode(screenshot(300, 200).convert(mode), compress_level=1, pnginfo=said, dpi=(144, 144))
    found, _ = made(content + b"behind the end", width_mm=50)
    kept = found.path.read_bytes()
    assert [chunk.kind for chunk in png_chunks(kept)] == [b"IHDR", b"IDAT", b"IEND"]
    assert packed_pixels(kept) == packed_pixels(content)
    assert kept.endswith(b"IEND\xaeB`\x82")


def repacked(content, pixels):
    """The PNG with other packed pixels."""
    kept = [content[c.start : c.end] for c in png_chunks(content) if c.kind in {b"IHDR", b"IEND"}]
    return content[:8] + kept[0] + chunk(b"IDAT", pixels) + kept[1]


def too_long(content):
    return repacked(content, zlib.compress(zlib.decompress(packed_pixels(content)) + b"\0" * 99))


def followed(content):
    return repacked(content, packed_pixels(content) + b"something else")


@pytest.mark.parametrize("at_once", [1 << 24, 1000, 1])
@pytest.mark.parametrize("spoil", [too_long, followed])
def test_a_png_with_more_in_it_than_pixels_is_drawn_anew(made, spoil, at_once, monkeypatch):
    monkeypatch.setattr(draw, "_UNPACKED_AT_ONCE", at_once)
    content = spoil(encode(screenshot(300, 200)))
    found, picture = made(content, width_mm=50)
    assert picture.tobytes() == screenshot(300, 200).tobytes()
    assert packed_pixels(found.path.read_bytes()) != packed_pixels(content)


def test_a_screenshot_stays_lossless_up_to_600_dpi(made):
    source = screenshot(1800, 900)
    found, picture = made(encode(source), width_mm=118)
    assert (found.kind, picture.tobytes()) == ("png", source.tobytes())
    found, picture = made(encode(source), width_mm=50)
    assert (found.kind, picture.width) == ("png", 1182)


def test_high_quality_keeps_full_colour(made):
    content = encode(photo(1200, 800), "JPEG", quality=95)
    normal, _ = made(content, width_mm=50)
    high, _ = made(content, width_mm=50, quality="high")
    assert high.path.stat().st_size > 1.3 * normal.path.stat().st_size


@pytest.mark.skipif(importlib.util.find_spec("pi_heif") is None, reason="pi-heif is an extra")
def test_heic_with_the_extra(made):
    content = (Path(__file__).parent / "resources" / "small.heic").read_bytes()
    found, picture = made(content)
    assert (found.kind, picture.size) == ("jpeg", (64, 48))


def test_heic_without_the_extra_says_what_to_install(stored, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pi_heif", None)
    found = stored((Path(__file__).parent / "resources" / "small.heic").read_bytes())
    assert found.reason == "unsupported"
    assert "yearbook[heic]" in found.hint


# --- one derivative for each picture and size -------------------------------------------------------------


def test_the_same_bytes_and_size_are_made_once_and_read_from_the_cache(stored, tmp_path, monkeypatch):
    one = stored(encode(photo(1200, 800), "JPEG"), "a.jpg")
    other = stored(encode(photo(1200, 800), "JPEG"), "b.jpg")
    wishes = [Wish(image=image, width_mm=width) for image in (one, other) for width in (50, 40, 500, 600)]
    first = prepare_all(wishes, cache=tmp_path / "cache")
    assert len({image.path for image in first}) == 3, "what is not enlarged is one size"
    assert first[0].sha256 == first[4].sha256
    monkeypatch.setattr("yearbook.store.draw.draw", None)
    assert prepare_all(wishes, cache=tmp_path / "cache") == first


def test_a_damaged_derivative_is_made_again(stored, tmp_path):
    image = stored(encode(photo(1200, 800), "JPEG"))
    first = prepare(image, width_mm=50, cache=tmp_path / "cache")
    good = first.path.read_bytes()
    first.path.write_bytes(good[:-1] + b"x")
    assert prepare(image, width_mm=50, cache=tmp_path / "cache") == first
    assert first.path.read_bytes() == good
    for recipe in (tmp_path / "cache/v1/derived").glob("*/*.json"):
        recipe.write_text("{")
    assert prepare(image, width_mm=50, cache=tmp_path / "cache") == first


def test_the_bytes_do_not_depend_on_the_cache_or_the_number_of_threads(stored, tmp_path):
    images = [
        stored(encode(photo(900, 600, seed=n), kind), f"{n}")
        for n, kind in enumerate(("JPEG", "PNG", "WEBP"))
    ]
    wishes = [Wish(image=image, width_mm=50) for image in images]
    first = prepare_all(wishes, cache=tmp_path / "one", workers=1)
    second = prepare_all(wishes, cache=tmp_path / "two", workers=4)
    assert [image.sha256 for image in first] == [image.sha256 for image in second]


@pytest.mark.parametrize(
    ("width_mm", "height_mm", "fill", "expected"),
    [(118, None, False, (1394, 1046)), (1000, None, False, (4000, 3000)), (118, 50, False, (788, 591)),
     (118, 118, True, (1859, 1394)), (0.01, None, False, (1, 1)), (310, None, False, (4000, 3000))],
)  # fmt: skip
def test_target_size(width_mm, height_mm, fill, expected):
    image = StoredImage(key="k", sha256="", path=Path("x"), kind="jpeg", width_px=4000, height_px=3000)
    assert target_size(Wish(image=image, width_mm=width_mm, height_mm=height_mm, fill=fill), 300) == expected


# --- 24: bounded time and memory --------------------------------------------------------------------------


def flat_png(width, height):
    """A PNG of one colour and one bit: large, and a few kilobytes."""
    packer = zlib.compressobj(9)
    row = b"\0" + bytes((width + 7) // 8)
    data = b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_24_a_huge_png_is_refused_before_it_is_decoded(stored):
    content = flat_png(13000, 13000)
    assert len(content) < 30_000
    began = time.monotonic()
    found = stored(content)
    assert (found.reason, time.monotonic() - began < 1) == ("too-many-pixels", True)
    assert "169 million" in found.detail


def huge_jpeg(width, height, *, progressive=False):
    """A JPEG whose header tells of more pixels than were encoded, so that making it is cheap."""
    content = bytearray(encode(Image.new("L", (64, 64), 90), "JPEG", progressive=progressive))
    at = next(s.start for s in jpeg_head(bytes(content)) if s.marker in {0xC0, 0xC2})
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (huge_jpeg(20000, 20000), "too-many-pixels"),
        (huge_jpeg(16000, 12000, progressive=True), "too-many-pixels"),
        (encode(Image.new("RGB", (16, 16)), "WEBP", lossless=True)[:21] + b"\xff" * 40, "too-many-pixels"),
    ],
    ids=["400 MP", "progressive 192 MP", "WebP of 268 MP"],
)
def test_24_huge_pictures_are_judged_by_their_header(stored, content, reason):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = stored(content)
    assert isinstance(found, MissingImage)
    assert found.reason == reason
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024


@pytest.mark.slow
def test_24_a_phone_s_200_megapixels_are_fine(made):
    content = encode(Image.new("RGB", (16320, 12240), (80, 120, 160)), "JPEG", quality=60)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    found, _ = made(content)
    assert (found.width_px, found.source_width_px) == (1394, 16320)
    assert time.monotonic() - began < 6
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_24_a_progressive_jpeg_with_endless_scans_is_refused(stored):
    content = encode(photo(64, 64), "JPEG", progressive=True)
    at = content.index(b"\xff\xda")
    scan = content[at : at + 40]
    assert stored(content[:at] + scan * 80 + content[at:]).reason == "too-many-pixels"


def test_a_picture_that_changed_since_it_was_proven_is_missing_not_a_crash(stored, tmp_path):
    image = stored(encode(photo(900, 600), "JPEG"))
    image.path.write_bytes(image.path.read_bytes()[:5000])
    found = prepare(image, width_mm=50, cache=tmp_path / "cache")
    assert isinstance(found, MissingImage)
    assert found.reason == "corrupt"


def test_limits_hold_in_preparation_too(stored, tmp_path):
    image = stored(encode(photo(900, 600), "PNG"))
    found = prepare(image, width_mm=50, cache=tmp_path / "cache", limits=Limits(pixels=1000))
    assert found.reason == "too-many-pixels"


# --- SVG --------------------------------------------------------------------------------------------------


def test_an_svg_stays_vector_and_is_clean(stored, tmp_path):
    image = stored(b'<svg width="200" height="100"><script>x</script><circle r="4"/></svg>')
    found = prepare(image, width_mm=50, cache=tmp_path / "cache")
    assert (found.kind, found.width_px, found.height_px) == ("svg", 200, 100)
    assert b"script" not in found.path.read_bytes()
    assert judge_resolution(found, width_mm=900, place="a.md") is None


def test_a_photograph_inside_an_svg_loses_its_metadata_too(stored, tmp_path):
    inner = base64.b64encode(encode(photo(120, 80), "JPEG", exif=exif(6))).decode()
    image = stored(
        f'<svg width="200" height="100"><image href="data:image/jpeg;base64,{inner}"/></svg>'.encode()
    )
    found = prepare(image, width_mm=50, cache=tmp_path / "cache")
    kept = found.path.read_bytes().partition(b"base64,")[2].partition(b'"')[0]
    picture = Image.open(io.BytesIO(base64.b64decode(kept)))
    assert (picture.size, bool(picture.getexif())) == ((80, 120), False)


def test_a_bad_picture_inside_an_svg_goes_and_is_told(stored, tmp_path):
    inner = base64.b64encode(JPEG[: len(JPEG) // 2]).decode()
    image = stored(
        f'<svg width="20" height="10"><image href="data:image/jpeg;base64,{inner}"/><rect/></svg>'.encode()
    )
    assert image.notes == ("a picture inside the drawing cannot be printed",)
    assert b"<image" not in prepare(image, width_mm=50, cache=tmp_path / "cache").path.read_bytes()


# --- in the PDF -------------------------------------------------------------------------------------------


def test_25_the_pdf_holds_the_derivative_byte_for_byte_and_equal_pictures_once(stored, tmp_path):
    content = encode(photo(1600, 1200), "JPEG", exif=exif(6))
    one, other = stored(content, "a.jpg"), stored(content, "b.jpg")
    made = prepare_all([Wish(image=image, width_mm=60) for image in (one, other)], cache=tmp_path / "cache")
    html = "".join(f'<img src="yearbook-image:{image.sha256}" style="width: 60mm">' for image in made)
    result = typeset(
        f"<html><body>{html}</body></html>", css="@page { size: A5 }",
        images={image.sha256: image.path for image in made},
        font_config=write_fontconfig(asset_dir("fonts"), tmp_path / "fonts"),
    )  # fmt: skip
    assert result.notices == ()
    with pikepdf.open(io.BytesIO(result.pdf)) as pdf:
        streams = [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image"]
        embedded = {hashlib.sha256(stream.read_raw_bytes()).hexdigest() for stream in streams}
    assert embedded == {made[0].sha256}
    assert len(streams) == 1


# --- resolution -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width_px", "severity"), [(300, "warning"), (500, "note"), (697, None), (4000, None)]
)
def test_a_coarse_picture_is_told_with_the_width_it_would_bear(width_px, severity):
    image = PrintImage(
        sha256="", path=Path("x"), kind="jpeg", width_px=10, height_px=10, source_width_px=width_px,
        source_height_px=10,
    )  # fmt: skip
    found = judge_resolution(image, width_mm=118, place="a.md", line=7, page=12, src="a.jpg")
    if severity is None:
        assert found is None
    else:
        assert (found.severity, found.place, found.line, found.page) == (severity, "a.md", 7, 12)
        assert f"{width_px} pixels on 118 mm" in found.message
        assert f"{width_px / 150 * 25.4:.0f} mm" in found.hint
    assert judge_resolution(dataclasses.replace(image, kind="svg"), width_mm=118, place="a.md") is None


# --- proven by being prepared


def damaged():
    """Pictures of every way that preparing goes, each cut off behind its head."""
    whole = {
        "kept.jpg": encode(noise(300, 200), "JPEG"),
        "scaled.jpg": encode(photo(3000, 2000), "JPEG"),
        "drawing.png": encode(screenshot(900, 600)),
        "photo.png": encode(photo()),
        "a.gif": encode(noise(mode="L"), "GIF"),
        "lossy.webp": encode(photo(), "WEBP"),
        "a.tiff": encode(noise(), "TIFF"),
    }
    return [pytest.param(name, content, id=name) for name, content in whole.items()]


@pytest.mark.parametrize(("name", "content"), damaged())
@pytest.mark.parametrize("share", [1.0, 0.97, 0.6])
def test_preparing_proves_what_was_not_decoded_before(tmp_path, name, content, share):
    """The news is the same, good or bad, and what is proven is known from then on."""
    path = tmp_path / "blog" / name
    path.parent.mkdir()
    path.write_bytes(content[: int(len(content) * share)])

    def ask(cache, **options):
        found = obtain(
            [use(local=path)], blog_root=path.parent, cache=tmp_path / cache, policy=ImagePolicy(), **options
        )
        images = [image for image in found if isinstance(image, StoredImage)]
        wishes = [Wish(image=image, width_mm=100) for image in images]
        made = prepare_all(wishes, cache=tmp_path / cache)
        printed = {image.sha256: one for image, one in zip(images, made, strict=True)}
        return found, confirm(found, printed, cache=tmp_path / cache), printed

    (at_once,), _, first = ask("early")
    (later,), (confirmed,), second = ask("late", prove=False)
    assert confirmed == at_once
    if isinstance(at_once, StoredImage):
        assert share == 1.0
        assert not later.is_proven
        assert [one.sha256 for one in second.values()] == [one.sha256 for one in first.values()]
        assert ask("late", prove=False)[0] == (confirmed,), "it is not looked at again"
    elif isinstance(later, StoredImage):
        assert ask("late", prove=False)[0] == (later,), "what is damaged is not remembered as proven"


def test_a_picture_that_many_posts_show_is_noted_once(tmp_path, monkeypatch):
    path = tmp_path / "blog" / "a.png"
    path.parent.mkdir()
    path.write_bytes(encode(photo(300, 200), "PNG"))
    noted = []
    write = BlobStore.write_entry
    monkeypatch.setattr(
        BlobStore, "write_entry", lambda self, entry: (noted.append(entry), write(self, entry))[1]
    )
    uses = [use(local=path)] * 9
    found = obtain(uses, blog_root=path.parent, cache=tmp_path, policy=ImagePolicy(), prove=False)
    made = prepare(found[0], width_mm=100, cache=tmp_path)
    noted.clear()
    proven = confirm(found, {found[0].sha256: made}, cache=tmp_path)
    assert len(noted) == 1
    assert [image.is_proven for image in proven] == [True] * 9


def test_a_large_photograph_of_the_blog_is_decoded_once(tmp_path, monkeypatch):
    path = tmp_path / "blog" / "a.jpg"
    path.parent.mkdir()
    path.write_bytes(encode(photo(3000, 2000), "JPEG"))
    loads = []
    load = ImageFile.ImageFile.load

    def counted(self):
        loads.append(self)
        return load(self)

    monkeypatch.setattr(ImageFile.ImageFile, "load", counted)
    (image,) = obtain(
        [use(local=path)], blog_root=path.parent, cache=tmp_path, policy=ImagePolicy(), prove=False
    )
    assert loads == []
    prepare(image, width_mm=100, cache=tmp_path)
    assert len(set(map(id, loads))) == 1


def moved_behind(png):
    """The PNG with its EXIF behind its pixels, where the standard allows it too."""
    parts = list(png_chunks(png))
    exif_part = next(part for part in parts if part.kind == b"eXIf")
    rest = [png[part.start : part.end] for part in parts if part is not exif_part]
    return b"".join((png[:8], *rest[:-1], png[exif_part.start : exif_part.end], rest[-1]))


@pytest.mark.parametrize("orientation", [0, 3, 6])
@pytest.mark.parametrize("behind", [False, True])
def test_a_png_of_the_blog_is_decoded_to_be_known_only_if_it_may_say_how_to_turn_it(
    tmp_path, monkeypatch, orientation, behind
):
    path = tmp_path / "blog" / "a.png"
    path.parent.mkdir()
    content = encode(arrow(), "PNG", **({"exif": exif(orientation)} if orientation else {}))
    path.write_bytes(moved_behind(content) if behind and orientation else content)
    loads = []
    load = ImageFile.ImageFile.load
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: (loads.append(self), load(self))[1])
    (image,) = obtain(
        [use(local=path)], blog_root=path.parent, cache=tmp_path, policy=ImagePolicy(), prove=False
    )
    assert (image.width_px, image.height_px) == ((80, 120) if orientation == 6 else (120, 80))
    assert loads == [] or orientation


def test_derivatives_know_the_versions_of_their_tools():
    from PIL import __version__, features

    named = (features.version(name) for name in ("jpg", "zlib", "littlecms2"))
    assert derive._tools() == (__version__, *named)
    assert all(derive._tools())
