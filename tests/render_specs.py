"""How much of the CommonMark and GitHub specifications our CommonMark keeps; the specifications are fetched.

    python tests/render_specs.py            fetches them into build/specs, and prints the figures
    pytest tests/test_render_specs.py       checks the bars, where they have been fetched

The texts come from the source package of `marko` on PyPI, which carries both; nothing of them is kept in the
project.
"""

import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "build" / "specs"
PACKAGE = "marko==2.2.4"
TEXTS = {"commonmark": "tests/spec/commonmark.txt", "gfm": "tests/spec/gfm.txt"}
_PART = re.compile(r"^(?:#+ (.*)|`{32} example(.*)\n((?:.*\n)*?)\.\n((?:.*\n)*?)`{32}$)", re.MULTILINE)
_TAG = re.compile(r"<(/?)([a-z0-9]+)[^>]*>")
_SPANS = frozenset({"a", "em", "strong", "code", "br", "img", "del", "input"})


@dataclass(frozen=True, slots=True)
class Example:
    """One example of a specification."""

    number: int
    section: str
    extension: bool
    given: str
    expected: str


def fetch(folder: Path = FOLDER) -> None:
    """Put the two texts into the folder, with pip."""
    folder.mkdir(parents=True, exist_ok=True)
    options = ["-q", "--no-deps", "--no-binary", ":all:", "-d", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, PACKAGE], check=True)
    archive = next(folder.glob("marko-*.tar.gz"))
    with tarfile.open(archive) as package:
        for name, path in TEXTS.items():
            member = package.extractfile(f"{archive.name.removesuffix('.tar.gz')}/{path}")
            if member:
                (folder / f"{name}.txt").write_bytes(member.read())


def read_examples(name: str, folder: Path = FOLDER) -> Iterator[Example]:
    """The examples of one specification, in order."""
    section, number = "", 0
    for found in _PART.finditer((folder / f"{name}.txt").read_text(encoding="utf-8")):
        if found[1]:
            section = found[1]
            continue
        number += 1
        given, expected = (found[part].replace("→", "\t") for part in (3, 4))
        yield Example(number, section, bool(found[2].strip()), given, expected)


def normal(html: str) -> str:
    """HTML without the differences that nobody sees: order of attributes, quotes, white space at blocks."""
    html = re.sub(r' (?:data-info="[^"]*"|class="task"|disabled="")', "", html)
    html = re.sub(r"<(br|hr|img|input)([^>]*?) ?/?>", r"<\1\2>", html).replace(' checked=""', " checked")
    html = html.replace("<input checked ", "<input ").replace(' type="checkbox" checked', ' type="checkbox"')
    html = re.sub(r'align="(\w+)"', r'style="text-align:\1"', html).replace("&quot;", '"')
    html = html.replace("<blockquote>\n</blockquote>", "<blockquote></blockquote>")
    return re.sub(r"\s*\n\s*", "\n", html).strip()


def blocks(html: str) -> list[str]:
    """Only the block tags, in order."""
    return [found[1] + found[2] for found in _TAG.finditer(normal(html)) if found[2] not in _SPANS]


@dataclass(frozen=True, slots=True)
class Score:
    """How one specification was met."""

    total: int
    full: int
    block: int
    different: tuple[Example, ...]


def score(name: str, *, extensions: bool, folder: Path = FOLDER) -> Score:
    """Render every example, or only those of extensions."""
    from yearbook.render.commonmark import commonmark_to_html

    examples = [each for each in read_examples(name, folder) if each.extension or not extensions]
    different: list[Example] = []
    block = 0
    for example in examples:
        html = commonmark_to_html(example.given, encode_urls=True, linkify_protocol="http")
        block += blocks(html) == blocks(example.expected)
        if normal(html) != normal(example.expected):
            different.append(example)
    return Score(len(examples), len(examples) - len(different), block, tuple(different))


def main() -> None:
    """Fetch what is missing and print the figures."""
    if not (FOLDER / "gfm.txt").exists():
        fetch()
    for name, extensions in (("commonmark", False), ("gfm", True)):
        result = score(name, extensions=extensions)
        print(f"{name}: {result.full} of {result.total} in full, {result.block} in block structure")  # noqa: T201 - a tool for developers
        for example in result.different:
            print(f"  differs: {example.number} ({example.section})")  # noqa: T201 - a tool for developers


if __name__ == "__main__":
    main()
