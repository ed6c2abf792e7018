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


# ---------------------------------------------------------------------------------------------- tags

_SHOWS = frozenset({"Tj", "TJ", "'", '"'})
_PAINTS = frozenset({"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh"})
_BARE, _ARTIFACT = -1, -2


def marked_of(page):
    """What a page draws: the MCID it is marked with (`_BARE`: nothing, `_ARTIFACT`), and its text."""
    return list(_marked(page, page.obj.Resources, None))


def _marked(stream, resources, inherited):
    open_marks, font = [], {}
    for step in pikepdf.parse_content_stream(stream):
        name, operands = str(step.operator), step.operands
        mark = open_marks[0] if open_marks else _BARE if inherited is None else inherited
        if name in {"BDC", "BMC"}:
            assert not open_marks, "marks in marks"
            mcid = operands[1].get("/MCID") if name == "BDC" else None
            assert inherited is None or mcid is None, "an MCID in a form"
            open_marks.append(_ARTIFACT if mcid is None else int(mcid))
            yield open_marks[0], ""
        elif name == "EMC":
            open_marks.pop()
        elif name == "Tf":
            font = _letters(resources.Font[operands[0]])
        elif name in _SHOWS:
            shown = operands[-1] if name == "TJ" else [operands[-1]]
            codes = b"".join(bytes(piece) for piece in shown if isinstance(piece, pikepdf.String))
            yield mark, "".join(font[codes[at : at + 2]] for at in range(0, len(codes), 2))
        elif name in _PAINTS:
            yield mark, ""
        elif name == "Do":
            drawn = resources.XObject[operands[0]]
            yield mark, ""
            if drawn.Subtype == "/Form":
                yield from _marked(drawn, drawn.get("/Resources", resources), mark)
    assert not open_marks


def _letters(font):
    """Text of each code of a composite font."""
    written = font.ToUnicode.read_bytes().decode("latin-1")
    return {
        bytes.fromhex(code): bytes.fromhex(text).decode("utf-16-be")
        for block in re.findall(r"beginbfchar(.*?)endbfchar", written, re.DOTALL)
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block)
    }


def kids_of(element):
    """What is in a structure element: elements, (page, MCID), or an annotation."""
    kids = element.get("/K", pikepdf.Array())
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, int):
            yield element.Pg.objgen, kid
        elif kid.get("/Type") == "/MCR":
            yield kid.Pg.objgen, int(kid.MCID)
        else:
            yield kid.Obj if kid.get("/Type") == "/OBJR" else kid


def elements_of(document):
    """Every structure element below the document's, in the order of reading."""

    def walk(element):
        for kid in kids_of(element):
            if not isinstance(kid, tuple) and "/S" in kid and kid.get("/Type") == "/StructElem":
                yield kid
                yield from walk(kid)

    yield from walk(document.Root.StructTreeRoot.K)


def structure_of(document):
    """The structure of a tagged PDF with its text, such as `Sect(H1(제목) P(글 Link(곳)))`."""
    texts = {
        (page.obj.objgen, mcid): ""
        for page in document.pages
        for mcid, _ in marked_of(page)
    }
    for page in document.pages:
        for mcid, text in marked_of(page):
            texts[page.obj.objgen, mcid] += text

    def told(element):
        inside = []
        for kid in kids_of(element):
            if isinstance(kid, tuple):
                inside.append(texts[kid].strip())
            elif kid.get("/Type") == "/StructElem":
                inside.append(told(kid))
        return f"{str(element.S)[1:]}({' '.join(part for part in inside if part)})"

    (book,) = kids_of(document.Root.StructTreeRoot)
    return told(book)
