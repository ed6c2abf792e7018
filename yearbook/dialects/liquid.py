"""The small part of Liquid that posts use: plain values, filters, nothing that runs.

`read_tokens` cuts a text into tags and outputs, `Values` knows variables, `evaluate` gives the value of an
expression. Whatever is not known has no value; nothing here raises.
"""

import datetime as dt
import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote, urlsplit

from yearbook.value import dataclass

LONGEST = 50_000
"""Characters that a variable may hold: `{% assign a = a | append: a %}` doubles it each time."""
_BEGIN = re.compile(r"\{[{%]")
_NAME = re.compile(r"\s*([\w-]*)")
_LONGEST_TAG = 4_000
_VERBATIM = ("raw", "comment")
_PART = re.compile(r"\"[^\"]*\"|'[^']*'|\||:|,|[^\s|:,\"']+")
_PATH = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+|\[(?:\d+|\"[^\"]*\"|'[^']*')\])*")
_STEP = re.compile(r"\.?([\w-]+)|\[(?:(\d+)|[\"']([^\"']*)[\"'])\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One tag or output in a text."""

    start: int
    end: int
    name: str
    """Name of the tag; empty for an output `{{ … }}`."""
    body: str
    """What stands after the name, or inside the braces."""
    inner: str | None = None
    """What stands between `raw` or `comment` and its end, as written; None for other tags."""
    inner_start: int = 0
    """Where that begins."""


def read_tokens(text: str) -> Iterator[Token]:
    """The tags and outputs of a text, in order; signs for white space widen them.

    >>> [(token.name, token.body) for token in read_tokens("a {% link b.md %} {{ x }}")]
    [('link', 'b.md'), ('', 'x')]
    """
    position = 0
    while found := _BEGIN.search(text, position):
        position = found.end()
        close = text.find("}}" if found[0] == "{{" else "%}", position, position + _LONGEST_TAG)
        if close < 0:
            continue
        token = _read_token(text, found.start(), close)
        position = token.end
        yield token


def _read_token(text: str, start: int, close: int) -> Token:
    """The tag or output between two positions; `raw` and `comment` reach to their end."""
    body, end = text[start + 2 : close], close + 2
    body = body.removeprefix("-").removesuffix("-")
    name, inner, inner_start = "", None, 0
    if text[start + 1] == "%":
        found = _NAME.match(body)
        name = (found[1] if found else "") or "?"
        body = body[found.end() :] if found else body
    if name in _VERBATIM:
        inner_start = end
        closing = re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}").search(text, end)
        inner = text[end : closing.start() if closing else len(text)]
        end = closing.end() if closing else len(text)
    first, last = _widened(text, start, end)
    return Token(start=first, end=last, name=name, body=body.strip(), inner=inner, inner_start=inner_start)


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """The range of a tag with the white space that its hyphens take away."""
    if text.startswith("-", start + 2):
        while start and text[start - 1].isspace():
            start -= 1
    if text.startswith("-", end - 3):
        while end < len(text) and text[end].isspace():
            end += 1
    return start, end


def as_text(value: object) -> str:
    """A value as Liquid prints it.

    >>> as_text(None), as_text(True), as_text(["a", "b"])
    ('', 'true', 'ab')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "".join(as_text(each) for each in value)
    if isinstance(value, Mapping):
        return ""
    return str(value)[:LONGEST]


class Values:
    """The variables of one post; what the post assigns comes first."""

    def __init__(self, known: Mapping[str, object], *, base_path: str, base_url: str) -> None:
        self._known = known
        self.assigned: dict[str, object] = {}
        self.base_path = base_path
        self.base_url = base_url

    def look_up(self, path: str) -> tuple[bool, object]:
        """Whether the variable is known, and its value."""
        steps = [found[1] or found[2] or found[3] or "" for found in _STEP.finditer(path)]
        if not steps:
            return False, None
        value: object = self.assigned.get(steps[0], self._known.get(steps[0], _Missing))
        for step in steps[1:]:
            value = _step_into(value, step)
        return (False, None) if value is _Missing else (True, value)


class _Missing:
    """The value of what is not there."""


def _step_into(value: object, step: str) -> object:
    """The value under a name or number."""
    if isinstance(value, Mapping):
        return value.get(step, _Missing)
    if isinstance(value, (list, tuple)):
        if step == "size":
            return len(value)
        number = {"first": "0", "last": str(len(value) - 1)}.get(step, step)
        return value[int(number)] if number.isdigit() and int(number) < len(value) else _Missing
    return _Missing


def evaluate(expression: str, values: Values) -> tuple[bool, object]:
    """Whether an expression with its filters is understood, and its value.

    >>> values = Values({"site": {"url": "https://a.org"}}, base_path="/b", base_url="https://a.org/b")
    >>> evaluate("'x.png' | prepend: '/img/' | relative_url", values)
    (True, '/b/img/x.png')
    >>> evaluate("stie.url", values)
    (False, None)
    """
    parts = _PART.findall(expression)
    if not parts:
        return False, None
    known, value = _plain_value(parts[0], values)
    position = 1
    while position < len(parts):
        if parts[position] != "|" or position + 1 >= len(parts):
            return False, None
        name = parts[position + 1]
        position, arguments = _arguments(parts, position + 2, values)
        change = _FILTERS.get(name)
        if change is None:
            return False, None
        value = _limited(change(value, arguments, values))
        known = known or name == "default"
    return known, value


def _arguments(parts: Sequence[str], position: int, values: Values) -> tuple[int, list[object]]:
    """The arguments of a filter, and the position after them."""
    arguments: list[object] = []
    while position < len(parts) and parts[position] != "|":
        if parts[position] not in (":", ","):
            arguments.append(_plain_value(parts[position], values)[1])
        position += 1
    return position, arguments


def _plain_value(part: str, values: Values) -> tuple[bool, object]:
    """A quoted text, a number, a word of Liquid or a variable."""
    if part[0] in "\"'":
        return True, part[1:-1]
    if re.fullmatch(r"-?\d+", part):
        return True, int(part)
    if part in ("true", "false"):
        return True, part == "true"
    if part in ("nil", "null", "blank", "empty"):
        return True, ""
    return values.look_up(part) if _PATH.fullmatch(part) else (False, None)


def _limited(value: object) -> object:
    """The value, cut if it is a text that has grown too long."""
    return value[:LONGEST] if isinstance(value, str) else value


_Filter = Callable[[object, Sequence[object], Values], object]


def _text_filter(change: Callable[..., object]) -> _Filter:
    """A filter that works on texts."""

    def apply(value: object, arguments: Sequence[object], _values: Values) -> object:
        texts = [as_text(argument) for argument in arguments]
        try:
            return change(as_text(value), *texts)
        except TypeError:  # more or fewer arguments than the filter takes
            return value

    return apply


def _relative(value: object, _arguments: Sequence[object], values: Values) -> str:
    """The path under the site's base path."""
    path = as_text(value)
    if urlsplit(path).scheme or path.startswith("//"):
        return path
    return f"{values.base_path}/{path.lstrip('/')}"


def _absolute(value: object, arguments: Sequence[object], values: Values) -> str:
    """The public address."""
    path = as_text(value)
    if urlsplit(path).scheme or path.startswith("//") or not values.base_url:
        return _relative(value, arguments, values)
    return f"{values.base_url}/{path.lstrip('/')}"


def _default(value: object, arguments: Sequence[object], _values: Values) -> object:
    """The value, or another if it says nothing."""
    return value if value not in (None, "", False) else (arguments[0] if arguments else "")


def _join(value: object, arguments: Sequence[object], _values: Values) -> str:
    """A list as one text."""
    parts = value if isinstance(value, (list, tuple)) else [value]
    separator = as_text(arguments[0] if arguments else " ")
    return separator[: LONGEST // (len(parts) + 1)].join(as_text(part) for part in parts)


def _replaced(text: str, old: str, new: str = "", count: int = -1) -> str:
    """The text with one text put for another, unless it would grow without measure."""
    if not old or text.count(old) * len(new) > LONGEST:
        return text
    return text.replace(old, new, count)


def _date(value: object, arguments: Sequence[object], _values: Values) -> object:
    """A date in the wanted form."""
    if not isinstance(value, dt.date) or not arguments:
        return value
    form = re.sub(r"%-([dmHIMSj])", r"%\1", as_text(arguments[0]))
    return value.strftime(form)


def _size(value: object, _arguments: Sequence[object], _values: Values) -> int:
    """Number of entries or characters."""
    return len(value) if isinstance(value, (list, tuple, str, Mapping)) else 0


def _end(index: int) -> _Filter:
    """The first or the last entry."""
    return lambda value, _arguments, _values: (
        value[index] if isinstance(value, (list, tuple)) and value else None
    )


def _split(value: object, arguments: Sequence[object], _values: Values) -> list[str]:
    """A text cut into a list."""
    separator = as_text(arguments[0]) if arguments else " "
    return as_text(value).split(separator) if separator else list(as_text(value))


def _same(value: object, _arguments: Sequence[object], _values: Values) -> object:
    """The value as it is: what the filter does is done later, by Markdown or the typesetter."""
    return value


_FILTERS: Mapping[str, _Filter] = MappingProxyType({
    "append": _text_filter(lambda text, more: text + more),
    "prepend": _text_filter(lambda text, more: more + text),
    "replace": _text_filter(_replaced),
    "replace_first": _text_filter(lambda text, old, new="": _replaced(text, old, new, 1)),
    "remove": _text_filter(_replaced),
    "remove_first": _text_filter(lambda text, old: _replaced(text, old, "", 1)),
    "upcase": _text_filter(str.upper),
    "downcase": _text_filter(str.lower),
    "capitalize": _text_filter(str.capitalize),
    "strip": _text_filter(str.strip),
    "lstrip": _text_filter(str.lstrip),
    "rstrip": _text_filter(str.rstrip),
    "escape": _text_filter(html.escape),
    "xml_escape": _text_filter(html.escape),
    "url_encode": _text_filter(lambda text: quote(text, safe="")),
    "uri_escape": _text_filter(lambda text: quote(text, safe="/:?=&#%+,;@")),
    "cgi_escape": _text_filter(lambda text: quote(text, safe="")),
    "strip_html": _text_filter(lambda text: re.sub(r"<[^<>]*>", "", text)),
    "strip_newlines": _text_filter(lambda text: text.replace("\n", "")),
    "newline_to_br": _text_filter(lambda text: text.replace("\n", "<br>\n")),
    "slugify": _text_filter(lambda text, _mode="": re.sub(r"[^\w]+", "-", text.lower()).strip("-")),
    "relative_url": _relative,
    "absolute_url": _absolute,
    "default": _default,
    "join": _join,
    "array_to_sentence_string": _join,
    "split": _split,
    "size": _size,
    "first": _end(0),
    "last": _end(-1),
    "date": _date,
    "date_to_string": lambda value, _arguments, values: _date(value, ["%d %b %Y"], values),
    "date_to_long_string": lambda value, _arguments, values: _date(value, ["%d %B %Y"], values),
    "date_to_xmlschema": lambda value, _arguments, _values: getattr(value, "isoformat", lambda: value)(),
    "markdownify": _same,
    "smartify": _same,
    "jsonify": _same,
    "raw": _same,
    "safe": _same,
})  # fmt: skip
