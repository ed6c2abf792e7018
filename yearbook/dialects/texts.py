"""Files as text, and field values as plain text."""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from yearbook.model import Finding, Severity
from yearbook.value import dataclass

LARGEST_POST_BYTES = 32 * 1024 * 1024
"""A post larger than this is not read: no text by hand is."""

_LONGEST_VALUE = 20_000
_BINARY_MAGIC = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF-",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x7fELF",
    b"\x00\x05\x16\x07",
)
_CONTROL_BYTES = bytes(code for code in range(32) if code not in b"\b\t\n\v\f\r\x1b")
_CODECS_BY_LANGUAGE = {
    "ko": ("cp949",),
    "ja": ("shift_jis", "cp932", "euc_jp"),
    "zh": ("gb18030", "big5"),
    **dict.fromkeys(("de", "en", "es", "fi", "fr", "it", "nl", "pt", "sv"), ("cp1252",)),
}
_LIKELY_CODECS = (
    "cp949", "shift_jis", "cp932", "euc_jp", "gb18030", "big5", "cp1252", "latin_1", "cp1251",
    "koi8_r", "iso8859_2", "cp1250",
)  # fmt: skip
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_KNOWN_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|code|del|em|font|i|img|ins|kbd|mark|q|rp|rt|ruby|s|small|span|strike|strong|sub|sup|tt|u|wbr|p|div"
    r"|center|!--)(?:\s[^<>]*)?/?>|<!--.*?-->",
    re.IGNORECASE | re.DOTALL,
)
_HEADING = re.compile(r" {0,3}(?P<level>#{1,6})[ \t]+(?P<text>.*?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})")


class UnreadableFileError(Exception):
    """A file that cannot be had as text.

    Args:
        reason: one sentence.
        hint: what to do about it.
    """

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A file's text."""

    text: str
    """Decoded, without control characters."""
    findings: tuple[Finding, ...] = ()
    """What decoding met."""


def read_text(path: Path, *, place: str, language: str = "", content: bytes | None = None) -> Text:
    """The text of a file, whatever it is encoded in.

    Args:
        path: the file.
        place: its name for findings.
        language: the blog's language, which tells EUC-KR from Shift JIS where the bytes alone do not.
        content: what is in it, if it was read already.

    Raises:
        UnreadableFileError: when the file cannot be opened, is too large or is no text.
    """
    data = _read_bytes(path) if content is None else content
    if _is_binary(data):
        reason = "this is no text but binary data"
        raise UnreadableFileError(reason, "delete the file, or give it its proper ending")
    text, codec, damaged = _decode(data, language)
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    line = lines.count("\n", 0, lines.find("\ufffd")) + 1 if damaged else 0
    findings = _decoding_findings(place, codec, damaged, line)
    controls = list(_CONTROLS.finditer(lines))
    if controls:
        findings = (*findings, *_control_findings(place, lines, controls))
        lines = _CONTROLS.sub("", lines)
    return Text(text=lines, findings=findings)


def _control_findings(place: str, text: str, found: Sequence[re.Match[str]]) -> tuple[Finding, ...]:
    """What to say of control characters: all of them with the first one's line."""
    points = ", ".join(sorted({f"U+{ord(each[0]):04X}" for each in found}))
    message = f"{points} cannot be printed and was left out"
    line = text.count("\n", 0, found[0].start()) + 1
    return (
        Finding(kind="control-character", severity=Severity.NOTE, message=message, place=place, line=line),
    )


def _read_bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST_POST_BYTES:
            reason = f"the file is {size // 1_000_000} MB, too large for a post"
            raise UnreadableFileError(reason, "split it, or leave it out with `exclude`")
        return path.read_bytes()
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror or error}"
        raise UnreadableFileError(reason, "check its permissions and where it links to") from error


def _is_binary(data: bytes) -> bool:
    """Whether the bytes are no text; stray control characters are met in the wild, UTF-16 is full of NULs."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    sample = data[:8192]
    controls = len(sample) - len(sample.translate(None, _CONTROL_BYTES))
    return data.startswith(_BINARY_MAGIC) or controls > max(8, len(sample) // 50)


def _decode(data: bytes, language: str) -> tuple[str, str, int]:
    """The text, the codec's name if it is not UTF-8, and how many bytes had to be given up."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), "utf-16", 0
    try:
        return data.decode("utf-8-sig"), "", 0
    except UnicodeDecodeError:
        pass
    mostly = data.decode("utf-8-sig", errors="replace")
    bad = mostly.count("\ufffd")
    if bad <= 4 and bad * 50 < sum(byte > 127 for byte in data):
        return mostly, "", bad
    for codec in _CODECS_BY_LANGUAGE.get(language[:2], ()):
        try:
            return data.decode(codec), codec, 0
        except UnicodeDecodeError:
            continue
    return _guess(data, mostly, bad)


