"""Measures the image store, as ratios within one run: absolute times tell of the machine.

    python scripts/bench_images.py [--photos 60] [--small 200] [--json]

Prints, with its bound, each of: CPU of preparing photographs against a full decode, the images' share of a
warm build, fetching side by side against one at a time, and peak memory. Exit code 1 if a bound is broken.
"""

import argparse
import asyncio
import io
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageChops

from yearbook.model import ImageUse, StoredImage
from yearbook.store import ImagePolicy, Limits, Wish, obtain, prepare_all

ROOT = Path(__file__).parent.parent
MEASURE_MM = 118.0
TARGET_PX = 1394
HOSTS = ("user-images.githubusercontent.com", "raw.githubusercontent.com")


def main() -> int:
    """Runs the whole, or one part of it in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=60, help="number of 4000 x 3000 photographs")
    parser.add_argument("--small", type=int, default=200, help="number of small pictures to fetch")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        if options.part == "make":
            make_photos(options.work / "blog", options.photos)
            make_small(options.work / "small", options.small)
            print("{}")
            return 0
        print(json.dumps(PARTS[options.part](options.work)))
        return 0
    with tempfile.TemporaryDirectory(prefix="yearbook-bench-") as folder:
        lines = measure(Path(folder), options.photos, options.small)
    if options.json:
        print(json.dumps([dict(zip(("what", "value", "bound", "ok"), line, strict=True)) for line in lines]))
    else:
        for what, value, bound, ok in lines:
            print(f"{'ok  ' if ok else 'FAIL'} {what:58} {value:8.2f}   {bound}")
    return 0 if all(ok for *_, ok in lines) else 1


def measure(work: Path, photos: int, small: int) -> list[tuple[str, float, str, bool]]:
    """Every figure, with its bound and whether it holds."""
    run("make", work, photos, small)
    alone, together = fetch_times(work)
    full = run("full", work)
    made = run("prepare", work)
    run("obtain", work)
    warm = run("warm", work)
    build = build_seconds(work)
    ratio = made["cpu"] / full["cpu"]
    share = 100 * warm["wall"] / build
    faster = alone / together
    peak = max(made["peak_mib"], warm["peak_mib"])
    return [
        (f"preparing {photos} photos / full decode, CPU", ratio, "at most 0.55", ratio <= 0.55),
        ("images in a warm build, % of its time", share, "under 2", share < 2),
        (f"{small} small pictures, times faster than one by one", faster, "at least 6", faster >= 6),
        ("peak memory of preparing, MiB", peak, "under 250", peak < 250),
    ]


def run(part: str, work: Path, photos: int = 0, small: int = 0) -> dict[str, float]:
    """One part in a process of its own, so that CPU and memory are its alone."""
    command = [sys.executable, __file__, "--part", part, "--work", str(work)]
    command += ["--photos", str(photos), "--small", str(small)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def make_photos(folder: Path, count: int) -> None:
    """Photographs as a camera makes them, each another one: soft shapes, fine grain, about 3.4 MB, EXIF."""
    folder.mkdir(parents=True)
    dice = random.Random(2021)
    soft = Image.frombytes("RGB", (40, 30), dice.randbytes(40 * 30 * 3)).resize(
        (4000, 3000), Image.Resampling.BICUBIC
    )
    grain = Image.frombytes("L", (1000, 750), dice.randbytes(750_000)).resize(
        (4000, 3000), Image.Resampling.BICUBIC
    )
    base = Image.blend(soft, Image.merge("RGB", (grain, grain, grain)), 0.18)
    exif = Image.Exif()
    exif[0x0112] = 1
    exif[0x010F] = "Camera"
    for number in range(count):
        picture = ImageChops.offset(base, 61 * number, 37 * number)
        picture.save(folder / f"photo-{number:03}.jpg", quality=92, exif=exif)


def make_small(folder: Path, count: int) -> None:
    """Small pictures for the server."""
    folder.mkdir()
    for number in range(count):
        dice = random.Random(number)
        picture = Image.frombytes("RGB", (64, 48), dice.randbytes(64 * 48 * 3))
        stream = io.BytesIO()
        picture.save(stream, "PNG")
        (folder / f"{number}.png").write_bytes(stream.getvalue())


def photo_uses(work: Path) -> list[ImageUse]:
    """One use of each photograph."""
    paths = sorted((work / "blog").glob("photo-*.jpg"))
    return [ImageUse(src=p.name, place="a.md", line=1, alt="", local=p, url="") for p in paths]


def full_decode(work: Path) -> dict[str, float]:
    """What anybody would write: decode, scale, save."""
    began = resource.getrusage(resource.RUSAGE_SELF)
    for use in photo_uses(work):
        with Image.open(use.local) as picture:  # type: ignore[arg-type]  # all are files
            picture.load()
            scaled = picture.resize((TARGET_PX, round(TARGET_PX * 0.75)), Image.Resampling.LANCZOS)
            scaled.save(io.BytesIO(), "JPEG", quality=85)
    return figures(began)


def prepare_photos(work: Path) -> dict[str, float]:
    """Ours, from proven pictures to derivatives on disk."""
    uses = photo_uses(work)
    images = [
        StoredImage(
            key=use.src, sha256=f"{n:064}", path=use.local, kind="jpeg", width_px=4000, height_px=3000
        )  # type: ignore[arg-type]  # all are stored
        for n, use in enumerate(uses)
    ]
    began = resource.getrusage(resource.RUSAGE_SELF)
    prepare_all([Wish(image=image, width_mm=MEASURE_MM) for image in images], cache=work / "prepare-cache")
    return figures(began)


def obtain_photos(work: Path) -> dict[str, float]:
    """Both steps, cold the first time and warm the second."""
    uses = photo_uses(work)
    began, clock = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    stored = obtain(uses, blog_root=work / "blog", cache=work / "cache", policy=ImagePolicy(offline=True))
    wishes = [Wish(image=image, width_mm=MEASURE_MM) for image in stored if isinstance(image, StoredImage)]
    prepare_all(wishes, cache=work / "cache")
    return {**figures(began), "wall": time.perf_counter() - clock}


def figures(began: resource.struct_rusage) -> dict[str, float]:
    """CPU seconds since then, and the peak of memory."""
    now = resource.getrusage(resource.RUSAGE_SELF)
    cpu = now.ru_utime + now.ru_stime - began.ru_utime - began.ru_stime
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return {"cpu": cpu, "peak_mib": now.ru_maxrss / unit}


def build_seconds(work: Path) -> float:
    """Wall time of a warm `yearbook build` of a blog that shows the photographs, a few pages to each."""
    blog = work / "book"
    (blog / "content").mkdir(parents=True)
    (blog / "hugo.toml").write_text('title = "Bench"\nlanguageCode = "ko"\ntimeZone = "Asia/Seoul"\n')
    (blog / "static").mkdir()
    text = "봄이 오면 강가를 걷고, 여름에는 나무 그늘에서 책을 읽었다. " * 12
    for number, path in enumerate(sorted((work / "blog").glob("photo-*.jpg"))):
        shutil.copy(path, blog / "static" / path.name)
        body = "\n\n".join([text] * 6)
        date = f"2021-{number % 12 + 1:02}-{number // 12 % 28 + 1:02}"
        post = f"---\ntitle: 글 {number}\ndate: {date}\n---\n\n{body}\n\n![사진](/{path.name})\n\n{body}\n"
        (blog / "content" / f"post-{number}.md").write_text(post, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "yearbook",
        "build",
        blog,
        "--year",
        "2021",
        "-q",
        "-o",
        work / "book.pdf",
    ]
    command += ["--cache", work / "book-cache", "--offline"]
    seconds = 0.0
    for _ in range(2):
        began = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - began
        if done.returncode not in {0, 5}:
            raise SystemExit(done.stderr)
    return seconds


def fetch_times(work: Path) -> tuple[float, float]:
    """Seconds for the small pictures one at a time, and side by side."""
    command = [sys.executable, __file__, "--part", "serve", "--work", str(work)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            ports = json.loads(server.stdout.readline())
            # The quietest of three: another program's load falls on both, but not alike.
            single = Limits(workers=1, per_host=1)
            alone = min(fetch_small(work, ports, f"alone-{n}", single) for n in range(3))
            together = min(fetch_small(work, ports, f"together-{n}", Limits()) for n in range(3))
        finally:
            server.terminate()
    return alone, together


def fetch_small(work: Path, ports: list[int], name: str, limits: Limits) -> float:
    """Seconds to obtain all small pictures, from two hosts, into an empty cache."""
    names = sorted((work / "small").glob("*.png"))
    urls = [f"https://{HOSTS[n % 2]}/o/r/main/{path.name}" for n, path in enumerate(names)]
    uses = [ImageUse(src=url, place="a.md", line=1, alt="", local=None, url=url) for url in urls]
    mirrors = tuple((f"https://{h}/", f"http://127.0.0.1:{p}/") for h, p in zip(HOSTS, ports, strict=True))
    blog = work / f"blog-{name}"
    blog.mkdir()
    began = time.perf_counter()
    found = obtain(
        uses, blog_root=blog, cache=work / f"cache-{name}", policy=ImagePolicy(mirrors=mirrors, limits=limits)
    )
    seconds = time.perf_counter() - began
    assert all(isinstance(one, StoredImage) for one in found), found
    return seconds


def serve(work: Path) -> dict[str, float]:
    """Two servers that answer after 20 ms, until they are terminated."""
    asyncio.run(serve_for_ever(work / "small"))
    return {}


async def serve_for_ever(folder: Path) -> None:
    """Answers with the file of the last part of the path."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            name = line.split()[1].rsplit(b"/")[-1].decode()
            while (await reader.readline()).strip():
                pass
            await asyncio.sleep(0.02)
            body = (folder / name).read_bytes()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
        writer.close()

    servers = [await asyncio.start_server(answer, "127.0.0.1", 0) for _ in HOSTS]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


PARTS = {
    "full": full_decode,
    "prepare": prepare_photos,
    "obtain": obtain_photos,
    "warm": obtain_photos,
    "serve": serve,
}


if __name__ == "__main__":
    raise SystemExit(main())
