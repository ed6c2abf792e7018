"""Brings the year together: the posts of one blog or of many, rendered, and their pictures.

Each blog is read, rendered and asked for pictures by itself, with its own time zone, lock file and addresses.
When there are several, their posts get places and slugs that no two share, and one order.
"""

import dataclasses
import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from yearbook.assets import asset_dir
from yearbook.compose import shortcode_templates
from yearbook.config import BlogEntry, Config
from yearbook.dialects import Library, dialect_of
from yearbook.discover import Survey, library, read_posts
from yearbook.errors import ConfigError, NoPostsError, UnreadablePostsError
from yearbook.halves import do_halves
from yearbook.language import language_of
from yearbook.localise import Picture, find_images, survey
from yearbook.memo import Album, Memo, digest_of, fingerprint
from yearbook.memory import giving_back
from yearbook.model import (
    Blog,
    Chapter,
    Criteria,
    ImageUse,
    MissingImage,
    Post,
    PrintImage,
    Selection,
    StoredImage,
)
from yearbook.preface import read_preface
from yearbook.preflight import look_at
from yearbook.preflight.coverage import read_coverage
from yearbook.readings import digest_of_post
from yearbook.report import Progress
from yearbook.store import ImagePolicy, Wish, confirm, obtain, prepare_all
from yearbook.themes import find_theme, places_pictures
from yearbook.trims import TRIMS
from yearbook.value import dataclass

if TYPE_CHECKING:
    from yearbook.render.highlight import Runs
    from yearbook.store.upkeep import ImageStatus

_NO_YEAR = 1900
_POSTS_WORTH_A_COPY = 60
"""So many posts take a third of a second to render."""


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """The pictures of all chapters, and what became of them."""

    uses: tuple[ImageUse, ...]
    """Every place that shows one, in the order of the chapters."""
    stored: tuple[StoredImage | MissingImage, ...]
    """What the store has for each place."""
    printed: Mapping[str, Picture]
    """The prepared file by digest of the original."""

    @property
    def finals(self) -> tuple[Picture, ...]:
        """What is printed at each place."""
        return tuple(
            image if isinstance(image, MissingImage) else self.printed[image.sha256] for image in self.stored
        )

    @functools.cached_property
    def files(self) -> dict[str, Path]:
        """The prepared files by their own digest."""
        return {p.sha256: p.path for p in self.printed.values() if isinstance(p, PrintImage)}


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """One blog's share of the book."""

    blog: Blog
    """The blog."""
    selection: Selection
    """Its posts of the year, with the places and slugs they have in the book."""
    as_blog: Selection
    """The same as the blog knows them."""
    own_posts: tuple[Post, ...]
    """The posts as the blog knows them, in the same order."""
    is_alone: bool
    """Whether it is the book's only blog: then its preface is the book's."""

    @functools.cached_property
    def known(self) -> Library:
        """All its posts by their own names; only links and tags of posts that are rendered ask for them."""
        return library(self.as_blog)


def fill_shelves(
    config: Config, progress: Progress, memo: Memo | None = None
) -> tuple[Config, tuple[Shelf, ...]]:
    """Each blog's posts of the year; the configuration comes back with the year that was found.

    Raises:
        NoPostsError: there is nothing to print; the message says which years have posts.
        ConfigError: a blog that the configuration names is not there.
    """
    entries = config.blogs or (BlogEntry(path="."),)
    surveys = [_read(config, entry, progress, memo) for entry in entries]
    if not config.year:
        pairs = zip(surveys, entries, strict=True)
        found = [survey.years(_criteria(config, entry)) for survey, entry in pairs]
        config = dataclasses.replace(config, year=max((max(years) for years in found if years), default=0))
    shelves = tuple(
        _shelve(survey.select(_criteria(config, entry)), entry, bool(config.blogs))
        for survey, entry in zip(surveys, entries, strict=True)
    )
    if not any(shelf.selection.posts or shelf.selection.broken for shelf in shelves):
        years: Counter[int] = Counter()
        for shelf in shelves:
            years.update(shelf.selection.years)
        raise NoPostsError(_no_posts(config, years), where=str(config.blog), hint=_years_hint(config, years))
    return config, shelves


