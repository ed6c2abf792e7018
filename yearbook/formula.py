r"""Draws mathematics: TeX becomes outlines with a baseline, or half a sentence that says why not.

The way is TeX → plainer TeX (`tex`) → MathML → boxes → outlines. The middle two steps are other people's
(`latex2mathml`, `ziamath`); what they draw wrongly is mended between and after. No font of the machine is
used: formulas are set in the STIX Two Math that comes with `ziamath`, and Hangul, kana and hanzi in the
book's fonts. Placing a formula in the text belongs to `localise`.
"""

import functools
import html
import math
import re
import warnings
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import latex2mathml.exceptions
from latex2mathml.converter import Converter

with warnings.catch_warnings():
    # While it is loaded, ziamath finds its font in a way that Python 3.11 and 3.12 call out of date.
    warnings.simplefilter("ignore", DeprecationWarning)
    import ziamath.zmath

from ziafont.font import Font
from ziafont.fonttypes import BBox
from ziafont.glyph import SimpleGlyph
from ziamath.drawable import Drawable, Glyph, HLine, VLine
from ziamath.mathfont import MathFont
from ziamath.nodes.mnode import Mnode
from ziamath.nodes.moperator import Moperator
from ziamath.nodes.mrow import Mrow
from ziamath.nodes.mspace import Mpadded, Mspace
from ziamath.nodes.mtable import Mtable
from ziamath.styles import MathVariant, parse_style

from yearbook.assets import asset_dir
from yearbook.tex import PlainTex, TexError, plain_tex
from yearbook.value import dataclass

INK = "#1b1a18"
"""Colour of a formula that asks for none: the book's ink."""
_EM = 1000
"""Size in which formulas are laid out: one unit of the font, so that most outlines are whole numbers."""
_MAX_NODES = 3_000
_MAX_COST = 40_000
_LARGEST_EM = 300
_MARGIN = 10
"""Units of air around the outlines, so that no edge is cut off by rounding."""
_ROOM_ABOVE, _ROOM_BELOW = 0.85, 0.45
"""Shares of a line that a picture may take above and below the baseline without touching its neighbours."""
_SMALLEST_INLINE = 0.72
"""A formula in a line is never set smaller than this share of its size."""
_AIR = 0.5
"""Lines of air, above and below together, that a formula on its own has at least."""
_TEXT_PT = 9.6
"""Size of the unseen text, as in the style sheet."""
_TIGHTEST = 0.22
"""Readers of PDFs take two equal letters that stand closer than this squeezes them for one printed twice."""
_WIDE_FROM = 0x1100
"""First character that is as wide as the type is high."""
_FALLBACKS = (
    "NotoSerifKR_400Regular.ttf",
    "NotoSerifJP_400Regular.ttf",
    "NotoSerifSC_400Regular.ttf",
    "NotoSerifTC_400Regular.ttf",
    "NotoSansSymbols2_400Regular.ttf",
)
_CHARACTER = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}));")
_LENGTH = re.compile(r"([+-]?)\s*(\d{0,6}\.?\d{0,6})\s*([a-z]{2})")
_PER_EM = {"em": 1.0, "ex": 0.43, "mu": 1 / 18, "pt": 0.1, "px": 0.075, "bp": 0.1, "pc": 1.2, "mm": 0.285,
           "cm": 2.85, "in": 7.2, "dd": 0.107}  # fmt: skip
