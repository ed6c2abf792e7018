"""Contact sheets for people: whole books as spreads, left page left. Asserts nothing.

    proofs.py [BLOG ...] [--trim NAME ...] [--readme]

Writes build/proofs/*.png; with --readme also the picture of the README.
"""

import argparse
import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
DESK = "#8f8b84"
GAP = 16


def main() -> None:
    """Builds each blog in each trim and draws its spreads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "blogs", nargs="*", type=Path, default=[ROOT / "examples" / n for n in ("hugo-blog", "jekyll-blog")]
    )
    parser.add_argument("--trim", nargs="*", default=["a5", "152x225"])
    parser.add_argument("--theme", nargs="*", default=["classic", "gothic", "photo", "compact"])
    parser.add_argument("--readme", action="store_true", help="also draw the pictures of the documents")
    options = parser.parse_args()
    folder = ROOT / "build" / "proofs"
    folder.mkdir(parents=True, exist_ok=True)
    for blog in options.blogs:
        for theme, trim in itertools.product(options.theme, options.trim):
            sheet = folder / f"{blog.name}-{theme}-{trim}.png"
            draw_sheet(build(blog, theme, trim, folder), dpi=46, columns=4).save(sheet)
            print(sheet)
    if options.readme:
        example = ROOT / "examples" / "hugo-blog"
        draw_readme(build(example, "classic", "a5", folder))
        draw_themes([build(example, theme, "a5", folder) for theme in options.theme])


def build(blog: Path, theme: str, trim: str, folder: Path) -> Path:
    """The PDF of the blog's latest year."""
    pdf = folder / f"{blog.name}-{theme}-{trim}.pdf"
    command = [sys.executable, "-m", "yearbook", "build", str(blog), "-q", "--offline"]
    command += ["--theme", theme, "--trim", trim, "-o", str(pdf)]
    subprocess.run(command, check=False, cwd=ROOT, stdout=subprocess.DEVNULL)
    return pdf


def pages_of(pdf: Path, dpi: int) -> list[Image.Image]:
    """Every page as a picture."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["pdftoppm", "-r", str(dpi), "-png", str(pdf), f"{folder}/page"], check=True)
        return [Image.open(path).convert("RGB") for path in sorted(Path(folder).glob("page*.png"))]


def spread(left: Image.Image | None, right: Image.Image | None) -> Image.Image:
    """Two facing pages with the fold between them."""
    width, height = (left or right).size  # type: ignore[union-attr]  # one of them is there
    sheet = Image.new("RGB", (width * 2, height), DESK)
    for page, x in ((left, 0), (right, width)):
        if page:
            sheet.paste(page, (x, 0))
    if left and right:
        ImageDraw.Draw(sheet).line([(width, 0), (width, height)], fill="#d8d4cc")
    return sheet


def draw_sheet(pdf: Path, dpi: int, columns: int) -> Image.Image:
    """All spreads of a book, the first page alone on the right."""
    pages: list[Image.Image | None] = [None, *pages_of(pdf, dpi)]
    if len(pages) % 2:
        pages.append(None)
    return tile([spread(pages[n], pages[n + 1]) for n in range(0, len(pages), 2)], columns)


def tile(pictures: list[Image.Image], columns: int) -> Image.Image:
    """Pictures of one size in rows."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + GAP) + GAP, rows * (height + GAP) + GAP), DESK)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        sheet.paste(picture, (GAP + column * (width + GAP), GAP + row * (height + GAP)))
    return sheet


def draw_readme(pdf: Path) -> None:
    """Four spreads for the README, small enough to load quickly."""
    pages: list[Image.Image | None] = [None, *pages_of(pdf, 72)]
    chosen = [(0, 1), (8, 9), (10, 11), (22, 23)]
    sheet = tile([spread(pages[left], pages[right]) for left, right in chosen], 2)
    target = ROOT / "docs" / "pictures" / "spreads.jpg"
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(target, quality=82, optimize=True, progressive=True)
    print(target, target.stat().st_size)


def draw_themes(pdfs: list[Path]) -> None:
    """Cover, contents and two spreads of each theme, one row each."""
    rows = []
    for pdf in pdfs:
        pages: list[Image.Image | None] = [None, *pages_of(pdf, 48)]
        rows += [spread(pages[left], pages[left + 1]) for left in (0, 6, 8, 10)]
    target = ROOT / "docs" / "pictures" / "themes.jpg"
    tile(rows, 4).save(target, quality=80, optimize=True, progressive=True)
    print(target, target.stat().st_size)


if __name__ == "__main__":
    main()
