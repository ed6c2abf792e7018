"""Text of a post -> its fields and its body.

python-frontmatter reads the fields; the handler here takes over where it returns nothing without a word: TOML
without a TOML library, a byte order mark, Hexo's missing opening fence, dates turned into values that differ
from library to library. What a field means is not decided here.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any, Literal

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler

from yearbook.model import Finding, Severity
from yearbook.value import dataclass

Format = Literal["yaml", "toml", "json", "meta", ""]

_LONGEST_HEAD = 1 << 20
_DEEPEST = 60
_MOST_NODES = 20_000
_MOST_REPAIRS = 12
_FENCE = re.compile(r"(?P<fence>-{3,}|\+{3}|;{3,})[ \t]*(?:\n|$)")
_KEY_LINE = re.compile(r"[^\x00-/:-@\[-^`{-\x7f][^\x00-\x1f!-,/:-@\[-^`{-\x7f]*?[ \t]*:(?:[ \t]|$)")
"""A key begins with a letter, a figure, or anything beyond ASCII."""
_LIST_LINE = re.compile(r"[ \t]|-[ \t]|#|$")
_META_LINE = re.compile(r"(?P<key>[A-Za-z][\w-]{0,40})[ \t]*:[ \t]*(?P<value>[^\n]*)")


class FrontMatterError(Exception):
    """Fields that cannot be read.

    Args:
        line: 1-based line in the file.
        reason: one sentence with the text found.
        hint: what to write instead.
    """

    def __init__(self, line: int, reason: str, hint: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """The two halves of a post's text."""

    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """The fields, read-only; dates stay text, except TOML's own."""
    body: str
    """What follows, line ends as `\\n`."""
    body_line: int = 1
    """1-based line of the text on which `body` begins."""
    format: Format = ""
    """How the fields are written; empty if there are none."""
    findings: tuple[Finding, ...] = ()
    """Duplicate keys, and values that had to be quoted to be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """The fields' text, cut out of the post."""

    format: Format
    text: str
    first_line: int
    end: int
    """Where the body begins."""


def split(text: str, *, place: str, open_end: bool = False, meta: bool = False) -> FrontMatter:
    r"""The fields and the body of a post.

    Args:
        text: the whole file, decoded.
        place: the file's name for findings.
        open_end: whether fields without an opening fence count, as in Hexo.
        meta: whether `Title: …` lines without any fence count, as in Pelican.

    Raises:
        FrontMatterError: when there are fields and they cannot be read.

    >>> post = split("---\ntitle: One\n---\nText\n", place="one.md")
    >>> post.fields["title"], post.body, post.body_line, post.format
    ('One', 'Text\n', 4, 'yaml')
    """
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    head = _find_head(plain, open_end=open_end, meta=meta)
    if head is None:
        return FrontMatter(body=plain)
    reader = _Reader(head, place)
    fields, _ = frontmatter.parse(f"---\n{head.text}\n---", handler=reader)
    if reader.is_text:
        return FrontMatter(body=plain)
    return FrontMatter(
        fields=MappingProxyType(fields),
        body=plain[head.end :],
        body_line=plain.count("\n", 0, head.end) + 1,
        format=head.format,
        findings=tuple(reader.findings),
    )


def load_yaml(text: str) -> object:
    """What YAML text says, read as `split` reads it: dates and odd numbers stay text.

    Raises:
        FrontMatterError: when it cannot be read.
    """
    value, _ = _load_yaml(text, first_line=1)
    return value


def load_toml(text: str) -> dict[str, object]:
    """What TOML text says.

    Raises:
        FrontMatterError: when it cannot be read.
    """
    return _load_toml(text, first_line=1)


def load_json(text: str) -> object:
    """What JSON text says.

    Raises:
        FrontMatterError: when it cannot be read.
    """
    return _load_json(text, first_line=1)


