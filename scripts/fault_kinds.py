"""The blog that `faults.py` breaks, and the ways it breaks it: one small function each.

A function changes one post and gives the line on which the report must name the fault.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

_HEAD_LINES = 6
"""Lines of front matter, its fences included, and the empty one after it."""


@dataclass(frozen=True, slots=True)
class Post:
    """One post of the blog, on disk."""

    root: Path
    """The blog's folder."""
    index: int
    """Its number."""

    @property
    def place(self) -> str:
        """Its file, relative to the blog."""
        if self.is_jekyll:
            return f"_posts/{day_of(self.index)}-p{self.index:02d}.md"
        return f"content/posts/p{self.index:02d}.md"

    @property
    def is_jekyll(self) -> bool:
        """Whether the blog is Jekyll's."""
        return (self.root / "_config.yml").is_file()

    @property
    def path(self) -> Path:
        """Its file."""
        return self.root / self.place

    def lines(self) -> list[str]:
        """Give its lines."""
        return self.path.read_text(encoding="utf-8").split("\n")

    def put(self, paragraph: str, rng: random.Random) -> int:
        """Put a paragraph, quote or list between two paragraphs; give the line it begins on."""
        if "\n" not in paragraph:
            paragraph = rng.choice(("", "", "> ", "- ")) + paragraph
        lines = self.lines()
        gaps = [i for i, line in enumerate(lines) if i >= _HEAD_LINES - 1 and not line]
        gap = rng.choice(gaps[:-1])
        lines[gap:gap] = ["", *paragraph.split("\n")]
        # A paragraph begins after the empty line; lines count from 1.
        self.path.write_text("\n".join(lines), encoding="utf-8", errors="surrogatepass")
        return gap + 2

    def set_field(self, line: str) -> int:
        """Put a line at the end of the front matter; give its number."""
        lines = self.lines()
        lines.insert(_HEAD_LINES - 2, line)
        self.path.write_text("\n".join(lines), encoding="utf-8")
        return _HEAD_LINES - 1

    def replace_line(self, begin: str, line: str) -> int:
        """Put another line in the place of the one that begins so; give its number."""
        lines = self.lines()
        number = next(i for i, old in enumerate(lines) if old.startswith(begin))
        lines[number] = line
        self.path.write_text("\n".join(lines), encoding="utf-8")
        return number + 1

    def picture(self, name: str, content: bytes) -> str:
        """Put a file among the blog's pictures; give its address in Markdown."""
        path = self.root / ("img" if self.is_jekyll else "static/img") / name
        path.write_bytes(content)
        return f"![그림](/img/{name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to break a post."""

    name: str
    """What it is called in the table."""
    kinds: frozenset[str]
    """Kinds of finding that name it."""
    break_: Callable[[Post, random.Random], int]
    """Breaks a post; gives the line of the fault."""
    near: bool = False
    """Whether the line may be one off: YAML tells where it gave up, not where it went wrong."""
    alone: bool = True
    """Whether it leaves the other posts of a book alone even when several faults stand in it."""


def day_of(index: int) -> str:
    """Give the day of a post, such as `2021-03-06`."""
    return f"2021-{1 + index % 12:02d}-{1 + index // 12 * 5:02d}"


def write_blog(root: Path, posts: int, engine: str = "hugo") -> None:
    """Write a Hugo or Jekyll blog without a fault."""
    is_jekyll = engine == "jekyll"
    pictures = root / ("img" if is_jekyll else "static/img")
    (root / ("_posts" if is_jekyll else "content/posts")).mkdir(parents=True)
    pictures.mkdir(parents=True)
    name, text = ("_config.yml", _JEKYLL) if is_jekyll else ("hugo.toml", _HUGO)
    (root / name).write_text(text, encoding="utf-8")
    for index in range(posts):
        image = Image.effect_noise((900, 600), 40 + index).convert("RGB")
        image.save(pictures / f"p{index:02d}.jpg", quality=60)
        text = (
            f'---\ntitle: "글 {index:02d}"\ndate: {day_of(index)}\n'
            f"tags: [기록]\n---\n\n{index:02d}번 글의 첫 문단이다. 아침에 강둑을 걸었다.\n\n"
            f"## 가운데 {index:02d}\n\n![사진](/img/p{index:02d}.jpg)\n\n"
            f"둘째 문단에는 [다음 글](/posts/p{(index + 1) % posts:02d}/)로 가는 길이 있다.\n\n"
            f"```python\nprint({index})\n```\n\n- 하나\n- 둘\n\n끝문장{index:02d}번이다.\n"
        )
        Post(root, index).path.write_text(text, encoding="utf-8")