def merge(shelves: Sequence[Shelf], config: Config) -> Selection:
    """The posts of all shelves in one order, and everything else that was found.

    Authors' order is the order of the shelves; else posts stand by date, and posts of one moment by slug.
    """
    posts = [post for shelf in shelves for post in shelf.selection.posts]
    if len(shelves) > 1 and config.book.arrange == "date":
        posts.sort(key=lambda post: (post.date, post.slug), reverse=config.select.order == "newest")
    years: Counter[int] = Counter()
    for shelf in shelves:
        years.update(shelf.selection.years)
    return dataclasses.replace(
        shelves[0].selection,
        posts=tuple(posts),
        left_out=tuple(out for shelf in shelves for out in shelf.selection.left_out),
        broken=tuple(post for shelf in shelves for post in shelf.selection.broken),
        findings=tuple(finding for shelf in shelves for finding in shelf.selection.findings),
        years=years,
    )


def refuse_broken(selection: Selection, config: Config) -> None:
    """Stops when posts cannot be read, unless the user wants to go on without them.

    Raises:
        UnreadablePostsError: naming every such post with line and remedy.
    """
    if not selection.broken or config.keep_going:
        return
    lines = [f"{post.place}:{post.line}: {post.reason} ({post.hint})" for post in selection.broken]
    message = f"{len(lines)} post{'s' * (len(lines) > 1)} cannot be read:\n  " + "\n  ".join(lines)
    raise UnreadablePostsError(message, hint="mend them, or leave them out with --keep-going")


def _read(config: Config, entry: BlogEntry, progress: Progress, memo: Memo | None) -> Survey:
    root = (config.blog / entry.path).resolve()
    if not root.is_dir():
        msg = f"the blog `{entry.path}` is not there"
        raise ConfigError(
            msg, where=str(config.blog), hint="check [[blog]]"
        )
    progress.stage("discover", str(root))
    return read_posts(root, engine=entry.engine or config.engine, zone=config.select.zone, memo=memo)


def _criteria(config: Config, entry: BlogEntry) -> Criteria:
    """What is wished of one blog's posts; a year that no post has where no blog has any."""
    wanted = dataclasses.asdict(config.select)
    if entry.tags:
        wanted["tags"] = entry.tags
    return Criteria(year=config.year or _NO_YEAR, engine=entry.engine or config.engine, **wanted)


def _shelve(selection: Selection, entry: BlogEntry, is_one_of_many: bool) -> Shelf:
    own = tuple(_wished(post, entry) for post in selection.posts)
    shelved = dataclasses.replace(selection, posts=own)
    if is_one_of_many:
        shelved = _prefixed(shelved, entry.path.strip("./").replace("/", "-") or "blog")
    return Shelf(
        blog=selection.blog, selection=shelved, as_blog=selection, own_posts=own, is_alone=not is_one_of_many
    )


def _wished(post: Post, entry: BlogEntry) -> Post:
    """The post with the author that the configuration gives its blog, and the picture it wishes for."""
    authors = post.authors or ((entry.author,) if entry.author else ())
    hero = str(post.wishes.get("cover") or post.hero)
    if (authors, hero) == (post.authors, post.hero):
        return post
    return dataclasses.replace(post, authors=authors, hero=hero)


def _prefixed(selection: Selection, prefix: str) -> Selection:
    """The selection with the blog's name before every place and slug."""

    def placed(value: object) -> object:
        return dataclasses.replace(value, place=f"{prefix}/{value.place}")  # type: ignore[type-var, attr-defined]

    posts = tuple(
        dataclasses.replace(post, place=f"{prefix}/{post.place}", slug=f"{prefix}-{post.slug}")
        for post in selection.posts
    )
    changes: dict[str, object] = {
        name: tuple(placed(value) for value in getattr(selection, name))
        for name in ("left_out", "broken", "findings")
    }
    return dataclasses.replace(selection, posts=posts, **changes)  # type: ignore[arg-type]  # by name


def _no_posts(config: Config, years: Mapping[int, int]) -> str:
    if years.get(config.year):
        return f"no post of {config.year} is left after the selection"
    return f"no posts in {config.year}" if config.year else "no posts here"


def _years_hint(config: Config, years: Mapping[int, int]) -> str:
    if not years:
        return f"`yearbook list {config.blog}` says what was found"
    return "years with posts: " + ", ".join(f"{year} ({count})" for year, count in sorted(years.items()))


# ---------------------------------------------------------------------------------------------- chapters