class _Reader(BaseHandler):
    """python-frontmatter's handler for a head that has been cut out already."""

    FM_BOUNDARY = re.compile(r"\A---$|^---\Z", re.MULTILINE)
    START_DELIMITER = END_DELIMITER = "---"

    def __init__(self, head: _Head, place: str) -> None:
        super().__init__()
        self.head = head
        self.place = place
        self.findings: list[Finding] = []
        self.is_text = False

    def split(self, text: str) -> tuple[str, str]:  # noqa: ARG002 - the library's signature
        """The head itself: the library would look for fences inside the fields."""
        return self.head.text, ""

    def load(self, fm: str) -> dict[str, Any]:
        """The fields, as a dictionary with text keys."""
        if len(fm) > _LONGEST_HEAD:
            raise FrontMatterError(
                self.head.first_line, "the front matter is over 1 MB long", "close it with ---"
            )
        value = self._value(fm)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.is_text = True  # two rules with text between them, not fields
            return {}
        return {str(key): entry for key, entry in value.items()}

    def _value(self, fm: str) -> object:
        loaders: dict[str, Callable[[str], object]] = {
            "toml": lambda text: _load_toml(text, first_line=self.head.first_line),
            "json": lambda text: _load_json(text, first_line=self.head.first_line),
            "meta": _load_meta,
        }
        if self.head.format in loaders:
            return loaders[self.head.format](fm)
        value, notes = _load_yaml(fm, first_line=self.head.first_line)
        self.findings.extend(
            Finding(
                kind=kind, severity=Severity.NOTE, message=message, place=self.place, line=line, hint=hint
            )
            for kind, line, message, hint in notes
        )
        return value


def _find_head(text: str, *, open_end: bool, meta: bool) -> _Head | None:
    """Where the fields are; None if there are none."""
    start = len(text) - len(text.lstrip(" \t\n\ufeff"))
    fence = _FENCE.match(text, start)
    if fence:
        return _fenced_head(text, fence)
    if text.startswith("{", start) and re.match(r'\{\s*["}]', text[start : start + 200]):
        return _json_head(text, start)
    head = _unopened_head(text, start) if open_end else None
    if head is None and meta and _META_LINE.match(text, start):
        head = _meta_head(text, start)
    return head


def _fenced_head(text: str, fence: re.Match[str]) -> _Head | None:
    """The fields between two fences."""
    mark = fence["fence"]
    close = {"-": r"-{3,}|\.\.\.", "+": r"\+{3}", ";": ";{3,}"}[mark[0]]
    end = re.compile(rf"^(?:{close})[ \t]*(?:\n|\Z)", re.MULTILINE).search(text, fence.end())
    line = text.count("\n", 0, fence.start()) + 1
    if end is None:
        if mark[0] == "-" and not _KEY_LINE.match(text, fence.end()):
            return None  # a rule at the head of a post without fields
        raise FrontMatterError(
            line,
            f"the front matter opened by {mark} is never closed",
            f"write {mark} on a line of its own after it",
        )
    format_: Format = {"-": "yaml", "+": "toml", ";": "json"}[mark[0]]  # type: ignore[assignment]
    inner = text[fence.end() : end.start()]
    return _Head(format=format_, text=inner, first_line=line + 1, end=end.end())


def _json_head(text: str, start: int) -> _Head:
    """The object at the head of the text, as Hugo has it."""
    line = text.count("\n", 0, start) + 1
    try:
        _, end = json.JSONDecoder().raw_decode(text[: start + _LONGEST_HEAD], start)
    except (json.JSONDecodeError, RecursionError) as error:
        raise _json_error(error, line=1) from error
    after = re.compile(r"[ \t]*\n?").match(text, end)
    return _Head(format="json", text=text[start:end], first_line=line, end=after.end() if after else end)


def _unopened_head(text: str, start: int) -> _Head | None:
    """Fields closed by a fence but not opened by one, if every line can be one of theirs."""
    end = re.compile(r"^(?P<fence>-{3,}|;{3,})[ \t]*(?:\n|\Z)", re.MULTILINE).search(text, start)
    if end is None:
        return None
    inner = text[start : end.start()]
    is_json = end["fence"].startswith(";")
    if not is_json and not all(_KEY_LINE.match(line) or _LIST_LINE.match(line) for line in inner.split("\n")):
        return None
    if not re.search(
        r"^\W?(?:title|date|layout|tags|categories)\W?[ \t]*:", inner, re.MULTILINE | re.IGNORECASE
    ):
        return None
    first = text.count("\n", 0, start) + 1
    return _Head(format="json" if is_json else "yaml", text=inner, first_line=first, end=end.end())


def _meta_head(text: str, start: int) -> _Head | None:
    """Python-Markdown's fields: `Key: value` lines up to the first blank line."""
    end = re.compile(r"\n[ \t]*(?:\n|\Z)").search(text, start)
    inner = text[start : end.start() if end else len(text)]
    if not re.search(r"^(?:title|date)[ \t]*:", inner, re.MULTILINE | re.IGNORECASE):
        return None
    if not all(_META_LINE.match(line) or line.startswith("    ") for line in inner.split("\n")):
        return None
    first = text.count("\n", 0, start) + 1
    return _Head(format="meta", text=inner, first_line=first, end=end.end() if end else len(text))


