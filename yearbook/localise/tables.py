"""Sets tables: how wide each column is, how tall each row, and what becomes of a table wider than the page.

The engine could choose widths by itself, but it measures every word of a table twice for that, and nobody
would know how tall a row is. Here both follow from the widths of letters: columns are fixed, and a row is a
whole number of lines of text tall, so that the text below the table is on the baseline grid wherever a page
ends. A table that is too wide is set smaller; one that is still too wide is turned and stands on pages of its
own; what even then would not fit is cut into parts that repeat the first column.
"""

import copy
import functools
import math
import re
from collections.abc import Iterator, Sequence

import lxml.html
from lxml.html import HtmlElement

from yearbook.lazy import later
from yearbook.listings import indent_pt
from yearbook.trims import MM_PER_PT, Trim
from yearbook.value import dataclass

SIZES_PT = (7.8, 7.2, 6.6)
"""Sizes of type in tables, the first that fits; `styles/code.css` knows them as `.size-1` and `.size-2`."""
LEADING = 0.7
"""Leading of tables as a share of the text's."""
_AIR = 0.1
"""Least air of a row above and below its text together, in lines of text."""
GUTTER_EM = 1.0
"""Air between two columns."""
_LONGEST_WORD_EM = 12.0
"""A longer word may be cut."""
_MOST_LINES = 8
"""A column is at least so wide that no cell takes more lines, if that is not too wide."""
_WIDEST_LEAST_EM = 14.0
_SLACK = 1.03
"""Widths are taken for this much larger: an emptier row keeps its height, a fuller one would not."""
_MOST_CELLS = 5_000
"""Tables larger than this are left to the engine."""
_WHOLE = 1 / 3
"""Share of a page up to which a table is not cut."""
_LARGEST_ROW = 12
"""Rows of more lines than this may be cut by a page's end."""
_BOUND = frozenset({"li", "blockquote", "dd", "aside", "details", "td", "th", "section"})
"""Inside these a table cannot be turned."""
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_WIDTHS = dict(
    zip(
        map(chr, range(32, 127)),
        (
            25, 26, 38, 60, 61, 86, 61, 20, 34, 34, 47, 63, 26, 43, 25, 33, 62, 62, 62, 62, 62, 62, 62, 62,
            62, 62, 25, 25, 63, 63, 63, 48, 88, 65, 62, 69, 69, 57, 56, 71, 71, 24, 52, 62, 53, 85, 72, 73,
            60, 73, 61, 61, 61, 71, 65, 92, 61, 63, 59, 34, 33, 34, 44, 42, 47, 54, 59, 53, 59, 55, 34, 58,
            56, 22, 22, 52, 22, 83, 56, 57, 58, 58, 35, 50, 34, 55, 53, 78, 51, 53, 51, 34, 31, 34, 63,
        ),
        strict=True,
    )
)  # fmt: skip
"""Widths of ASCII in the bundled sans, in hundredths of the size; figures are equally wide in tables."""
_ATOM = later(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+")
_SPACE_EM = 0.25
_BREAKS = frozenset(
    {"br", "p", "div", "li", "ul", "ol", "pre", "blockquote", "dl", "dt", "dd", "figure", "summary"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """One cell and what it takes."""

    element: HtmlElement
    row: int
    column: int
    rows: int
    columns: int
    lines: tuple[tuple[float, ...], ...]
    """Widths in em of the words of each line that the cell cannot join; a word is what is not cut."""
    pictures_pt: tuple[tuple[float, float], ...]
    """Width and height of what is drawn and not set: pictures, formulas."""
    indent_em: float
    """Room that lists take on the left, and air on the right of what is set flush right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """A table's cells in their places."""

    table: HtmlElement
    cells: tuple[_Cell, ...]
    rows: tuple[HtmlElement, ...]
    columns: int

    @property
    def is_plain(self) -> bool:
        """Whether no cell spans another column or row."""
        return all(cell.rows == cell.columns == 1 for cell in self.cells)

    @property
    def head(self) -> int:
        """Rows that are repeated on every page."""
        return sum(
            1 for row in self.rows if (parent := row.getparent()) is not None and parent.tag == "thead"
        )


def set_tables(root: HtmlElement, trim: Trim, chapter_id: str) -> None:
    """Sets every table of the chapter that is not inside another one."""
    boxes = [box for box in root.iter("div") if "table" in box.get("class", "").split()]
    for number, box in enumerate(boxes):
        table = box.find("table")
        if table is None or any(node.tag in {"td", "th"} for node in box.iterancestors()):
            continue
        grid = _read(table)
        if grid is not None:
            _set_table(box, grid, trim, f"{chapter_id}--picture-{_FIRST_TURNED + number}")


_FIRST_TURNED = 9001
"""Turned tables are numbered like pictures, for they leave holes like them; no post has so many pictures."""


# ---------------------------------------------------------------------------------------------- reading


def turned_tables(root: HtmlElement) -> Iterator[HtmlElement]:
    """The boxes of tables that stand on pages of their own."""
    return (box for box in root.iter("div") if "on-pages" in box.get("class", "").split())


def _read(table: HtmlElement) -> _Grid | None:
    """The table's cells in their places; None for what is left to the engine."""
    rows = tuple(table.iter("tr"))
    if len(list(table.iter("table"))) > 1 or len(list(table.iter("td", "th"))) > _MOST_CELLS:
        return None
    taken: set[tuple[int, int]] = set()
    cells = []
    for number, row in enumerate(rows):
        column = 0
        for element in row.iterchildren("td", "th"):
            while (number, column) in taken:
                column += 1
            across, down = _span(element, "colspan"), min(_span(element, "rowspan"), len(rows) - number)
            taken |= {(number + y, column + x) for y in range(down) for x in range(across)}
            cells.append(_cell(element, number, column, down, across))
            column += across
    columns = max((column + 1 for _, column in taken), default=0)
    return _Grid(table=table, cells=tuple(cells), rows=rows, columns=columns) if columns else None


def _span(element: HtmlElement, name: str) -> int:
    """How many columns or rows a cell takes; a nonsensical number is one."""
    value = element.get(name, "1")
    return min(max(int(value), 1), 100) if value.isdecimal() and len(value) < 5 else 1


def _cell(element: HtmlElement, row: int, column: int, rows: int, columns: int) -> _Cell:
    texts: list[list[float]] = [[]]
    pictures: list[tuple[float, float]] = []
    _gather(element, texts, pictures, 1.04 if element.tag == "th" else 1.0)
    return _Cell(
        element=element,
        row=row,
        column=column,
        rows=rows,
        columns=columns,
        lines=tuple(tuple(line) for line in texts if line) or ((),),
        pictures_pt=tuple(pictures),
        indent_em=_indent(element),
    )


def _indent(element: HtmlElement) -> float:
    """Room of a cell that is not its text's, in em; `styles/code.css` says the same."""
    list_em = 1.6 if element.find(".//li") is not None else 0.0
    is_right = "align-right" in element.get("class", "").split()
    return list_em + (0.7 if is_right and element.getnext() is not None else 0.0)


def _gather(
    element: HtmlElement, texts: list[list[float]], pictures: list[tuple[float, float]], scale: float
) -> None:
    """Adds the words of an element to the lines, and what is drawn in it to the pictures."""
    if (drawn := _drawn_size(element)) is not None:
        pictures.append(drawn)
        return
    if element.tag in _BREAKS and texts[-1]:
        texts.append([])
    code, scale = (
        element.tag in {"code", "kbd", "pre"},
        scale * (1.04 if element.tag in {"strong", "b"} else 1.0),
    )
    _add_words(texts, element.text, scale, code)
    for child in element:
        if "tex" not in child.get("class", "").split():
            _gather(child, texts, pictures, scale)
        _add_words(texts, child.tail, scale, code)
    if element.tag in _BREAKS and texts[-1]:
        texts.append([])


def _drawn_size(element: HtmlElement) -> tuple[float, float] | None:
    """Width and height in points of a picture, the box for a missing one, or a formula; None for all else."""
    if element.tag == "img":
        found = re.match(r"width:([\d.]+)mm;height:([\d.]+)mm", element.get("style", ""))
        return (float(found[1]) / MM_PER_PT, float(found[2]) / MM_PER_PT) if found else (20.0, 10.0)
    if "missing-image" in element.get("class", "").split():
        return 0.0, 12.0 * (len(element) + 1) + 17.0
    if element.tag == "svg":
        return _points(element.get("width", "")), _points(element.get("height", ""))
    return None


def _points(length: str) -> float:
    found = re.match(r"([\d.]+)", length)
    return float(found[1]) if found else 10.0


def _add_words(texts: list[list[float]], text: str | None, scale: float, code: bool) -> None:
    for number, line in enumerate((text or "").split("\n") if code else [text or ""]):
        if number and texts[-1]:
            texts.append([])
        texts[-1] += [_width(atom[0], scale, code) for atom in _ATOM.finditer(line)]


def _width(text: str, scale: float, code: bool) -> float:
    """Width of a word in em of the table's type; D2Coding is half an em wide and set at nine tenths."""
    if code:
        return 0.45 * sum(2 if ord(character) > 0x1100 else 1 for character in text)
    return scale * sum(map(_letter, text))


@functools.lru_cache(maxsize=4096)
def _letter(character: str) -> float:
    """Width of one character in em."""
    code = ord(character)
    if code == 0x2060:
        return 0.0
    if known := _WIDTHS.get(character):
        return known / 100
    if 0xAC00 <= code <= 0xD7A3:
        return 0.865
    return 1.3 if code > 0xFFFF else 1.0 if code > 0x1100 else 0.65


# ---------------------------------------------------------------------------------------------- widths


def _set_table(box: HtmlElement, grid: _Grid, trim: Trim, anchor: str) -> None:
    """Sets one table: upright if it fits, else turned, else in parts."""
    room = trim.measure / MM_PER_PT - indent_pt(box)
    if (fit := _fit(grid, room)) is not None:
        if sum(_fix(grid, *fit, trim)) <= trim.lines * _WHOLE:
            _add_class(grid.table, "whole")
        return
    can_turn = not any(node.tag in _BOUND for node in box.iterancestors()) and not _follows_heading(box)
    if (
        can_turn
        and (fit := _fit(grid, trim.type_height_pt)) is not None
        and _turn(box, grid, fit, trim, anchor)
    ):
        return
    if grid.is_plain and grid.columns > 2:
        _split(box, grid, room, trim)
    else:
        _fix(grid, SIZES_PT[-1], _squeeze(grid, room / SIZES_PT[-1]), trim)


def _follows_heading(box: HtmlElement) -> bool:
    before = box.getprevious()
    return before is not None and before.tag in _HEADINGS


def _fit(grid: _Grid, room_pt: float) -> tuple[float, tuple[float, ...]] | None:
    """The largest size at which the table fits, and its columns' widths in points; None if there is none."""
    for size in SIZES_PT:
        room = room_pt / size
        least, natural = _least(grid, size), _natural(grid, size)
        if sum(least) <= room:
            return size, tuple(width * size for width in _share(grid, least, natural, room, size))
    return None


def _natural(grid: _Grid, size: float) -> list[float]:
    """Width of each column, its gutter included, if no line had to be broken."""
    widths = [0.0] * grid.columns
    for cell in grid.cells:
        if cell.columns == 1:
            lines = [sum(line) + _SPACE_EM * (len(line) - 1) for line in cell.lines]
            drawn = [width / size for width, _ in cell.pictures_pt]
            widths[cell.column] = max(widths[cell.column], cell.indent_em + max([*lines, *drawn]) * _SLACK)
    return [max(width, 1.0) + (GUTTER_EM if number else 0.0) for number, width in enumerate(widths)]


def _least(grid: _Grid, size: float) -> list[float]:
    """Width below which a column would be hard to read."""
    widths = [0.0] * grid.columns
    for cell in grid.cells:
        if cell.columns == 1:
            words = [width for line in cell.lines for width in line]
            natural = max(sum(line) + _SPACE_EM * (len(line) - 1) for line in cell.lines)
            drawn = max((width / size for width, _ in cell.pictures_pt), default=0.0)
            wanted = max(
                min(max(words, default=0.0), _LONGEST_WORD_EM),
                min(natural / _MOST_LINES, _WIDEST_LEAST_EM),
                min(drawn, _LONGEST_WORD_EM),
                min(natural, 2.0),
            )
            widths[cell.column] = max(widths[cell.column], cell.indent_em + wanted * _SLACK)
    return [max(width, 1.0) + (GUTTER_EM if number else 0.0) for number, width in enumerate(widths)]


def _share(
    grid: _Grid, least: Sequence[float], natural: Sequence[float], room: float, size: float
) -> tuple[float, ...]:
    """The columns' widths in em: as each would like, or whichever division makes the table lowest."""
    if sum(natural) <= room:
        spare = (room - sum(natural)) / sum(natural)
        return tuple(width * (1 + spare) for width in natural)
    offers = (
        _capped(least, natural, room),
        _weighted(least, natural, room, 1.0),
        _weighted(least, natural, room, 0.5),
    )
    return min(offers, key=lambda widths: sum(_row_lines(grid, [w * size for w in widths], size, 17.0)))


def _capped(least: Sequence[float], natural: Sequence[float], room: float) -> tuple[float, ...]:
    """Short columns as wide as they like, long ones equally wide."""
    low, high = 0.0, max(natural)
    for _ in range(30):
        middle = (low + high) / 2
        used = sum(min(wish, max(need, middle)) for need, wish in zip(least, natural, strict=True))
        low, high = (middle, high) if used <= room else (low, middle)
    widths = [min(max(wish, need), max(need, low)) for need, wish in zip(least, natural, strict=True)]
    return tuple(width * room / sum(widths) for width in widths)


def _weighted(
    least: Sequence[float], natural: Sequence[float], room: float, power: float
) -> tuple[float, ...]:
    """Each what it needs, the rest by what it lacks."""
    lacks = [max(wish - need, 0.0) ** power for need, wish in zip(least, natural, strict=True)]
    spare = (room - sum(least)) / max(sum(lacks), 0.01)
    return tuple(need + spare * lack for need, lack in zip(least, lacks, strict=True))


def _squeeze(grid: _Grid, room: float) -> tuple[float, ...]:
    """Widths in points that fit whatever happens to words."""
    least = _least(grid, SIZES_PT[-1])
    return tuple(width * room / sum(least) * SIZES_PT[-1] for width in least)


# ---------------------------------------------------------------------------------------------- heights


def _row_lines(grid: _Grid, widths_pt: Sequence[float], size: float, leading_pt: float) -> list[int]:
    """How many lines of the table's own leading each row takes."""
    lines = [1] * len(grid.rows)
    for cell in sorted(grid.cells, key=lambda each: each.rows):
        width = sum(widths_pt[cell.column : cell.column + cell.columns]) / size
        width -= (GUTTER_EM if cell.column else 0.0) + cell.indent_em
        need = _cell_lines(cell, max(width, 1.0), size, leading_pt)
        last = cell.row + cell.rows - 1
        lines[last] = max(lines[last], need - sum(lines[cell.row : last]))
    return lines


def _cell_lines(cell: _Cell, width: float, size: float, leading_pt: float) -> int:
    """Lines that the cell takes when it is so many em wide."""
    found = sum(_wrapped(line, width / _SLACK) for line in cell.lines if line)
    for wide, tall in cell.pictures_pt:
        scale = min(1.0, width * size / wide) if wide else 1.0
        found += math.ceil((tall * scale + 4.0) / (leading_pt * LEADING))
    return max(found, 1)


def _wrapped(words: Sequence[float], width: float) -> int:
    """Lines that the words fill."""
    lines, used = 1, 0.0
    for word in words:
        if used and used + _SPACE_EM + word > width:
            lines, used = lines + 1, 0.0
        if word > width:
            lines += math.ceil(word / width) - 1
            used = word % width
        else:
            used += word + (_SPACE_EM if used else 0.0)
    return lines


def text_lines(lines: int) -> int:
    """Whole lines of text that so many lines of a row take with their air.

    >>> [text_lines(lines) for lines in (1, 2, 3, 4, 10)]
    [1, 2, 3, 3, 8]
    """
    return math.ceil(lines * LEADING + _AIR - 1e-9)


# ---------------------------------------------------------------------------------------------- setting


def _fix(grid: _Grid, size: float, widths_pt: Sequence[float], trim: Trim) -> list[int]:
    """Gives the table its columns and its rows' heights; the heights in lines of text come back."""
    table = grid.table
    for old in [*table.iterchildren("colgroup"), *table.iterchildren("col")]:
        table.remove(old)
    group = lxml.html.Element("colgroup")
    for width in widths_pt:
        group.append(lxml.html.Element("col", {"style": f"width:{width / sum(widths_pt) * 100:.3f}%"}))
    caption = table.find("caption")
    table.insert(0 if caption is None else 1, group)
    _add_class(table, "fixed")
    if size != SIZES_PT[0]:
        _add_class(table, f"size-{SIZES_PT.index(size)}")
    for cell in grid.cells:
        if cell.rows > 1 and cell.row + cell.rows == len(grid.rows):
            _add_class(cell.element, "ends")
    _shrink_pictures(grid, widths_pt, size)
    heights = []
    for row, lines in zip(grid.rows, _row_lines(grid, widths_pt, size, trim.leading_pt), strict=True):
        heights.append(text_lines(lines))
        _set_row(row, lines, trim)
    return heights


def _set_row(row: HtmlElement, lines: int, trim: Trim) -> None:
    """Gives a row its height; rows of few lines share their styles, so that the engine computes them once."""
    if lines <= _LARGEST_ROW:
        _add_class(row, f"rows-{lines}")
    else:
        row.set("style", f"height:{text_lines(lines) * trim.leading_pt:g}pt;break-inside:auto")


def _shrink_pictures(grid: _Grid, widths_pt: Sequence[float], size: float) -> None:
    """Lets no picture be wider than its column."""
    for cell in grid.cells:
        room = sum(widths_pt[cell.column : cell.column + cell.columns]) - (
            GUTTER_EM * size if cell.column else 0.0
        )
        for image in cell.element.iter("img"):
            drawn = _drawn_size(image)
            if drawn is not None and drawn[0] > room:
                width, height = room * MM_PER_PT, drawn[1] * room / drawn[0] * MM_PER_PT
                image.set("style", f"width:{width:.2f}mm;height:{height:.2f}mm")


def _add_class(element: HtmlElement, name: str) -> None:
    element.set("class", f"{element.get('class', '')} {name}".strip())


def _turn(
    box: HtmlElement, grid: _Grid, fit: tuple[float, tuple[float, ...]], trim: Trim, anchor: str
) -> bool:
    """Turns the table by a quarter onto pages of its own; False if a row is taller than a page is wide."""
    size, widths = fit
    wide, tall = sum(widths), trim.measure / MM_PER_PT
    heights = [text_lines(lines) for lines in _row_lines(grid, widths, size, trim.leading_pt)]
    sheets = list(_sheets(grid, heights, int(tall / trim.leading_pt)))
    if not sheets or not all(sheets):
        return False
    _fix(grid, size, widths, trim)
    table, box.text = grid.table, None
    box.remove(table)
    for rows in sheets:
        part = copy.deepcopy(table)
        for number, row in enumerate(list(part.iter("tr"))):
            if number >= grid.head and number not in rows:
                row.drop_tree()
        turned = lxml.html.Element("div", {"class": "turned"})
        turned.set(
            "style",
            f"width:{wide:.2f}pt;transform:translate(0,{trim.lines * trim.leading_pt:g}pt) rotate(-90deg)",
        )
        turned.append(part)
        sheet = lxml.html.Element(
            "div", {"class": "sheet", "style": f"height:{trim.lines * trim.leading_pt:g}pt"}
        )
        sheet.append(turned)
        box.append(sheet)
    box[0].set("id", anchor)
    _add_class(box, "on-pages")
    return True


def _sheets(grid: _Grid, heights: Sequence[int], room: int) -> Iterator[range]:
    """The rows of each turned page; an empty range says that something does not fit."""
    first = grid.head
    left = room - sum(heights[:first])
    tied = {row for cell in grid.cells for row in range(cell.row + 1, cell.row + cell.rows)}
    used, start = 0, first
    for row in range(first, len(grid.rows)):
        if used + heights[row] > left:
            if row in tied or not used:
                yield range(0)
                return
            yield range(start, row)
            used, start = 0, row
        used += heights[row]
    if start < len(grid.rows):
        yield range(start, len(grid.rows))


def _split(box: HtmlElement, grid: _Grid, room_pt: float, trim: Trim) -> None:
    """Cuts a table into parts side by side, set below each other, each with the first column."""
    size = SIZES_PT[1]
    least = [width * size for width in _least(grid, size)]
    groups = _column_groups(least, room_pt)
    table = grid.table
    for number, group in enumerate(groups, start=1):
        part = copy.deepcopy(table)
        for row in part.iter("tr"):
            for column, cell in enumerate(list(row.iterchildren("td", "th"))):
                if column not in group:
                    cell.drop_tree()
        label = lxml.html.Element("p", {"class": "table-part"})
        label.text = f"{number}/{len(groups)}"
        box.append(label)
        box.append(part)
        own = _read(part)
        if own is not None:
            fit = _fit(own, room_pt) or (SIZES_PT[-1], _squeeze(own, room_pt / SIZES_PT[-1]))
            _fix(own, *fit, trim)
    box.remove(table)


def _column_groups(least: Sequence[float], room: float) -> list[list[int]]:
    """The columns of each part; the first column is in all of them unless it is very wide."""
    repeated = [0] if least[0] <= room / 3 else []
    groups: list[list[int]] = [repeated[:]]
    for column in range(len(repeated), len(least)):
        used = sum(least[each] for each in groups[-1])
        if len(groups[-1]) > len(repeated) and used + least[column] > room:
            groups.append(repeated[:])
        groups[-1].append(column)
    return groups