def render_shelf(shelf: Shelf, progress: Progress, memo: Memo | None = None) -> tuple[Chapter, ...]:
    """Every post of the blog as a chapter, in the blog's order, each with the language it is set in.

    Chapters that the memo remembers are not rendered again. Where it remembers nothing yet, half of many are
    rendered by a copy of the process.
    """
    progress.stage("render", f"{len(shelf.selection.posts)} posts")
    preface = read_preface(shelf.blog) if shelf.is_alone else None
    pairs = [(preface, preface)] if preface else []
    pairs += zip(shelf.selection.posts, shelf.own_posts, strict=True)
    if memo is None:
        return tuple(_render(post, own, shelf) for post, own in pairs)
    is_new, remembered = memo.is_new, _Remembered(shelf, memo)
    half = len(pairs) // 2 if is_new and len(pairs) >= _POSTS_WORTH_A_COPY else 0
    first: tuple[Chapter, ...] = ()
    if half:
        # What the copy renders is in the memo afterwards.
        first, _ = do_halves(
            lambda: remembered.render_all(pairs[:half]), lambda: len(remembered.render_all(pairs[half:]))
        )
    return (*first, *remembered.render_all(pairs[half:]))


def _render(post: Post, own: Post, shelf: Shelf, memo: Memo | None = None) -> Chapter:
    """The chapter; addresses are resolved under the name that the blog knows the post by."""
    # The readers of Markdown take a tenth of a second to load; most builds remember what they need.
    from yearbook.render import render
    from yearbook.render.highlight import find_runs

    dialect, blog = dialect_of(post.engine), shelf.blog
    # A corrected sentence leaves the listings of its post as they were coloured.
    listings = memo and Album["Runs"](memo, digest_of("listings", fingerprint(), blog.root, own.place))

    def colour(language: str, text: str) -> "Runs":
        if not listings:
            return find_runs(language, text)
        return listings.find(digest_of(language, text), lambda: find_runs(language, text))

    rendered = render(
        dataclasses.replace(post, language=language_of(post.title + post.body, post.language)),
        blog=blog,
        resolve=lambda ref: dialect.resolve(blog, own, ref, shelf.known),
        templates=shortcode_templates(_shortcodes(blog)),
        colour=colour,
    )
    if listings:
        listings.keep()
    chapter = survey(rendered)
    return dataclasses.replace(chapter, looked_at=look_at(chapter, asset_dir("fonts")))


def _shortcodes(blog: Blog) -> Path:
    return blog.root / "yearbook" / "shortcodes"


_BUT_THE_POST = tuple(field.name for field in dataclasses.fields(Chapter) if field.name != "post")


