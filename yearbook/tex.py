r"""TeX to plainer TeX: what blogs write becomes what a small converter reads rightly.

Macros that a formula defines are expanded, environments that differ only in name become one, and words inside
`\text{…}` are taken out before anybody takes them for mathematics. Everything is bounded, since posts are not
trusted. Drawing does not belong here.
"""

import re
from collections.abc import Callable

from yearbook.value import dataclass

MAX_TEX = 6_000
"""Characters of TeX, also after macros are expanded."""
_MAX_DEPTH = 40
_MAX_EXPANSIONS = 400
_FIRST_PIECE = 0xE000
"""Pieces stand in the text as single characters for private use, from here on."""
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DEFINITION = re.compile(
    r"\\(?:(?:re|provide)?newcommand\*?|providecommand\*?|DeclareMathOperator(?P<star>\*?)|def)\s*"
    r"(?:\{\s*(?P<braced>\\[A-Za-z]+)\s*\}|(?P<bare>\\[A-Za-z]+))"
    r"(?:\s*\[(?P<count>\d)\])?(?P<hashes>(?:#\d)*)\s*(?=\{)"
)
_WORDS = re.compile(
    r"\\(text(?:bf|it|md|normal|rm|sf|tt|up|sl|sc)?|mbox|hbox|emph|operatorname\*?|operatornamewithlimits)\s*(?=\{)"
)
_CJK = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff01-\uff60]+")
_TAG = re.compile(r"\\tag(\*?)\s*\{([^{}]{0,40})\}")
_REFERENCE = re.compile(r"\\(eqref|ref)\s*\{([^{}]{0,60})\}")
_DROPPED = re.compile(
    r"\\(?:label|vspace\*?)\s*\{[^{}]*\}|\\(?:nonumber|notag|protect|hfill|allowbreak)(?![A-Za-z])"
)
_ROW_GAP = re.compile(r"\\\\\s*\[\s*-?[\d.]*\s*[a-z]{0,2}\s*\]")
_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{\s*([A-Za-z]+)(\*?)\s*\}")
_ARRAY = re.compile(r"\\begin\{array\}\s*\{((?:[^{}]|\{[^{}]*\}){0,200})\}")
_ROW_PART = re.compile(r"\\begin|\\end|\\left(?![A-Za-z])|\\right(?![A-Za-z])|\\\\|\\.|[{}&]", re.DOTALL)
_RENAMED = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"\\color\s*\{([^{}]{1,30})\}\s*(?=\{)", r"\\textcolor{\1}"),
        (r"\\mathrm\s*\{", r"\\mathrm {"),  # the converter takes a letter in tight braces for a symbol
        (r"\\mathds\s*\{", r"\\mathbb{"),
        (r"\\(?:bm|mathbold|boldsymbol|pmb)(?![A-Za-z])", r"\\boldsymbol"),
        (r"\\not\s*=", r"\\neq "),
        (r"\\not\s*\\in(?![A-Za-z])", r"\\notin "),
        (r"\\(?:R|Reals|reals)(?![A-Za-z])", r"\\mathbb{R}"),
        (r"\\(N|Z)(?![A-Za-z])", r"\\mathbb{\1}"),
        (r"\\(?:hdots|dotsb|dotsm|dotsi)(?![A-Za-z])", r"\\cdots "),
        (r"\\qty\s*(?=[(\[])", ""),
        (r"\|\|", r"\\Vert "),
        (r"~", r"\\ "),
    )
)
_DELIMITERS = {
    "pmatrix": ("(", ")"),
    "bmatrix": ("[", "]"),
    "Bmatrix": (r"\{", r"\}"),
    "vmatrix": ("|", "|"),
    "Vmatrix": (r"\|", r"\|"),
}
_BARE = frozenset({"equation", "displaymath", "math", "subequations"})
_ALIGNED = frozenset(
    {"align", "aligned", "alignat", "alignedat", "flalign", "split", "xalignat", "eqalign", "darray"}
)
_GATHERED = frozenset({"gather", "gathered", "multline", "multlined"})
_KEPT = frozenset({"matrix", "array", "cases", "smallmatrix", "substack"})