_LENGTHS = frozenset(
    {"width", "height", "depth", "lspace", "rspace", "voffset", "minsize", "maxsize"}
    | {"rowspacing", "columnspacing"}
)
_KEPT = _LENGTHS | {
    "accent", "columnalign", "columnlines", "rowlines", "display", "displaystyle", "fence", "form",
    "linebreak", "linethickness", "mathbackground", "mathcolor", "mathvariant", "movablelimits", "notation",
    "scriptlevel", "separator", "stretchy",
}  # fmt: skip
_VARIANTS = {"double-struck": "double", "sans-serif": "sans", "monospace": "mono"} | {
    "bold-italic": "bold italic"
}
_SIGNS = {"-": "\u2212", "*": "\u2217", "\u29f8": "/"}
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3}(?:[0-9A-Fa-f]{3})?|[A-Za-z]{3,20}")
_UNSTRETCHED = frozenset("\u2191\u2193\u27e8\u27e9∫∬∭∮∯∰∑∏∐⋃⋂⋁⋀⨁⨂")
_LARGE = frozenset("∫∬∭∮∯∰∑∏∐⋃⋂⋁⋀⨁⨂")
_BINARY = frozenset("+\u2212∗×⋅·±∓∪∩∧∨⊕⊗⊖⊙∘∙÷⊎∖⋆†‡⊓⊔△▽") | {"mod"}
_RELATION = frozenset("=<>≤≥≠≈∼≡∈∉∋⊂⊆⊃⊇⊄⊊⊋→←↔⇒⇐⇔↦∝≪≫≃≅∣∥⊢⊨⊥⟂⟹⟸⟺⟶⟵⟷⟼≔≐≜≺≻⪯⪰≼≽⩽⩾≲≳↪↣↠⇀⊧⊩∤∦≢≁≄≇")
_PREFIX = frozenset("∇∂¬∀∃∄√")
_OPENING = frozenset("([{⟨⌊⌈,;:")
_ARROWS = frozenset("→←↔⇒⇐⇔↦↪↩⇌⇋⇀⇁↼↽=")
_BINARY_SPACE, _RELATION_SPACE, _THIN_SPACE = "0.222em", "0.278em", "0.167em"
_TROUBLES: tuple[type[Exception], ...] = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, StopIteration, SyntaxError,
    TypeError, ValueError,
    *(
        kind
        for kind in vars(latex2mathml.exceptions).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ),
)  # fmt: skip
"""What the two libraries raise on TeX that they cannot read; they have no error of their own in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A drawn formula."""

    svg: bytes
    """Outlines only: no text, no `id`, no reference to anything."""
    width_pt: float
    """Width of the picture."""
    height_pt: float
    """Height of the picture, the part below the baseline included."""
    depth_pt: float
    """How far the picture reaches below the baseline."""
    text: str
    """The formula as a person can read and search it: its TeX on one line."""
    tag: str
    """Its number as printed, such as `(1)`; empty if it has none. It is not in the picture."""


def draw_formula(tex: str, *, display: bool, size_pt: float, ink: str = INK) -> Formula | str:
    r"""The formula as a picture, or why it cannot be drawn as half a sentence.

    Nothing is raised whatever the TeX is, and time and memory are bounded. The same TeX gives the same bytes.

    Args:
        tex: TeX without delimiters.
        display: whether it stands on lines of its own, with large sums and limits above and below.
        size_pt: size of the type around it.
        ink: colour, as CSS.

    >>> drawn = draw_formula(r"\frac{1}{2}", display=False, size_pt=10)
    >>> drawn.text, 8 < drawn.height_pt < 20, 2 < drawn.depth_pt < 8
    ('\\frac{1}{2}', True, True)
    >>> draw_formula("{", display=False, size_pt=10)
    'its braces do not match'
    """
    try:
        plain = plain_tex(tex)
        node = _lay_out(_mathml(plain, display=display))
        return _picture(node, " ".join(tex.split()), plain.tag, size_pt, ink)
    except TexError as error:
        return str(error)
    except _TROUBLES:
        return "the TeX cannot be read"


