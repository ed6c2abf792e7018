"""What can be said of the chapters before they are typeset: characters, leftover tags, titles, links.

Takes chapters as `render` gives them, because their pictures and links still carry the lines of the post.
"""

import bisect
import dataclasses
import html
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from yearbook.model import Chapter, Finding, Post, Severity
from yearbook.preflight.coverage import find_unprintable, is_meaningless, name_of
from yearbook.value import dataclass

_DATA_LINE = re.compile(r' data-line="(\d{1,9})"')
_TEXT = re.compile(r">([^<]+)")
_CODE = re.compile(
    r'<(code|pre|samp|kbd)\b[^>]*>.*?</\1>|<(?:span|div)[^>]* class="math\b[^>]*>[^<]*<', re.DOTALL
)
_RAW_TAG = re.compile(r"\{\{[^{}\n]{0,60}|\{%[^%\n]{0,60}|\{:[^}\n]{1,60}\}")
_ANCHOR = re.compile(r' id="([^"]*)"')
_NO_HREF = re.compile(r"<a>([^<]*)")
"""What rendering leaves of a link to a place that the post has not, or to a refused address."""
_HREF = re.compile(r'<a [^>]*?\bhref="([^"]*)"')
_FENCE = re.compile(r"[ \t]{0,12}(?:[-*+>]|\d+[.)])?[ \t>]{0,6}(`{3,}|~{3,})(.*)")
_LONG_WORD = re.compile("[A-Za-z0-9\u00c0-\u10ff_]{120,}")
"""Letters of scripts that break between words only."""
_FEW = 20
"""Findings of one kind in one post that are told one by one."""
_SHOWN = 60
"""Characters of context that a message repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where links inside the blog may lead."""

    paths: frozenset[str]
    """Normal site path of every post of the blog that is known, whether it is in the book or not."""
    folders: frozenset[str]
    """Folders in which those posts stand; what else stands there is a post that is not there."""
    anchors: frozenset[str]
    """Every `id` of the book's chapters."""
    base_url: str
    """Public address of the blog; may be empty."""


def inspect_chapters(
    chapters: Sequence[Chapter], *, fonts: Path, elsewhere: Iterable[str] = (), base_url: str = ""
) -> tuple[Finding, ...]:
    """What a person should know of the chapters' text before it is typeset.

    Args:
        chapters: as rendered, in the book's order.
        fonts: the folder of the bundled fonts.
        elsewhere: site paths of posts that are not in the book.
        base_url: public address of the blog.
    """
    known = addresses(chapters, elsewhere, base_url)
    found: list[Finding] = []
    for chapter in chapters:
        found += look_at(chapter, fonts) if chapter.looked_at is None else chapter.looked_at
        found += _few(_dead_links(chapter, known))
    return (*found, *_duplicate_titles(chapters))


def look_at(chapter: Chapter, fonts: Path) -> tuple[Finding, ...]:
    """What there is to say of one chapter's text whatever the others hold.

    Args:
        chapter: as rendered.
        fonts: the folder of the bundled fonts.
    """
    return (
        *_few(_unprintable(chapter, fonts)),
        *_few(_raw_tags(chapter)),
        *_unclosed_fence(chapter.post),
        *_few(_long_words(chapter)),
    )


def _few(findings: Iterator[Finding]) -> Iterator[Finding]:
    """The first findings of one kind in one post: a post full of them needs no line for each."""
    last = None
    for last in itertools.islice(findings, _FEW):
        yield last
    if last is not None and next(findings, None) is not None:
        yield dataclasses.replace(last, message="and more of this kind in this post", line=0)


# ------------------------------------------------------------------------------------------ characters


def _unprintable(chapter: Chapter, fonts: Path) -> Iterator[Finding]:
    """One finding for each character that no bundled font has, with its first line."""
    post = chapter.post
    words = " ".join((post.title, *post.tags, *post.categories, *post.authors, post.series, post.summary))
    text = html.unescape(chapter.html) if "&#" in chapter.html else chapter.html
    for char in find_unprintable(words + text, fonts):
        line, count = _line_of_char(char, chapter), max(text.count(char), 1)
        lost = is_meaningless(char)
        times = f", {count} times" if count > 1 else ""
        yield Finding(
            kind="private-character" if lost else "missing-glyph",
            severity=Severity.ERROR,
            place=post.place,
            line=line,
            message=f"no bundled font has {char!r} ({name_of(char)}{times})",
            hint="it means something only in the font or program it came from; replace it"
            if lost
            else "write it in another way, or put a picture of it into the post",
        )


