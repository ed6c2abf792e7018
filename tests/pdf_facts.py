"""Facts about a PDF, for tests: text, fonts, boxes, outline, links."""

import io
import re
import subprocess
from pathlib import Path

import pikepdf


def text_of(pdf: Path, first=1, last=0):
    """Text as a reader would select it; `raw` keeps the order of the page's stream."""
    pages = ["-f", str(first), *(["-l", str(last)] if last else [])]
    return subprocess.run(
        ["pdftotext", "-raw", *pages, str(pdf), "-"], check=True, capture_output=True, text=True
    ).stdout


def squeezed(text):
    """Text without white space, line ends and form feeds: what line breaks cannot change."""
    return re.sub(r"\s+", "", text)


def page_texts(pdf: Path):
    """Text of each page."""
    return text_of(pdf).split("\f")[:-1]


def fonts_of(pdf: Path):
    """Rows of pdffonts: name, type, embedded, subset, has ToUnicode."""
    lines = subprocess.run(
        ["pdffonts", str(pdf)], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    found = re.search(r"emb\s+sub\s+uni", lines[1 - 1])
    rows = []
    for line in lines[2:]:
        emb, sub, uni = line[found.start() : found.end()].split()
        rows.append((line[: found.start()].split()[0], emb == "yes", sub == "yes", uni == "yes"))
    return rows


def outline_of(pdf):
    """Titles and levels of the outline, in order."""
    with (
        pikepdf.open(pdf if isinstance(pdf, Path) else io.BytesIO(pdf)) as document,
        document.open_outline() as outline,
    ):
        found = []

        def walk(entries, level):
            for entry in entries:
                found.append((level, str(entry.title)))
                walk(entry.children, level + 1)

        walk(outline.root, 1)
        return found


def labels_of(pdf: Path):
    """Page labels, one for each page."""
    with pikepdf.open(pdf) as document:
        return [page.label for page in document.pages]


def baselines_of(pdf: Path):
    """For each page, (font, size in pt, baseline in pt below the page's top) of every run of text."""
    with pikepdf.open(pdf) as document:
        return [list(_page_baselines(page)) for page in document.pages]


def _page_baselines(page):
    fonts = {
        name: str(font.BaseFont).partition("+")[2] for name, font in page.Resources.get("/Font", {}).items()
    }
    height = float(page.TrimBox[3])
    matrix, stack, font, size, text = pikepdf.Matrix(), [], "", 0.0, pikepdf.Matrix()
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name == "q":
            stack.append(matrix)
        elif name == "Q":
            matrix = stack.pop()
        elif name == "cm":
            matrix = pikepdf.Matrix(*[float(v) for v in operands]) @ matrix
        elif name == "Tf":
            font, size = fonts[str(operands[0])], float(operands[1])
        elif name == "BT":
            text = pikepdf.Matrix()
        elif name == "Td":
            text = pikepdf.Matrix(1, 0, 0, 1, *[float(v) for v in operands]) @ text
        elif name == "Tm":
            text = pikepdf.Matrix(*[float(v) for v in operands])
        elif name in {"Tj", "TJ"}:
            where = text @ matrix
            yield font, abs(size * where.d), height - where.f