def formula_html(formula: Formula, *, display: bool, leading_pt: float, measure_pt: float) -> str:
    """The formula as HTML that keeps the lines of the page where they are; `styles/embeds.css` belongs to it.

    The TeX lies over the picture, unseen and as wide: so it is found, copied and read aloud in its place.
    In a line the picture takes no height; one too tall for that is set smaller, and one that would have to be
    very small stands on its own. On its own it is in a box of whole lines, no wider than the measure.

    Args:
        formula: as drawn.
        display: whether it stands on lines of its own.
        leading_pt: height of a line of the text.
        measure_pt: width of the text.
    """
    widest = min(1.0, measure_pt / formula.width_pt)
    above, depth = max(0.1, formula.height_pt - formula.depth_pt), max(0.1, formula.depth_pt)
    fit = min(leading_pt * _ROOM_ABOVE / above, leading_pt * _ROOM_BELOW / depth)
    if display or fit < _SMALLEST_INLINE:
        return _block_html(formula, widest, leading_pt)
    scale = min(widest, fit)
    rise, drop = (formula.height_pt - formula.depth_pt) * scale, formula.depth_pt * scale
    margins = f"margin:{-rise:.2f}pt 0 {-drop:.2f}pt"
    return f'<span class="math inline drawn">{_layers(formula, scale, margins)}</span>'


def _block_html(formula: Formula, scale: float, leading_pt: float) -> str:
    """The formula in a box of whole lines, with its number at the right."""
    height = formula.height_pt * scale
    box = math.ceil(height / leading_pt + _AIR) * leading_pt
    tag = f'<span class="tag">{html.escape(formula.tag)}</span>' if formula.tag else ""
    layers = _layers(formula, scale, f"margin-top:{(box - height) / 2:.2f}pt")
    style = f"height:{box:g}pt;line-height:{box:g}pt"
    return f'<span class="math display drawn" style="{style}"><span class="row">{layers}</span>{tag}</span>'


def _layers(formula: Formula, scale: float, margins: str) -> str:
    """The unseen text and the picture over it."""
    ems = sum(1.0 if ord(character) >= _WIDE_FROM else 0.5 for character in formula.text)
    stretch = max(_TIGHTEST, formula.width_pt * scale / (ems * _TEXT_PT))
    size = f"width:{formula.width_pt * scale:.2f}pt;height:{formula.height_pt * scale:.2f}pt"
    picture = formula.svg.decode().replace("<svg ", f'<svg style="{size};{margins}" ', 1)
    text = html.escape(formula.text, quote=False)
    return f'<span class="tex" style="transform:scaleX({stretch:.4f})">{text}</span>{picture}'


# ---------------------------------------------------------------------------------------------- MathML


def _mathml(plain: PlainTex, *, display: bool) -> ET.Element:
    """The formula as a tree that the drawer reads rightly."""
    read = Converter(display="block" if display else "inline").convert_to_element(plain.tex)
    if sum(1 for _ in read.iter()) > _MAX_NODES:
        message = "it is too large"
        raise TexError(message)
    root = ET.Element("math", {"display": "block" if display else "inline"})
    root.append(_mended(read[0], plain))
    if _cost(root) > _MAX_COST:
        message = "it is nested too deeply"
        raise TexError(message)
    return root


def _cost(element: ET.Element, weight: float = 1.0) -> float:
    """How often boxes will be measured: each of these asks twice for the size of what is in it."""
    if element.tag in {"mpadded", "mphantom", "merror"}:
        weight *= 2
    return weight + sum(_cost(child, weight) for child in element)


def _mended(element: ET.Element, plain: PlainTex) -> ET.Element:
    """The element and all below it, with known attributes only and every text as characters."""
    tag = "mrow" if element.tag == "mstyle" else element.tag
    text = _CHARACTER.sub(_character, element.text or "")
    made = ET.Element(tag, _attributes(element))
    made.text = text
    made.extend([_mended(child, plain) for child in element])
    if tag in {"mi", "mo", "mn", "mtext"}:
        return _mended_token(made, plain)
    if tag in {"mover", "munderover"}:
        _mend_accent(made)
    if tag in {"mover", "munder", "munderover"}:
        return _mend_labelled(made)
    if tag == "mtable":
        _mend_gaps(made)
    if tag in {"mrow", "mtd", "msqrt", "mpadded", "mphantom", "menclose"}:
        _space_row(made)
    if tag == "mrow" and len(made) == 1 and not made.attrib and made[0].tag not in {"mo", "mspace"}:
        return made[0]
    return made


def _character(found: re.Match[str]) -> str:
    """The character that a reference by number stands for."""
    return chr(int(found[1], 16) if found[1] else int(found[2]))