def _line_of_char(char: str, chapter: Chapter) -> int:
    """1-based line of the post's file on which the character first stands, as near as can be told."""
    post = chapter.post
    where = post.body.find(char)
    if where >= 0:
        return post.body_line + post.body.count("\n", 0, where)
    where = chapter.html.find(char)
    if where < 0:
        written = re.search(rf"&#(?:x0*{ord(char):x}|0*{ord(char)});", chapter.html, re.IGNORECASE)
        where = written.start() if written else -1
    return _line_at(chapter, where) if where >= 0 else 1


def _line_at(chapter: Chapter, position: int) -> int:
    """Line of the post's file from which this place of the chapter's HTML comes."""
    lines = list(_DATA_LINE.finditer(chapter.html, 0, position))
    return chapter.post.body_line + int(lines[-1][1]) - 1 if lines else chapter.post.body_line


# -------------------------------------------------------------------------------------- tags left over


def _raw_tags(chapter: Chapter) -> Iterator[Finding]:
    """Template tags that would be printed as they stand; in code they are meant."""
    if not any(mark in chapter.html for mark in ("{{", "{%", "{:")):
        return
    code = [found.span() for found in _CODE.finditer(chapter.html)]
    starts = [start for start, _ in code]
    for text in _TEXT.finditer(chapter.html):
        for tag in _RAW_TAG.finditer(text[1]):
            position = text.start(1) + tag.start()
            before = bisect.bisect(starts, position) - 1
            if before >= 0 and position < code[before][1]:
                continue
            written = html.unescape(tag[0])
            yield Finding(
                kind="raw-tag",
                severity=Severity.WARNING,
                place=chapter.post.place,
                line=_line_of_text(written, chapter, position),
                message=f"`{written[:_SHOWN].strip()}` looks like a tag and is printed as it stands",
                hint="put it between backticks if it is meant so",
            )


def _line_of_text(written: str, chapter: Chapter, position: int) -> int:
    """Line of the post's file on which the text stands; the line of its block if it was written otherwise."""
    post, block = chapter.post, _line_at(chapter, position)
    lines = post.body.split("\n")
    for number in range(max(block - post.body_line, 0), len(lines)):
        if written[:12].strip() in lines[number]:
            return post.body_line + number
    return block


def _unclosed_fence(post: Post) -> Iterator[Finding]:
    """A fence of code that nothing closes, so that the rest of the post is code."""
    opened, at = "", 0
    for number, line in enumerate(post.body.split("\n")):
        found = _FENCE.match(line)
        if found is None:
            continue
        if not opened and not (found[1][0] == "`" and "`" in found[2]):
            opened, at = found[1], number
        elif opened and found[1].startswith(opened) and not found[2].strip():
            opened = ""
    if opened:
        yield Finding(
            kind="unclosed-fence",
            severity=Severity.WARNING,
            place=post.place,
            line=post.body_line + at,
            message=f"nothing closes the code that begins with {opened}; the rest of the post is set as code",
            hint=f"put {opened} behind the code",
        )


def _long_words(chapter: Chapter) -> Iterator[Finding]:
    """Words that no line holds; they are cut where the line ends. In code they are expected."""
    for word in dict.fromkeys(_LONG_WORD.findall(chapter.post.body)):
        if f"{word[:_SHOWN]}" not in _CODE.sub("", chapter.html):
            continue
        where = chapter.post.body.find(word)
        yield Finding(
            kind="long-word",
            severity=Severity.NOTE,
            place=chapter.post.place,
            line=chapter.post.body_line + chapter.post.body.count("\n", 0, where),
            message=f"a word of {len(word)} letters fits no line and is cut: {word[:20]}…",
            hint="put it into code, or break it yourself",
        )


# ----------------------------------------------------------------------------------------------- links