def _load_meta(text: str) -> dict[str, object]:
    """Fields of `Key: value` lines; deeper lines continue the one before."""
    fields: dict[str, object] = {}
    key = ""
    for line in text.split("\n"):
        found = _META_LINE.match(line)
        if found and not line.startswith(" "):
            key = found["key"].lower()
            fields[key] = found["value"].strip()
        elif key:
            fields[key] = f"{fields[key]} {line.strip()}".strip()
    return fields


def _load_toml(text: str, *, first_line: int) -> dict[str, object]:
    """What TOML text says."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = first_line + int(at[1]) - 1 if at else first_line + text.rstrip("\n").count("\n")
        reason = re.sub(r"\s*\(at [^)]*\)$", "", str(error))
        raise FrontMatterError(
            line, f"the TOML cannot be read: {reason}", _hint_for(text, line - first_line)
        ) from error
    except RecursionError as error:
        raise FrontMatterError(first_line, "the TOML is nested too deeply", "make it flatter") from error


def _load_json(text: str, *, first_line: int) -> object:
    """What JSON text says; Hexo's may lack the outer braces."""
    whole = text if text.lstrip().startswith("{") else f"{{{text}}}"
    try:
        return json.loads(whole)
    except (json.JSONDecodeError, RecursionError) as error:
        raise _json_error(error, line=first_line) from error


def _json_error(error: json.JSONDecodeError | RecursionError, *, line: int) -> FrontMatterError:
    """The error in our words, at the line of the file."""
    if isinstance(error, RecursionError):
        return FrontMatterError(line, "the JSON is nested too deeply", "make it flatter")
    hint = "check commas and quotes around that place"
    # Newer Pythons point at a comma too many, older ones behind it: point at it.
    before = error.doc[: error.pos].rstrip()
    at = len(before) - 1 if before.endswith(",") else error.pos
    line += error.doc.count("\n", 0, at)
    return FrontMatterError(line, f"the JSON cannot be read: {error.msg}", hint)


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """YAML with few surprises: only true, false, null and plain whole numbers are more than text.

    PyYAML would make 12:30 a number, 2021.10 a shorter one, `No` false and a date one of four types.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.duplicates: list[tuple[int, str]] = []

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        """A mapping with keys as they are written; a repeated key is noted and its last value wins."""
        if not isinstance(node, yaml.MappingNode):
            problem = "expected a table"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        self.flatten_mapping(node)
        self._note_duplicates(node)
        return {self._key(key): self.construct_object(value, deep=deep) for key, value in node.value}

    def _key(self, node: Any) -> str:
        """The key's own text: `2021` and `true` are names here."""
        return str(
            node.value if isinstance(node, yaml.ScalarNode) else self.construct_object(node, deep=True)
        )

    def _note_duplicates(self, node: Any) -> None:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    self.duplicates.append((key.start_mark.line, key.value))
                seen.add(key.value)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^(?:0|-?[1-9][0-9]{0,17})$"), list("-0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^(?:<<)$"), ["<"])

_Note = tuple[str, int, str, str]


def _load_yaml(text: str, *, first_line: int) -> tuple[object, list[_Note]]:
    """What YAML text says, and what had to be mended to read it."""
    plain = re.sub("[\u0085\u2028\u2029]", " ", text)
    _refuse_deep(plain, first_line)
    notes: list[_Note] = []
    for _ in range(_MOST_REPAIRS):
        try:
            value, duplicates = _load_once(plain)
        except yaml.YAMLError as error:
            line = _error_line(error)
            mended = _mend(plain, line)
            if mended is None:
                raise _yaml_error(error, plain, first_line) from error
            notes.append(_mended_note(plain, line, first_line))
            plain = mended
        except (ValueError, RecursionError) as error:
            raise FrontMatterError(
                first_line, f"the YAML cannot be read: {error}", "put the value in quotes"
            ) from error
        else:
            _refuse_bomb(value, first_line)
            return value, notes + [_duplicate_note(line + first_line, key) for line, key in duplicates]
    raise FrontMatterError(
        first_line, "the YAML has too many faults to guess at", "put values with : in quotes"
    )


def _load_once(text: str) -> tuple[object, list[tuple[int, str]]]:
    """One attempt: the value, and duplicate keys with 0-based lines."""
    loader = _Loader(text)
    try:
        return loader.get_single_data(), loader.duplicates
    finally:
        loader.dispose()