def _attributes(element: ET.Element) -> dict[str, str]:
    kept = {name: str(text) for name, text in element.attrib.items() if name in _KEPT}
    for name in _LENGTHS & set(kept):
        kept[name] = " ".join(_length(word) for word in kept[name].split())
    for name in ("mathcolor", "mathbackground"):
        if name in kept and not _COLOUR.fullmatch(kept[name]):
            del kept[name]
    if "mathvariant" in kept:
        kept["mathvariant"] = _VARIANTS.get(kept["mathvariant"], kept["mathvariant"])
    return kept


def _length(text: str) -> str:
    """A length in ems and within reason; names and shares stay as they are."""
    found = _LENGTH.fullmatch(text)
    if not found or found[3] not in _PER_EM:
        return text if re.fullmatch(r"[a-z]*|-?0(?:\.\d+)?|-?\d?width", text) else "0"
    return f"{found[1]}{min(50.0, float(found[2] or 0) * _PER_EM[found[3]]):.4f}em"


def _mended_token(token: ET.Element, plain: PlainTex) -> ET.Element:
    """A letter, number, sign or text as the drawer wants it; words that stood aside come back."""
    text = (token.text or "").strip(" \t\n")
    if token.tag != "mtext" and re.match(r"\\[A-Za-z]", text):
        message = f"the command {text} is not known"
        raise TexError(message)
    if not text:
        return ET.Element("mrow")
    if (piece := plain.piece(text)) is not None:
        made = ET.Element("mtext" if not piece.operator else "mo" if piece.limits else "mi")
        made.text = piece.text or "\u200a"
        if piece.limits:
            made.attrib.update(movablelimits="true", rspace="0.167em", lspace="0")
        if piece.variant:
            made.set("mathvariant", _VARIANTS.get(piece.variant, piece.variant))
        return made
    token.text = text
    if token.tag in {"mo", "mi"}:
        token.text = "∼" if text == "~" and token.tag == "mi" else _SIGNS.get(text, text)
        if text in _UNSTRETCHED and "fence" not in token.attrib:
            token.set("stretchy", "false")
    return token


def _mend_accent(over: ET.Element) -> None:
    """Gives a hat or a tilde the character that sits on one letter, or the one that grows."""
    mark = over[-1]
    if mark.tag != "mo":
        return
    wide = mark.get("stretchy") != "false" and over.get("accent") != "true"
    mark.text = {"^": "\u0302" if wide else "\u02c6", "~": "\u0303" if wide else "\u02dc"}.get(
        mark.text or "", mark.text
    )


def _mend_labelled(over: ET.Element) -> ET.Element:
    """An arrow as long as what is written on it; a sign of comparison keeps its air."""
    if over[0].tag == "mrow" and len(over[0]) == 1 and over[0][0].tag in {"mo", "mi"}:
        over[0] = over[0][0]
    base = over[0].text or ""
    label = "".join("".join(part.itertext()) for part in list(over)[1:])
    if base in _ARROWS and base != "=":
        width = sum(0.8 if ord(character) > 0x1100 else 0.4 for character in label) + 1
        over[0].set("data-width", f"{width:.2f}em")
    if base not in _RELATION:
        return over
    for name in ("lspace", "rspace"):
        over[0].set(name, "0")
    row = ET.Element("mrow")
    row.extend((_space(_RELATION_SPACE), over, _space(_RELATION_SPACE)))
    return row


def _mend_gaps(table: ET.Element) -> None:
    """Air between columns and rows as TeX has it."""
    if "columnspacing" not in table.attrib:
        sides = [cell.get("columnalign") for row in table for cell in row]
        is_equation = sides[:3] == ["right", "center", "left"]
        table.set("columnspacing", _RELATION_SPACE if is_equation else "0.9em")
    elif "2." in table.get("columnspacing", ""):
        table.set("columnspacing", "0em 1.5em")
    if table.get("rowspacing", "0.3000em") == "0.3000em":
        table.set("rowspacing", "0.45em")