def _guess(data: bytes, fallback: str, bad: int) -> tuple[str, str, int]:
    """The text as charset-normalizer reads it."""
    import charset_normalizer  # most blogs are UTF-8 and need no guess

    best = charset_normalizer.from_bytes(data[: 1 << 20], cp_isolation=list(_LIKELY_CODECS)).best()
    if best is None:
        return fallback, "", bad
    text = data.decode(best.encoding, errors="replace")
    return text, best.encoding, text.count("\ufffd")


def _decoding_findings(place: str, codec: str, damaged: int, line: int) -> tuple[Finding, ...]:
    found = []
    if codec:
        message = f"the file is not UTF-8; it was read as {codec}"
        found.append(
            Finding(
                kind="encoding", severity=Severity.NOTE, message=message, place=place, hint="save it as UTF-8"
            )
        )
    if damaged:
        message = f"{damaged} bytes are not valid text and print as �"
        found.append(
            Finding(
                kind="damaged-text",
                severity=Severity.WARNING,
                message=message,
                place=place,
                line=line,
                hint="save it as UTF-8",
            )
        )
    return tuple(found)


def plain_text(value: object) -> str:
    """A field's value as one line of plain text: no HTML, no Markdown marks, no double blanks.

    >>> plain_text("<b>Two</b>  *words* &amp; `code`")
    'Two words & code'
    >>> plain_text("List<String> of 2*3*4")
    'List<String> of 2*3*4'
    """
    if value is None or isinstance(value, (bool, Mapping)):
        return ""
    if isinstance(value, (list, tuple)):
        return " ".join(filter(None, (plain_text(each) for each in value[:50])))
    shown = str(value)[:_LONGEST_VALUE]
    text = _KNOWN_TAG.sub(" " if "<br" in shown else "", shown)
    text = html.unescape(_without_marks(text))
    return re.sub(r"\s+", " ", _CONTROLS.sub("", text)).strip()


def _without_marks(text: str) -> str:
    """The text without Markdown's inline marks, where they certainly are marks."""
    if not re.search(r"[*_`\[~\\]", text):
        return text
    text = re.sub(r"!?\[([^\[\]]*)\]\([^()\s]*\)", r"\1", text)
    text = re.sub(r"(?<!`)(`{1,3})(?!`)([^`]+)\1(?!`)", r"\2", text)
    text = re.sub(r"(\*\*|__|~~)(?=\S)([^*_~]+?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<![\w*\\])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?![\w*])", r"\1", text)
    text = re.sub(r"(?<![\w\\])_(?=[^\s_])([^_]+?)(?<=[^\s_])_(?!\w)", r"\1", text)
    return re.sub(r"\\([\\`*_{}\[\]()#+.!~<>|-])", r"\1", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading that can serve as the title."""

    text: str
    """Plain text."""
    body: str
    """The body without it if it opened the body, with as many lines as before."""


def first_heading(body: str) -> Heading | None:
    """The first level-1 heading, or another that opens the body; None if there is none."""
    for count, (number, level, text) in enumerate(_headings(body)):
        opens = count == 0 and not body[: _offset(body, number)].strip()
        if level == 1 or opens:
            rest = _blank_heading(body, number) if opens else body
            return Heading(text=plain_text(_without_attributes(text)), body=rest)
    return None


def _headings(body: str) -> Iterator[tuple[int, int, str]]:
    """Line number (0-based), level and text of each heading outside of fenced code."""
    fence = ""
    lines = body.split("\n")
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark["fence"]
            continue
        if fence:
            continue
        found = _HEADING.match(line)
        if found and found["text"]:
            yield number, len(found["level"]), found["text"]
        elif (
            number
            and re.fullmatch(r" {0,3}(?:=+|-{2,})[ \t]*", line)
            and _is_paragraph_line(lines, number - 1)
        ):
            yield number - 1, 1 if "=" in line else 2, lines[number - 1].strip()


def _is_paragraph_line(lines: list[str], number: int) -> bool:
    """Whether the line is a paragraph of its own, so that an underline makes it a heading."""
    line = lines[number]
    before = lines[number - 1] if number else ""
    return bool(line.strip()) and not before.strip() and not re.match(r" {4}|\t|[>|\-*+#<]", line)


def _offset(body: str, number: int) -> int:
    """Where that line begins."""
    position = 0
    for _ in range(number):
        position = body.index("\n", position) + 1
    return position


def _blank_heading(body: str, number: int) -> str:
    """The body with the heading's lines emptied, so that line numbers stay right."""
    lines = body.split("\n")
    underlined = number + 1 < len(lines) and re.fullmatch(r" {0,3}(?:=+|-{2,})[ \t]*", lines[number + 1])
    lines[number] = ""
    if underlined:
        lines[number + 1] = ""
    return "\n".join(lines)


def _without_attributes(text: str) -> str:
    """A heading's text without `{#id .class}`."""
    return re.sub(r"\s*\{:?\s*[#.][^{}]*\}\s*$", "", text)


def nfc(text: str) -> str:
    """The text in the form in which it is compared: macOS writes Korean file names taken apart."""
    return unicodedata.normalize("NFC", text)
