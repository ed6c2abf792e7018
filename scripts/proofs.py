"""Contact sheets for people: whole books as spreads, left page left. Asserts nothing.

    proofs.py [BLOG ...] [--trim NAME ...] [--theme NAME ...] [--year YEAR] [--pictures]

Writes build/proofs/BLOG-THEME-TRIM-NN.png, eight pages a sheet and large enough to be read; with --pictures
also the pictures of the README and of docs/themes.md (`make pictures`).
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
DPI = 68
"""Type of 9 pt can be read at this resolution."""
SPREADS_ON_SHEET = 4


def main() -> None:
    """Builds each blog in each trim and draws its spreads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "blogs", nargs="*", type=Path, default=[ROOT / "examples" / n for n in ("hugo-blog", "jekyll-blog")]
    )
    parser.add_argument("--trim", nargs="*", default=["a5", "152x225"])
    parser.add_argument("--theme", nargs="*", default=["classic", "gothic", "photo", "compact"])
    parser.add_argument("--year", help="which year, if not the latest")
    parser.add_argument("--pictures", action="store_true", help="also draw the pictures of the documents")
    options = parser.parse_args()
    folder = ROOT / "build" / "proofs"
    folder.mkdir(parents=True, exist_ok=True)
    for blog in options.blogs:
        for theme, trim in itertools.product(options.theme, options.trim):
            draw_sheets(build(blog, theme, trim, folder, options.year))
    if options.pictures:
        example = ROOT / "examples" / "hugo-blog"
        books = {theme: build(example, theme, "a5", folder) for theme in options.theme}
        draw_readme(books["classic"])
        for theme, pdf in books.items():
            draw_theme(theme, pdf)


def build(blog: Path, theme: str, trim: str, folder: Path, year: str | None = None) -> Path:
    """The PDF of the blog's year."""
    pdf = folder / f"{blog.name}-{theme}-{trim}.pdf"
    pdf.unlink(missing_ok=True)
    command = [sys.executable, "-m", "yearbook", "build", str(blog), "-q", "--offline"]
    command += ["--theme", theme, "--trim", trim, "-o", str(pdf), *(["--year", year] if year else [])]
    # A book that is merely incomplete is there to be looked at, and says so on the terminal.
    subprocess.run(command, check=False, cwd=ROOT, stdout=subprocess.DEVNULL)
    if not pdf.is_file():
        sys.exit(f"{blog} in {theme}, {trim}: no book was made")
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


def draw_sheets(pdf: Path) -> None:
    """All spreads of a book, a few on each sheet; sheets of an older, longer book go."""
    for old in pdf.parent.glob(f"{pdf.stem}-[0-9]*.png"):
        old.unlink()
    spreads = spreads_of(pdf, DPI)
    for first in range(0, len(spreads), SPREADS_ON_SHEET):
        sheet = pdf.with_name(f"{pdf.stem}-{first // SPREADS_ON_SHEET + 1:02}.png")
        tile(spreads[first : first + SPREADS_ON_SHEET], columns=2).save(sheet)
        print(sheet)


def tile(pictures: list[Image.Image], columns: int) -> Image.Image:
    """Pictures of one size in rows."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + GAP) + GAP, rows * (height + GAP) + GAP), DESK)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        sheet.paste(picture, (GAP + column * (width + GAP), GAP + row * (height + GAP)))
    return sheet


def spreads_of(pdf: Path, dpi: int) -> list[Image.Image]:
    """Every spread of a book, the cover alone on the right."""
    pages: list[Image.Image | None] = [None, *pages_of(pdf, dpi)]
    pages += [None] * (len(pages) % 2)
    return [spread(pages[n], pages[n + 1]) for n in range(0, len(pages), 2)]


def find_spread(pdf: Path, words: str) -> int:
    """Number of the first spread with a page that holds a line that begins with these words."""
    command = ["pdftotext", "-raw", str(pdf), "-"]
    pages = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\f")
    return next(n for n, text in enumerate(pages, start=1) if f"\n{words}" in f"\n{text}") // 2


def draw_readme(pdf: Path) -> None:
    """Four spreads for the README, small enough to load quickly."""
    spreads = spreads_of(pdf, 72)
    year = find_spread(pdf, "한눈에")
    chosen = [spreads[n] for n in (0, year, year + 1, find_spread(pdf, "from collections"))]
    save_picture(tile(chosen, 2), "spreads.jpg")


def draw_theme(name: str, pdf: Path) -> None:
    """Cover, year at a glance, a post with its picture and one with a listing, of one theme.

    What follows stands in for a spread that is there already.
    """
    spreads = spreads_of(pdf, 54)
    numbers = [0]
    for words in ("한눈에", "2025. 1. 5.", "2025. 5. 25."):
        found = find_spread(pdf, words)
        numbers.append(found if found not in numbers else numbers[-1] + 1)
    save_picture(tile([spreads[number] for number in numbers], 2), f"theme-{name}.jpg")


def save_picture(picture: Image.Image, name: str) -> None:
    """The picture in `docs/pictures/`."""
    target = ROOT / "docs" / "pictures" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.save(target, quality=82, optimize=True, progressive=True)
    print(target, target.stat().st_size)


if __name__ == "__main__":
    main()
