"""All the blog's posts by every name a link may use for them."""

import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from urllib.parse import unquote

from yearbook.model import LeftOut, Post
from yearbook.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One post of the blog, in the book or not."""

    place: str
    """The file, relative to the blog's folder."""
    permalink: str
    """Path on the site."""
    title: str
    """Its title; empty if it could not be read."""
    slug: str = ""
    """Short name; empty if it is not in the book."""
    chapter_id: str = ""
    """Anchor of its chapter; empty if it is not in the book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Look-ups over all posts, printed or not."""

    entries: tuple[Entry, ...]
    """Posts of the book first, in its order; then the others by place."""
    by_name: Mapping[str, Entry]
    """Every unambiguous name, made plain by `plain_name`, to its post."""

    def find(self, name: str) -> Entry | None:
        """The post of that permalink, alias, place, file name or slug; None if there is none.

        Anchors, queries, percent signs, a closing slash and letter case do not matter.
        """
        return self.by_name.get(plain_name(name))


def make_library(posts: Iterable[Post], left_out: Iterable[LeftOut]) -> Library:
    """The library of a blog. Where two posts share a name, printed ones win, then the first."""
    named: list[tuple[Entry, Iterable[str]]] = []
    for post in posts:
        entry = Entry(
            place=post.place,
            permalink=post.permalink,
            title=post.title,
            slug=post.slug,
            chapter_id=post.chapter_id,
        )
        named.append((entry, _aliases(post)))
    for other in left_out:
        if other.permalink:
            named.append((Entry(place=other.place, permalink=other.permalink, title=other.title), ()))
    return Library(entries=tuple(entry for entry, _ in named), by_name=MappingProxyType(_by_name(named)))


def plain_name(name: str) -> str:
    """The name as it is compared.

    >>> plain_name("/2021/12/My%20Year/index.html?x=1#end")
    '/2021/12/my year'
    """
    bare = unquote(name.split("#", 1)[0].split("?", 1)[0]).strip()
    bare = unicodedata.normalize("NFC", bare).replace("\\", "/").casefold()
    bare = bare.removesuffix("index.html").rstrip("/")
    return bare.removesuffix(".html") or "/"


def _by_name(named: list[tuple[Entry, Iterable[str]]]) -> dict[str, Entry]:
    """Names to posts; certain names of all posts come before guesses such as the bare file name."""
    found: dict[str, Entry] = {}
    for entry, aliases in named:
        for name in (entry.permalink, entry.place, *aliases):
            found.setdefault(plain_name(name), entry)
    guesses: dict[str, set[str]] = {}
    owners: dict[str, Entry] = {}
    for entry, _ in named:
        for name in _guessed_names(entry):
            guesses.setdefault(name, set()).add(entry.place)
            owners.setdefault(name, entry)
    for name, places in guesses.items():
        if len(places) == 1:
            found.setdefault(name, owners[name])
    return found


def _guessed_names(entry: Entry) -> set[str]:
    """Names people use although they are no address: the tails of the place, with and without ending."""
    parts = PurePosixPath(entry.place).parts
    tails = {"/".join(parts[start:]) for start in range(len(parts))}
    names = tails | {str(PurePosixPath(tail).with_suffix("")) for tail in tails}
    bundles = {name.rpartition("/")[0] for name in names if name.rpartition("/")[2] in {"index", "_index"}}
    names |= {entry.slug, entry.title} | bundles
    return {plain_name(name) for name in names if name and name not in {"index", "index.md"}}


def _aliases(post: Post) -> tuple[str, ...]:
    """Older addresses the front matter lists."""
    found: list[str] = []
    for key in ("aliases", "alias", "redirect_from"):
        value = post.fields.get(key)
        listed = value if isinstance(value, (list, tuple)) else [value]
        found.extend(str(each) for each in listed if isinstance(each, str))
    return tuple(name if name.startswith("/") else f"/{name}" for name in found)