_HUGO = """\
baseURL = "https://blog.example"
title = "느린 기록"
languageCode = "ko"
timeZone = "Asia/Seoul"
[markup.goldmark.renderer]
unsafe = true
"""
_JEKYLL = """\
url: https://blog.example
title: 느린 기록
lang: ko
timezone: Asia/Seoul
permalink: /posts/:title/
"""


def jpeg(rng: random.Random) -> bytes:
    """Give a whole JPEG."""
    target = io.BytesIO()
    Image.effect_noise((600, 400), rng.randrange(20, 90)).convert("RGB").save(target, "JPEG")
    return target.getvalue()


def png_bomb() -> bytes:
    """Give a PNG of a few kilobytes that unpacks to more dots than any paper shows."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(kind + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + kind + content + crc

    side = 30_000
    head = side.to_bytes(4, "big") * 2 + b"\x01\x00\x00\x00\x00"
    rows = zlib.compress(b"\x00" * (side // 8 + 1) * side, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


_BOMB = (
    b'<!DOCTYPE svg [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<svg xmlns="http://www.w3.org/2000/svg">&b;</svg>'
)


def put(text: str, offset: int = 0) -> Callable[[Post, random.Random], int]:
    """Give a breaker that puts a paragraph into the post."""
    return lambda post, rng: post.put(text, rng) + offset


def field(line: str) -> Callable[[Post, random.Random], int]:
    """Give a breaker that adds a line of front matter."""
    return lambda post, _rng: post.set_field(line)


def picture(name: str, content: Callable[[random.Random], bytes]) -> Callable[[Post, random.Random], int]:
    """Give a breaker that shows a picture file with such content."""
    return lambda post, rng: post.put(post.picture(name, content(rng)), rng)


def bad_byte(post: Post, rng: random.Random) -> int:
    """Put a byte that no UTF-8 has into a paragraph."""
    line = post.put("여기 @@ 깨졌다.", rng)
    post.path.write_bytes(post.path.read_bytes().replace(b"@@", b"\xff"))
    return line


def link_out(post: Post, rng: random.Random) -> int:
    """Show a picture that is a symbolic link to a file outside the blog."""
    outside = post.root.parent / "secret.jpg"
    outside.write_bytes(jpeg(rng))
    (post.root / ("img" if post.is_jekyll else "static/img") / "link.jpg").symlink_to(outside)
    return post.put("![그림](/img/link.jpg)", rng)


def binary(post: Post, _rng: random.Random) -> int:
    """Make the whole file binary; no line is at fault."""
    post.path.write_bytes(bytes(range(256)) * 20)
    return 0


def no_end(post: Post, _rng: random.Random) -> int:
    """Take the front matter's second fence away."""
    lines = post.lines()
    del lines[_HEAD_LINES - 2]
    post.path.write_text("\n".join(lines), encoding="utf-8")
    return 1


def same_title(post: Post, _rng: random.Random) -> int:
    """Give the post the title of another, so that the later of both must be named."""
    post.replace_line("title:", f'title: "글 {(post.index + 12) % 24:02d}"')
    return 1


def last_letters(post: Post, rng: random.Random) -> int:
    """Put one letter of a script that the fonts have not."""
    return post.put(f"여기 {chr(rng.choice([0x0E81, 0x1200, 0x0B85, 0x13A0, 0x10330]))} 글자.", rng)


def private_letter(post: Post, rng: random.Random) -> int:
    """Put one character of a private use area."""
    return post.put(f"여기 {chr(rng.choice([0xE000, 0xF8FF, 0xF0A2, 0xF1234]))} 아이콘.", rng)


def kinds(*names: str) -> frozenset[str]:
    """Give the names as a set."""
    return frozenset(names)