def _space(width: str) -> ET.Element:
    return ET.Element("mspace", {"width": width})


def _space_row(row: ET.Element) -> None:
    """Air around signs by what they are and where they stand; the drawer's own table is not TeX's."""
    children = list(row)
    for index, child in enumerate(children):
        text = child.text or ""
        if child.tag in {"msub", "msup", "msubsup"} and len(child) and child[0].text in _PREFIX:
            _set_air(child[0], "0")
        if child.tag in {"mo", "mi"} and len(children) > 1 and "fence" not in child.attrib:
            before = children[index - 1] if index else None
            if text in _RELATION:
                _set_air(child, _RELATION_SPACE)
            elif text in _BINARY:
                _set_air(child, "0" if _is_sign(before) or index + 1 == len(children) else _BINARY_SPACE)
            elif text in _PREFIX:
                _set_air(child, "0")
        following = children[index + 1] if index + 1 < len(children) else None
        if following is not None and _is_limited(child) and following.tag not in {"mo", "mspace"}:
            row.insert(list(row).index(child) + 1, _space(_THIN_SPACE))


def _set_air(sign: ET.Element, width: str) -> None:
    for name in ("lspace", "rspace"):
        sign.set(name, width)


def _is_sign(before: ET.Element | None) -> bool:
    """Whether a sign after this stands for minus or plus of what follows, not between two things."""
    text = (before.text or "") if before is not None else ""
    return before is None or before.get("form") == "prefix" or text in _RELATION | _BINARY | _OPENING


def _is_limited(child: ET.Element) -> bool:
    """Whether this is a function's name or a large sign with something below or above it."""
    if child.tag not in {"msub", "msup", "msubsup"} or not len(child):
        return False
    base = child[0]
    text = base.text or ""
    is_name = len(text) > 1 and text.isascii() and text.isalpha()
    return base.tag in {"mi", "mo"} and (text in _LARGE or is_name)


# ---------------------------------------------------------------------------------------------- boxes


class _Face(MathFont):
    """The font of formulas, which asks the book's fonts for what it lacks."""


    def findglyph(self, char: str, variant: MathVariant) -> SimpleGlyph:
        """The outline of a character, from whichever font has it."""
        glyph = super().findglyph(char, variant)
        if glyph.index:
            return glyph
        if self.glyphindex(char):
            return self.glyph(char)
        if char.isspace():
            return self.glyph(" ")
        for name in _FALLBACKS:
            font = _other_face(name)
            if font.glyphindex(char):
                return font.glyph(char)
        message = f"no font has the character {char} (U+{ord(char):04X})"
        raise TexError(message)

    def language(self, script: str, language: str) -> None:
        """Sets the script; without kerning, which would look up glyphs of another font by their number."""
        super().language(script, language)  # type: ignore[no-untyped-call]
        self.features["kern"] = False


@functools.cache
def _other_face(name: str) -> Font:
    """One of the book's fonts, read when a character is met that needs it: a third of a second."""
    font = Font(asset_dir("fonts") / name)
    font.features["kern"] = False
    return font


@functools.cache
def _face() -> _Face:
    """The font of formulas, read once: it takes a fifth of a second."""
    return _Face(ziamath.zmath.fontname, _EM)


class _Sized:
    """Mends the drawer's lengths: it takes a point for a pixel, so that every space is a third too wide."""

    def size_px(self, size: str, fontsize: float | None = None) -> float:
        """The length in units."""
        found: float = super().size_px(size, fontsize)  # type: ignore[misc]
        return found * 0.75 if size[-1:].isalpha() else found


class _Row(_Sized, Mrow, tag="mrow"):
    """A row that is measured once: the drawer measures rows in rows twice at every level."""

    def _get_height_nostretch(self, line: list[ET.Element], **kwargs: Any) -> tuple[float, float]:
        if kwargs.get("nostretch"):
            return 0.0, 0.0
        return super()._get_height_nostretch(line, **kwargs)

    def _setup(self, **kwargs: Any) -> None:
        super()._setup(**kwargs)
        if self.bbox.ymin > self.bbox.ymax:  # nothing that has a height is in it
            self.bbox = BBox(self.bbox.xmin, self.bbox.xmax, 0, 0)


