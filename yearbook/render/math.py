r"""Finds mathematics in Markdown before Markdown's own signs can spoil it; pure functions for both parsers.

Blogs write TeX between `$…$`, `$$…$$`, `\(…\)`, `\[…\]` (the backslash often doubled) and in
`\begin{…}…\end{…}`. Prices, shell variables and Korean sentences with two dollar signs are not mathematics.
Drawing it does not belong here.
"""

import html
import re

from yearbook.lazy import later
from yearbook.value import dataclass

_HANGUL_OR_HAN = later(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7ff]")
_TEXT_COMMAND = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mbox|hbox|tag|operatorname)\s*\{[^{}]*\}")
_LOOKS_LIKE_TEX = re.compile(
    r"[\\^_=+<>{}|/*]|^\s*[-+]?[A-Za-z0-9.,']{1,3}\s*$|^[A-Za-z]\([^()]*\)$|\d\s*-|-\s*\d"
)
_ENVIRONMENT = re.compile(r"\\begin\{([A-Za-z]+\*?)\}")
_FENCES = {"\\(": "\\)", "\\\\(": "\\\\)", "\\[": "\\]", "\\\\[": "\\\\]"}
_MAX_INLINE = 1_000
_MAX_DISPLAY = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A formula found in a text."""

    tex: str
    """Its TeX, without delimiters."""
    display: bool
    """Whether it stands on a line of its own."""
    end: int
    """Position after it in the text."""

    def html(self, *, block: bool = False) -> str:
        """The formula as HTML: its TeX as text, so that it can still be read where nobody draws it.

        Args:
            block: whether it stands between paragraphs, not inside one.
        """
        tag, kind = "div" if block else "span", "display" if self.display else "inline"
        return f'<{tag} class="math {kind}">{html.escape(self.tex, quote=False)}</{tag}>'


def find_formula(text: str, start: int) -> Formula | None:
    r"""The formula that begins at `start`, or None; `text` is one paragraph.

    >>> find_formula("값은 $x^2$이다", 3).tex
    'x^2'
    >>> find_formula("$5에서 $10까지", 0), find_formula("$HOME/bin:$PATH", 0)
    (None, None)
    >>> find_formula(r"\(a_1\) 과", 0).tex
    'a_1'
    """
    if text.startswith("$$", start):
        return _between(text, start, "$$", "$$", display=True)
    if text.startswith("$", start):
        return _dollar(text, start)
    if text.startswith("\\begin{", start):
        return find_environment(text, start)
    for opener in ("\\\\(", "\\\\[", "\\(", "\\["):
        if text.startswith(opener, start):
            return _between(text, start, opener, _FENCES[opener], display=opener.endswith("["))
    return None


def find_environment(text: str, start: int) -> Formula | None:
    r"""The `\begin{…}…\end{…}` that begins at `start`, or None.

    >>> find_environment(r"\begin{align}a&=b\end{align}.", 0).end
    28
    """
    opened = _ENVIRONMENT.match(text, start)
    if not opened:
        return None
    closer = f"\\end{{{opened[1]}}}"
    close = text.find(closer, opened.end(), opened.end() + _MAX_DISPLAY)
    if close < 0:
        return None
    end = close + len(closer)
    return Formula(tex=text[start:end], display=True, end=end)


def _dollar(text: str, start: int) -> Formula | None:
    """`$…$`: tight inside, no digit after it, nothing a sentence or a shell would hold."""
    before, first = text[start - 1 : start], text[start + 1 : start + 2]
    if (
        not first
        or first.isspace()
        or (before and (before in "\\$" or (before.isascii() and before.isalnum())))
    ):
        return None
    close = _closing_dollar(text, start + 1)
    if close < 0:
        return None
    tex = text[start + 1 : close]
    return Formula(tex=tex, display=False, end=close + 1) if _is_tex(tex) else None


def _closing_dollar(text: str, start: int) -> int:
    """Position of the `$` that ends a formula whose text begins at `start`; -1 if the next one does not."""
    close = text.find("$", start, start + _MAX_INLINE)
    while close > 0 and text[close - 1] == "\\":
        close = text.find("$", close + 1, start + _MAX_INLINE)
    if close < 0 or text[close - 1].isspace():
        return -1
    after = text[close + 1 : close + 2]
    return -1 if after == "$" or (after.isascii() and after.isalnum()) else close


def _between(text: str, start: int, opener: str, closer: str, *, display: bool) -> Formula | None:
    """What stands between two delimiters, if it is TeX."""
    begin = start + len(opener)
    close = text.find(closer, begin, begin + (_MAX_DISPLAY if display else _MAX_INLINE))
    if close < 0:
        return None
    tex = text[begin:close]
    if not any(char.isalnum() for char in tex) or "\n\n" in tex:
        return None
    # Nobody writes the doubled ones by accident; single ones may be escaped brackets.
    if opener not in ("$$", "\\\\[", "\\\\(") and not _is_tex(tex):
        return None
    return Formula(tex=tex.strip(), display=display, end=close + len(closer))


def _is_tex(tex: str) -> bool:
    """Whether a text between two single dollar signs is TeX rather than a sentence between two prices."""
    bare = _TEXT_COMMAND.sub("", tex)
    if _HANGUL_OR_HAN.search(bare) or "`" in bare or "\n\n" in bare:
        return False
    return bool(_LOOKS_LIKE_TEX.search(bare)) or bare != tex