_LOST = kinds("missing-image")
FAULTS = (
    Fault(name="broken YAML", kinds=kinds("broken-post"), break_=field("tags: [하나, 둘"), near=True),
    Fault(
        name="stray colon in YAML",
        kinds=kinds("broken-post", "repaired-front-matter"),
        break_=field("a: b: c: ["),
    ),
    Fault(name="no end of front matter", kinds=kinds("broken-post", "repaired-front-matter"), break_=no_end),
    Fault(
        name="impossible date",
        kinds=kinds("broken-post", "impossible-date"),
        break_=lambda p, _: p.replace_line("date:", "date: 2021-13-45"),
    ),
    Fault(
        name="date in words",
        kinds=kinds("broken-post"),
        break_=lambda p, _: p.replace_line("date:", "date: 어제"),
    ),
    Fault(
        name="unreadable lastmod",
        kinds=kinds("unreadable-updated"),
        break_=lambda p, _: min(p.set_field("lastmod: 모레쯤"), 1),
    ),
    Fault(name="key twice", kinds=kinds("duplicate-key"), break_=field("tags: [다른]")),
    Fault(
        name="slug of another",
        kinds=kinds("duplicate-slug"),
        break_=lambda p, _: p.set_field(f"slug: p{(p.index + 1) % 30:02d}") and 0,
        alone=False,
    ),
    Fault(name="title of another", kinds=kinds("duplicate-title"), break_=same_title, alone=False),
    Fault(name="binary file", kinds=kinds("broken-post"), break_=binary),
    Fault(name="invalid UTF-8", kinds=kinds("damaged-text"), break_=bad_byte),
    Fault(name="lost picture", kinds=_LOST, break_=put("![그림](/img/none.png)")),
    Fault(name="lost picture in HTML", kinds=_LOST, break_=put('<img src="/img/none2.png">')),
    Fault(
        name="remote picture offline",
        kinds=_LOST,
        break_=put("![그림](https://raw.githubusercontent.com/a/b/main/c.png)"),
    ),
    Fault(
        name="picture of a strange host", kinds=_LOST, break_=put("![그림](https://pictures.example/c.png)")
    ),
    Fault(name="picture by file:", kinds=_LOST, break_=put("![그림](file:///etc/hostname)")),
    Fault(name="picture above the blog", kinds=_LOST, break_=put("![그림](../../../../etc/hostname)")),
    Fault(name="picture by a link out", kinds=_LOST, break_=link_out),
    Fault(
        name="truncated JPEG",
        kinds=_LOST,
        break_=picture("half.jpg", lambda r: jpeg(r)[: r.randrange(300, 4000)]),
    ),
    Fault(
        name="HTML named .png", kinds=_LOST, break_=picture("page.png", lambda _: b"<!doctype html><p>404")
    ),
    Fault(name="empty picture", kinds=_LOST, break_=picture("empty.png", lambda _: b"")),
    Fault(name="PNG bomb", kinds=_LOST, break_=picture("bomb.png", lambda _: png_bomb())),
    Fault(name="SVG with entities", kinds=_LOST, break_=picture("bomb.svg", lambda _: _BOMB)),
    Fault(name="missing glyph", kinds=kinds("missing-glyph"), break_=last_letters),
    Fault(name="private character", kinds=kinds("private-character"), break_=private_letter),
    Fault(name="lost character", kinds=kinds("replacement-character"), break_=put("여기 \ufffd 없다.")),
    Fault(name="control character", kinds=kinds("control-character"), break_=put("여기 \x08 있다.")),
    Fault(name="unknown shortcode", kinds=kinds("unknown-tag"), break_=put('{{< gizmo size="3" >}}')),
    Fault(
        name="unclosed shortcode", kinds=kinds("unknown-tag", "raw-tag"), break_=put("{{< gizmo 안 닫힌 글")
    ),
    Fault(
        name="leftover tag", kinds=kinds("raw-tag", "unknown-tag"), break_=put("여기 {{ gizmo.title }} 있다.")
    ),
    Fault(name="dead link", kinds=kinds("dead-link"), break_=put("[글](/posts/nowhere/)")),
    Fault(name="dead link to a file", kinds=kinds("dead-link"), break_=put("[글](nowhere.md)")),
    Fault(name="dead anchor", kinds=kinds("dead-link"), break_=put("[글](#nowhere)")),
    Fault(name="javascript: link", kinds=kinds("dead-link"), break_=put("[글](javascript:alert(1))")),
    Fault(
        name="unclosed fence",
        kinds=kinds("unclosed-fence"),
        break_=lambda p, r: p.put("````text\n안 닫힌다", r),
    ),
    Fault(name="word of 5,000 letters", kinds=kinds("long-word"), break_=put("w" * 5000)),
    Fault(name="script", kinds=kinds("dropped-html"), break_=put("<script>alert(1)</script>")),
    Fault(
        name="object",
        kinds=kinds("dropped-html"),
        break_=put('<object data="file:///etc/hostname"></object>'),
    ),
    Fault(name="broken formula", kinds=kinds("formula"), break_=put("$$\n\\frac{a}{\n$$")),
    Fault(name="Mermaid diagram", kinds=kinds("mermaid"), break_=put("```mermaid\ngraph TD; A-->B\n```")),
)
"""Every way, in the order of the file: front matter, files, pictures, characters, tags, links, the rest."""