class _Operator(_Sized, Moperator, tag="mo"):
    """A sign whose spaces are right; an arrow with a label says itself how long it is."""

    def __init__(self, element: ET.Element, parent: Mnode, **kwargs: Any) -> None:
        if length := element.get("data-width"):
            kwargs["width"] = float(length.removesuffix("em")) * _EM
        super().__init__(element, parent, **kwargs)


class _Space(_Sized, Mspace, tag="mspace"):
    """A space that is as wide as it says."""


class _Padded(_Sized, Mpadded, tag="mpadded"):
    """A box whose own lengths are right."""


class _Table(_Sized, Mtable, tag="mtable"):
    """Rows and columns whose gaps are right, with the rules between them."""

    def _setup(self, **kwargs: Any) -> None:
        super()._setup(**kwargs)
        columns = max((len(row) for row in self.element), default=0)
        places = [place for place, _ in zip(self.nodexy, self.nodes, strict=True)]
        if not columns or len(places) != columns * len(self.element):
            return
        line = self.units_to_points(self.font.math.consts.fractionRuleThickness)
        for gap in _ruled(self.element.get("rowlines", ""), len(self.element) + 1):
            self._rule_across(gap, columns, line)
        for gap in _ruled(self.element.get("columnlines", ""), columns - 1):
            self._rule_down(gap, columns, line)

    def _rule_down(self, gap: int, columns: int, line: float) -> None:
        """A rule behind the column with this number."""
        cells = list(zip(self.nodexy, self.nodes, strict=True))[: columns * len(self.element)]
        left = max(x + node.bbox.xmax for (x, _), node in cells[gap::columns])
        right = min(x for (x, _), _ in cells[gap + 1 :: columns])
        height = self.bbox.ymax - self.bbox.ymin
        self.nodes.append(VLine(height, line, style=self.style))
        self.nodexy.append(((left + right) / 2, -self.bbox.ymax))

    def _rule_across(self, gap: int, columns: int, line: float) -> None:
        """A rule above the row with this number."""
        cells = list(zip(self.nodexy, self.nodes, strict=True))[: columns * len(self.element)]
        rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
        above = [y - node.bbox.ymin for (_, y), node in (rows[gap - 1] if gap else ())]
        below = [y - node.bbox.ymax for (_, y), node in (rows[gap] if gap < len(rows) else ())]
        air = self.size_px("0.2em")
        top = min(below) - air if below else max(above) + air
        if above and below:
            top = (max(above) + min(below)) / 2
        self.nodes.append(HLine(self.bbox.xmax - self.bbox.xmin, line, style=self.style))
        self.nodexy.append((self.bbox.xmin, top))
        self.bbox = BBox(self.bbox.xmin, self.bbox.xmax, min(self.bbox.ymin, -top), max(self.bbox.ymax, -top))


def _ruled(lines: str, count: int) -> list[int]:
    """Numbers of the gaps that have a rule."""
    return [number for number, kind in enumerate(lines.split()[:count]) if kind in {"solid", "dashed"}]


class _Page:
    """What the outermost box asks its parent for."""

    mtag = "math"

    def __init__(self, element: ET.Element) -> None:
        self.element = element
        self.font = _face()
        self.size = _EM
        self.style = parse_style(element)
        self.params: dict[str, str] = {}
        self.nodes: list[Drawable] = []
        self.parent = self


def _lay_out(tree: ET.Element) -> Mnode:
    """The boxes of a formula."""
    return Mnode.fromelement(tree, parent=_Page(tree))  # type: ignore[arg-type]  # stands in for its page


# ---------------------------------------------------------------------------------------------- outlines