class TexError(ValueError):
    """Why a formula cannot be read, as half a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Words that stand in a formula and are not mathematics."""

    text: str
    """The words."""
    variant: str = ""
    """MathML's name of their style, such as `bold`; empty is upright."""
    operator: bool = False
    """Whether they are the name of a function."""
    limits: bool = False
    """Whether what is below such a name stands under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTex:
    """A formula that a small converter can read."""

    tex: str
    """The TeX; each piece is one character."""
    pieces: tuple[Piece, ...]
    """What those characters stand for."""
    tag: str
    """Its number as printed, such as `(1)`; empty if it has none."""

    def piece(self, character: str) -> Piece | None:
        """What a character stands for, if it stands for anything."""
        index = ord(character) - _FIRST_PIECE if len(character) == 1 else -1
        return self.pieces[index] if 0 <= index < len(self.pieces) else None


def plain_tex(tex: str) -> PlainTex:
    r"""The formula in plainer TeX.

    Raises:
        TexError: it cannot be read, is too long or too deep.

    >>> plain = plain_tex(r"\begin{equation}\text{가} a \tag{1}\end{equation}")
    >>> plain.pieces[0].text, plain.tag
    ('가', '(1)')
    """
    if len(tex) > MAX_TEX:
        message = f"it is longer than {MAX_TEX} characters"
        raise TexError(message)
    tex = _COMMENT.sub(r"\1", _PRIVATE.sub("", _CONTROL.sub(" ", tex))).strip()
    _check_braces(tex)
    tex = _expand_macros(tex)
    tags: list[str] = []
    tex = _TAG.sub(lambda found: _take_tag(found, tags), tex)
    pieces: list[Piece] = []
    tex = _take_words(_REFERENCE.sub(_reference, tex), pieces)
    tex = _ROW_GAP.sub(r"\\\\ ", _DROPPED.sub("", tex))
    for pattern, plain in _RENAMED:
        tex = pattern.sub(plain, tex)
    tex = _ARRAY.sub(_columns, _lay_rows(_plain_environments(tex)))
    if not tex.strip():
        message = "nothing is in it"
        raise TexError(message)
    return PlainTex(tex=tex, pieces=tuple(pieces), tag=" ".join(tags))


def read_group(tex: str, start: int) -> tuple[str, int]:
    """The text between the brace at or after `start` and its partner, and the position after it."""
    begin = tex.index("{", start)
    depth = 0
    position = begin
    while position < len(tex):
        if tex[position] == "\\":
            position += 1
        elif tex[position] in "{}":
            depth += 1 if tex[position] == "{" else -1
            if depth == 0:
                return tex[begin + 1 : position], position + 1
        position += 1
    message = "a brace is not closed"
    raise TexError(message)


def _check_braces(tex: str) -> None:
    """Refuses braces without a partner, and nesting no formula needs."""
    depth = deepest = 0
    for found in re.finditer(r"\\.|[{}]", tex, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        deepest = max(deepest, depth)
        if depth < 0:
            break
    if depth:
        message = "its braces do not match"
        raise TexError(message)
    if deepest > _MAX_DEPTH:
        message = f"it is nested deeper than {_MAX_DEPTH} times"
        raise TexError(message)


# ---------------------------------------------------------------------------------------------- macros


def _expand_macros(tex: str) -> str:
    """The formula with the macros that it defines itself written out."""
    macros: dict[str, tuple[int, str]] = {}
    while found := _DEFINITION.search(tex):
        body, end = read_group(tex, found.end())
        count = int(found["count"] or 0) or found["hashes"].count("#")
        if found["star"] is not None:
            body = rf"\operatorname{found['star']}{{{body}}}"
        macros[found["braced"] or found["bare"]] = (count, body)
        tex = tex[: found.start()] + tex[end:]
    if not macros:
        return tex
    names = re.compile("|".join(rf"{re.escape(name)}(?![A-Za-z])" for name in macros))
    for _ in range(_MAX_EXPANSIONS):
        used = names.search(tex)
        if not used:
            return tex
        tex = _expand(tex, used, *macros[used[0]])
        if len(tex) > MAX_TEX:
            break
    message = "its macros grow without end"
    raise TexError(message)


def _expand(tex: str, used: re.Match[str], count: int, body: str) -> str:
    """The text with one use of a macro written out."""
    position = used.end()
    for number in range(1, count + 1):
        if not tex[position:].lstrip().startswith("{"):
            message = f"{used[0]} wants {count} arguments"
            raise TexError(message)
        argument, position = read_group(tex, position)
        body = body.replace(f"#{number}", argument)
    return f"{tex[: used.start()]}{body} {tex[position:]}"


# ---------------------------------------------------------------------------------------------- words


def _take_tag(found: re.Match[str], tags: list[str]) -> str:
    tags.append(found[2] if found[1] else f"({found[2]})")
    return ""


def _reference(found: re.Match[str]) -> str:
    return rf"\text{{({found[2]})}}" if found[1] == "eqref" else rf"\text{{{found[2]}}}"


def _take_words(tex: str, pieces: list[Piece]) -> str:
    """Puts one character in the place of every text, name and run of Hangul, kana or hanzi."""

    def put(piece: Piece) -> str:
        pieces.append(piece)
        return chr(_FIRST_PIECE + len(pieces) - 1)

    parts: list[str] = []
    position = 0
    while found := _WORDS.search(tex, position):
        parts.append(tex[position : found.start()])
        words, position = read_group(tex, found.end())
        parts.append(_words(found[1], words, put))
    parts.append(tex[position:])
    return _CJK.sub(lambda found: put(Piece(text=found[0])), "".join(parts))


def _words(command: str, words: str, put: Callable[[Piece], str]) -> str:
    r"""What stands for `\text{words}`; mathematics between dollar signs inside stays mathematics."""
    if command.startswith("operatorname"):
        name = re.sub(r"\\[,;:! ]|~", "\u2009", words)
        name = re.sub(r"\\[A-Za-z]+\s*|[{}$]", "", name).strip()
        return put(Piece(text=name, operator=True, limits=command != "operatorname"))
    variant = {"textbf": "bold", "textit": "italic", "emph": "italic", "textsl": "italic"}.get(command, "")
    variant = {"texttt": "monospace", "textsf": "sans-serif"}.get(command, variant)
    shown = [
        f"{{{part}}}" if number % 2 else put(Piece(text=_plain_words(part), variant=variant))
        for number, part in enumerate(re.split(r"(?<!\\)\$", words))
        if part
    ]
    return f"{{{''.join(shown)}}}"


def _plain_words(words: str) -> str:
    """The words as read: no braces, no backslash before a sign, spaces that stay."""
    words = re.sub(r"\\([%&#$_{} ])", r"\1", words.replace("~", "\u00a0"))
    words = re.sub(r"\\(?:text\w*|mathrm|mathbf|quad|,|;|:)\s*", " ", words)
    return re.sub(r"\s+", "\u00a0", re.sub(r"[{}]", "", words))


# ---------------------------------------------------------------------------------------------- rows


def _plain_environments(tex: str) -> str:
    """Environments by the names the converter knows; those that only number an equation are dropped."""
    parts: list[str] = []
    position = 0
    open_names: list[str] = []
    while found := _ENVIRONMENT.search(tex, position):
        parts.append(tex[position : found.start()])
        position = found.end()
        name = found[2]
        if found[1] == "begin":
            open_names.append(name)
            position = _skip_options(tex, position, name)
        elif not open_names or open_names.pop() != name:
            message = f"\\end{{{name}}} has no beginning"
            raise TexError(message)
        parts.append(_fence(name, opens=found[1] == "begin"))
    if open_names:
        message = f"\\begin{{{open_names[-1]}}} has no end"
        raise TexError(message)
    return "".join(parts) + tex[position:]


def _skip_options(tex: str, position: int, name: str) -> int:
    """The position after `[t]` and after the number of columns of `alignat`."""
    if option := re.compile(r"\s*\[[a-z]?\]").match(tex, position):
        position = option.end()
    if name in {"alignat", "alignedat", "xalignat"} and (
        option := re.compile(r"\s*\{\s*\d*\s*\}").match(tex, position)
    ):
        position = option.end()
    return position


def _columns(found: re.Match[str]) -> str:
    """The columns of an array by letters and rules between them; rules at its edges are not drawn."""
    letters = re.sub(r"[@!><pmb]\{[^{}]*\}|[^lcr|]", "", found[1])
    return rf"\begin{{array}}{{{re.sub(r'[|]+', '|', letters).strip('|')}}}"


def _fence(name: str, *, opens: bool) -> str:
    """What begins or ends an environment in plainer TeX."""
    if name in _BARE:
        return " "
    if name in _DELIMITERS:
        left, right = _DELIMITERS[name]
        return rf"{{\left{left}\begin{{matrix}}" if opens else rf"\end{{matrix}}\right{right}}}"
    if name in {"rcases", "drcases"}:
        return r"\left.\begin{array}{ll}" if opens else r"\end{array}\right\}"
    verb = "begin" if opens else "end"
    if name in _ALIGNED:
        return rf"\{verb}{{align*}}"
    if name in _GATHERED or name == "eqnarray":
        columns = "rcl" if name == "eqnarray" else "c"
        return rf"\begin{{array}}{{{columns}}}" if opens else r"\end{array}"
    if name == "dcases":
        name = "cases"
    if name not in _KEPT:
        message = f"the environment {name} is not known"
        raise TexError(message)
    return rf"\{verb}{{{name}}}"


def _lay_rows(tex: str) -> str:
    """Rows that stand in no environment are put into one."""
    depth = 0
    breaks = columns = False
    for found in _ROW_PART.finditer(tex):
        token = found[0]
        if token in {r"\begin", "{", r"\left"}:
            depth += 1
        elif token in {r"\end", "}", r"\right"}:
            depth -= 1
        elif depth <= 0:
            breaks = breaks or token == "\\\\"
            columns = columns or token == "&"
    if columns:
        return rf"\begin{{align*}}{tex}\end{{align*}}"
    return rf"\begin{{array}}{{c}}{tex}\end{{array}}" if breaks else tex