class _Remembered:
    """Renders a post unless it was rendered before from the very same things."""

    def __init__(self, shelf: Shelf, memo: Memo) -> None:
        self._shelf = shelf
        self._memo = memo
        folder = _shortcodes(shelf.blog)
        own = [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.html"))]
        blog = dataclasses.replace(shelf.blog, root=Path())
        fonts = read_coverage(asset_dir("fonts"))
        self._base = digest_of("chapter", fingerprint(), blog, own, fonts)

    @functools.cached_property
    def _known(self) -> str:
        """Digest of what tags may ask of other posts: a post without any does not depend on them."""
        known = self._shelf.known
        return digest_of(known.entries, sorted((name, entry.place) for name, entry in known.by_name.items()))

    def render_all(self, pairs: Sequence[tuple[Post, Post]]) -> tuple[Chapter, ...]:
        """The chapters in order."""
        return tuple(self.render(post, own) for post, own in pairs)

    def render(self, post: Post, own: Post) -> Chapter:
        """The chapter, new or remembered; what is remembered is all of it but the post, with digests."""
        has_tags = "{{" in post.body or "{%" in post.body
        names = digest_of_post(post, self._memo), own.place, own.slug, own.permalink
        key = digest_of(self._base, names, self._known if has_tags else "")
        known = self._memo.get(key)
        if known is None:
            chapter = _render(post, own, self._shelf, self._memo)
            values = {name: getattr(chapter, name) for name in _BUT_THE_POST}
            known = chapter.post.language, values, {name: digest_of(own) for name, own in values.items()}
            self._memo.put(key, known)
        spoken, values, digests = known
        for name, digest in digests.items():
            self._memo.know(values[name], digest)
        return Chapter(post=dataclasses.replace(post, language=spoken), **values)


# ---------------------------------------------------------------------------------------------- pictures


def collect_pictures(
    chapters: Sequence[Chapter],
    blog: Blog,
    config: Config,
    progress: Progress,
    on_fetch: Callable[[], None] = lambda: None,
) -> Pictures:
    """Finds, fetches, verifies and prepares every picture of one blog's chapters.

    `on_fetch` is told before anything is asked for over the network.
    """
    uses = find_uses(chapters, blog)
    progress.stage("images", f"{len({use.src for use in uses})} pictures")
    store, policy = config.cache / "images", image_policy(config, blog.repository)
    fetching = _Fetching(progress, on_fetch)
    with giving_back():
        found = obtain(
            uses, blog_root=blog.root, cache=store, policy=policy, progress=fetching, prove=False
        )
        originals = {image.sha256: image for image in found if isinstance(image, StoredImage)}
        progress.stage("prepare", f"{len(originals)} pictures")
        width_mm = _widest_mm(config)
        wishes = [Wish(image=image, width_mm=width_mm) for image in originals.values()]
        made = prepare_all(wishes, cache=store, quality=config.images.quality)
        printed = dict(zip(originals, made, strict=True))
        stored = confirm(found, printed, cache=store)
    return Pictures(uses=uses, stored=stored, printed=printed)


def _widest_mm(config: Config) -> float:
    """How wide a picture may be set: as the text, or as the page with its bleed."""
    trim, theme = TRIMS[config.page.trim], find_theme(config.page.theme, config.blog)
    if places_pictures(theme, config.page.pictures) == "text":
        return trim.measure
    return trim.width + 2 * config.page.bleed


def join_pictures(found: Sequence[Pictures]) -> Pictures:
    """The pictures of several blogs as one."""
    return Pictures(
        uses=tuple(use for pictures in found for use in pictures.uses),
        stored=tuple(image for pictures in found for image in pictures.stored),
        printed={digest: picture for pictures in found for digest, picture in pictures.printed.items()},
    )


def find_uses(chapters: Sequence[Chapter], blog: Blog) -> tuple[ImageUse, ...]:
    """Every place in the chapters that shows a picture, in order."""
    def locate(post: Post, src: str) -> Path | None:
        return dialect_of(post.engine).locate(blog, post, src)

    return tuple(
        use for chapter in chapters for use in find_images(chapter, locate=locate, base_url=blog.base_url)
    )


class _Fetching:
    """Passes the store's progress on."""

    def __init__(self, progress: Progress, on_fetch: Callable[[], None]) -> None:
        self._progress = progress
        self._on_fetch = on_fetch
        self._total = self._count = self._bytes = 0

    def planned(self, count: int) -> None:
        self._total = count
        if count:
            self._on_fetch()

    def fetched(self, url: str, bytes: int) -> None:
        del url
        self._count += 1
        self._bytes += bytes
        self._progress.step(self._count, self._total, f"pictures, {self._bytes / 1e6:.1f} MB")

    def done(self) -> None:
        self._progress.step(self._total, self._total, "pictures")


def image_policy(config: Config, repository: str = "") -> ImagePolicy:
    """What the store may do; a mirror that is a folder is meant from the blog's folder."""
    mirrors = tuple(
        (prefix, target if "://" in target else str(config.blog / target))
        for prefix, target in sorted(config.images.mirrors.items())
    )
    return ImagePolicy(
        mirrors=mirrors,
        allow_hosts=config.images.allow_hosts,
        allow_any_host=config.images.allow_any_host,
        enterprise_hosts=config.images.enterprise_hosts,
        offline=config.offline,
        frozen=config.frozen,
        refresh=config.refresh,
        strict=config.strict,
        token=config.token,
        repository=repository,
        proxies=config.proxies,
        no_proxy=config.no_proxy,
    )


def status_of_images(config: Config, progress: Progress) -> "tuple[ImageStatus, ...]":
    """Every remote picture of the year, and where its bytes are."""
    from yearbook.store.upkeep import images_status  # a book needs none of it

    config, shelves = fill_shelves(config, progress)
    found: list[ImageStatus] = []
    for shelf in shelves:
        uses = find_uses(render_shelf(shelf, progress), shelf.blog)
        policy = image_policy(config, shelf.blog.repository)
        found += images_status(uses, blog_root=shelf.blog.root, cache=config.cache / "images", policy=policy)
    return tuple(found)