def _picture(node: Mnode, text: str, tag: str, size_pt: float, ink: str) -> Formula:
    """The boxes as a picture."""
    box = node.bbox
    left, right = min(box.xmin, 0) - _MARGIN, max(box.xmax, node.xadvance()) + _MARGIN
    top, bottom = box.ymax + _MARGIN, box.ymin - _MARGIN
    width, height = right - left, top - bottom
    if not 0 < width < _LARGEST_EM * _EM or not 0 < height < _LARGEST_EM * _EM:
        message = "it has no size that could be printed"
        raise TexError(message)
    runs: list[tuple[str, list[str]]] = []
    for colour, path in _outlines(node, 0.0, 0.0):
        shown = ink if colour == "black" else colour
        if not runs or runs[-1][0] != shown:
            runs.append((shown, []))
        runs[-1][1].append(path)
    if not runs:
        message = "nothing in it can be seen"
        raise TexError(message)
    scale = size_pt / _EM
    paths = "".join(f'<path fill="{colour}" d="{"".join(parts)}"/>' for colour, parts in runs)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'width="{width * scale:.3f}pt" height="{height * scale:.3f}pt" '
        f'viewBox="{left:.1f} {-top:.1f} {width:.1f} {height:.1f}">{paths}</svg>'
    )
    return Formula(
        svg=svg.encode(),
        width_pt=round(width * scale, 3),
        height_pt=round(height * scale, 3),
        depth_pt=round(-bottom * scale, 3),
        text=text,
        tag=tag,
    )


def _outlines(node: Drawable, x: float, y: float) -> Iterator[tuple[str, str]]:
    """Colour and outline of everything in a box, in the order of drawing; y grows downwards."""
    if isinstance(node, Mnode):
        if node.style.mathbackground not in {"none", None}:
            width, height = node.bbox.xmax - node.bbox.xmin, node.bbox.ymax - node.bbox.ymin
            yield node.style.mathbackground, _bar(x + node.bbox.xmin, y - node.bbox.ymax, width, height)
        for (right, down), child in zip(node.nodexy, node.nodes, strict=False):
            yield from _outlines(child, x + right, y + down)
    elif not getattr(node, "phantom", False):
        colour = node.style.mathcolor or "black"  # type: ignore[attr-defined]
        if isinstance(node, Glyph):
            drawn = node.glyph.svgpath(x0=x, y0=y, scale_factor=node.size / SimpleGlyph.DFLT_SIZE_PT)
            for path in drawn.iter("path") if drawn is not None else ():
                yield colour, _short(path.get("d", ""))
        else:
            yield from ((colour, path) for path in _strokes(node, x, y))


def _strokes(node: Drawable, x: float, y: float) -> Iterator[str]:
    """The outlines of a rule, a frame or a stroke through something."""
    sheet = ET.Element("svg")
    node.draw(x, y, sheet)
    for shape in sheet:
        found = {name: float(shape.get(name, "0")) for name in ("x", "y", "width", "height", "stroke-width")}
        x0, y0, width, height, line = found.values()
        if shape.tag == "rect" and shape.get("stroke"):
            yield _bar(x0, y0, width, line) + _bar(x0, y0 + height - line, width, line)
            yield _bar(x0, y0, line, height) + _bar(x0 + width - line, y0, line, height)
        elif shape.tag == "rect":
            yield _bar(x0, y0, width, height)
        elif shape.tag == "path":
            x1, y1, x2, y2 = (float(number) for number in re.findall(r"-?[\d.]+", shape.get("d", ""))[:4])
            yield _slant(x1, y1, x2, y2, line)


def _bar(x: float, y: float, width: float, height: float) -> str:
    """A filled rectangle."""
    return _short(f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z")


def _slant(x1: float, y1: float, x2: float, y2: float, line: float) -> str:
    """A slanting stroke as a filled shape."""
    return _short(f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}v{line:.1f}L{x1:.1f} {y1 + line:.1f}z")


def _short(path: str) -> str:
    """The outline with tenths of a unit at most, and no space that says nothing."""
    path = re.sub(r"(\.\d)\d+", r"\1", path)
    return re.sub(r"\s*([MLCQZHVhvz])\s*", r"\1", re.sub(r"\.0(?!\d)", "", path)).strip()