def addresses(chapters: Iterable[Chapter], elsewhere: Iterable[str], base_url: str) -> Addresses:
    """Everything that a link inside the blog may lead to."""
    chapters = tuple(chapters)
    links = [chapter.post.permalink for chapter in chapters] + [path for path in elsewhere if path]
    paths = frozenset(map(normal_path, links))
    anchors = frozenset(
        anchor for chapter in chapters for anchor in (chapter.id, *_anchors_of(chapter))
    )
    # A lone post's folder proves nothing: a page about something else may stand there too.
    counts = Counter(_folder(path) for path in paths)
    folders = frozenset(folder for folder, count in counts.items() if count > 1 and folder != "/")
    return Addresses(paths=paths, folders=folders, anchors=anchors, base_url=base_url)


def _anchors_of(chapter: Chapter) -> Sequence[str]:
    if chapter.hrefs is not None:
        return chapter.anchors
    return [html.unescape(name) for name in _ANCHOR.findall(chapter.html)]


def normal_path(path: str) -> str:
    """One spelling for the many of one page.

    >>> normal_path("/a/b"), normal_path("/a/b/index.html#c"), normal_path("/a/b.html?d")
    ('/a/b/', '/a/b/', '/a/b/')
    """
    bare = unquote(path.partition("#")[0].partition("?")[0])
    return re.sub(r"(/index)?(\.html?)?/?$", "", bare) + "/"


def _folder(path: str) -> str:
    return path.rstrip("/").rpartition("/")[0] + "/"


def _dead_links(chapter: Chapter, known: Addresses) -> Iterator[Finding]:
    """Links inside the blog that lead to nothing."""
    if chapter.hrefs is not None and "<a>" not in chapter.html:
        hrefs = (html.unescape(href).strip() for href in chapter.hrefs)
        if not any(_trouble_of(href, chapter.post, known) for href in hrefs):
            return
    for link in _HREF.finditer(chapter.html):
        href = html.unescape(link[1]).strip()
        if trouble := _trouble_of(href, chapter.post, known):
            yield Finding(
                kind="dead-link",
                severity=Severity.NOTE,
                place=chapter.post.place,
                line=_line_at(chapter, link.end()),
                message=f"the link to {href[:_SHOWN]} {trouble}",
                hint="mend the link in the post",
            )
    for link in _NO_HREF.finditer(chapter.html):
        yield Finding(
            kind="dead-link",
            severity=Severity.NOTE,
            place=chapter.post.place,
            line=_line_at(chapter, link.end()),
            message=f"the link “{html.unescape(link[1])[:_SHOWN]}” leads nowhere: no such place, or refused",
            hint="mend the link in the post",
        )


def _trouble_of(href: str, post: Post, known: Addresses) -> str:
    """Why a link leads nowhere; empty if it leads somewhere, or nobody can tell."""
    if href.startswith("#"):
        is_alive = len(href) == 1 or href[1:] in known.anchors or unquote(href[1:]) in known.anchors
        return "" if is_alive else "finds no such place in the post"
    if not known.base_url:
        return ""  # localise names every link that leads out of such a book
    if href.startswith(f"{known.base_url}/"):
        href = href.removeprefix(known.base_url)
    try:
        if urlsplit(href).scheme or href.startswith("//"):
            return ""
        path = urljoin(post.permalink, href)
    except ValueError:  # what urllib says of brackets that stand for no IPv6 address
        return "cannot be read as an address"
    bare = path.partition("#")[0].partition("?")[0]
    if bare.lower().endswith((".md", ".markdown")):
        return "leads to the source of a post that is not there"
    normal = normal_path(path)
    suffix = Path(bare.rstrip("/")).suffix.lower()
    if normal in known.paths or suffix not in {"", ".html", ".htm"}:
        return ""
    return "leads to no post" if _folder(normal) in known.folders else ""


# ---------------------------------------------------------------------------------------------- titles


def _duplicate_titles(chapters: Iterable[Chapter]) -> Iterator[Finding]:
    """Posts that have the title of an earlier one: in the contents nobody can tell them apart."""
    first: dict[str, Post] = {}
    for chapter in chapters:
        post = chapter.post
        title = " ".join(post.title.split()).casefold()
        earlier = first.setdefault(title, post)
        if earlier is not post:
            yield Finding(
                kind="duplicate-title",
                severity=Severity.NOTE,
                place=post.place,
                line=1,
                message=f"has the same title as {earlier.place}: {post.title[:_SHOWN]}",
                hint="`title:` in the front matter's `yearbook:` table changes it in the book alone",
            )