def _refuse_deep(text: str, first_line: int) -> None:
    """Refuse what would exhaust the parser's stack: it is written in C and does not count.

    Raises:
        FrontMatterError: when lists or tables are nested deeper than any blog's.
    """
    if text.count("[") + text.count("{") > _DEEPEST and _bracket_depth(text) > _DEEPEST:
        raise FrontMatterError(first_line, "the YAML is nested too deeply", "make it flatter")
    if re.search(r"(?:[-?:][ \t]+){60}", text) or re.search(r"^ {400}", text, re.MULTILINE):
        raise FrontMatterError(first_line, "the YAML is nested too deeply", "make it flatter")


def _bracket_depth(text: str) -> int:
    """How deep brackets are nested at most, strings and all."""
    depth = deepest = 0
    for mark in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if mark in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


def _refuse_bomb(value: object, first_line: int) -> None:
    """Refuse what grows without bound when its aliases are written out, or contains itself.

    Raises:
        FrontMatterError: when it does.
    """
    waiting, seen = [value], 0
    while waiting:
        seen += 1
        if seen > _MOST_NODES:
            raise FrontMatterError(first_line, "the YAML's aliases make it too large", "write the values out")
        entry = waiting.pop()
        if isinstance(entry, dict):
            waiting.extend(entry.values())
        elif isinstance(entry, (list, tuple, set)):
            waiting.extend(entry)


def _error_line(error: yaml.YAMLError) -> int:
    """0-based line of the trouble inside the fields; -1 if unknown."""
    marks = [getattr(error, "problem_mark", None), getattr(error, "context_mark", None)]
    if "quoted scalar" in str(getattr(error, "context", "")):
        marks.reverse()  # the quote that is never closed, rather than the end of the fields
    return next((mark.line for mark in marks if mark), -1)


def _mend(text: str, line: int) -> str | None:
    """The fields with the value on that line put in quotes; None if that is not the trouble."""
    lines = text.split("\n")
    for number in (line, line - 1):
        if not 0 <= number < len(lines):
            continue
        mended = _mended_line(lines[number])
        if mended is not None:
            return "\n".join([*lines[:number], mended, *lines[number + 1 :]])
    return None


def _mended_line(line: str) -> str | None:
    """The line with tabs as blanks, or its plain value quoted."""
    if re.match(r"[ ]*\t", line):
        return line.expandtabs(2)
    found = re.match(
        r"(?P<head>[ ]*(?:- +)?(?:[\w\u0080-\uffff][\w.\-\u0080-\uffff]*[ \t]*:[ \t]+|- +))(?P<value>\S.*)$",
        line,
    )
    if not found:
        return line.replace("\t", " ") if "\t" in line else None
    value = found["value"].rstrip()
    if value[0] in "\"'" and value.count(value[0]) == 1:
        return None  # a quote that is never closed: nobody can tell where the value ends
    if value[0] in "[{" and not re.search(r"[\]}]", value):
        return None  # nor for a list
    if re.fullmatch(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?:\s+#.*)?""", value):
        return None
    return f"{found['head']}'{value.replace(chr(39), chr(39) * 2)}'"


def _mended_note(text: str, line: int, first_line: int) -> _Note:
    """What is said of a value that had to be quoted."""
    lines = text.split("\n")
    shown = next((lines[n] for n in (line, line - 1) if 0 <= n < len(lines) and _mended_line(lines[n])), "")
    message = f"read as if the value were in quotes: “{shown.strip()[:80]}”"
    return "repaired-front-matter", max(line, 0) + first_line, message, "put the value in quotes"


def _duplicate_note(line: int, key: str) -> _Note:
    """What is said of a key written twice."""
    return "duplicate-key", line, f"“{key}” is written twice; the last one counts", "delete one of them"


def _yaml_error(error: yaml.YAMLError, text: str, first_line: int) -> FrontMatterError:
    """The error in our words, at the line of the file."""
    line = max(_error_line(error), 0)
    problem = getattr(error, "problem", None) or str(error).split("\n")[0]
    lines = text.split("\n")
    shown = lines[line].strip()[:80] if line < len(lines) else ""
    found = f" at “{shown}”" if shown else ""
    return FrontMatterError(
        line + first_line, f"the YAML cannot be read: {problem}{found}", _hint_for(text, line)
    )


def _hint_for(text: str, line: int) -> str:
    """What most likely helps for the line."""
    lines = text.split("\n")
    shown = lines[line] if 0 <= line < len(lines) else ""
    if shown.count('"') % 2 or shown.count("'") % 2:
        return "close the quotes"
    if "\t" in shown:
        return "indent with blanks instead of tabs"
    return "put values with special characters in quotes, and indent lists alike"
