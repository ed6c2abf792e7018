"""Ways to arrange a plain folder of Markdown: what makes each one recognisable, and where it keeps what.

These engines are configured by programs, which are never run: what a program says is read only where it is
plain text. So addresses and titles are guesses here, dates and texts are not.
"""

import ast
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType

from yearbook.dialects import fields as meaning
from yearbook.dialects.folders import MARKDOWN_ENDINGS, has_ending, walk
from yearbook.dialects.settings import read_settings, table, text_of
from yearbook.dialects.sites import package_names
from yearbook.dialects.texts import plain_text
from yearbook.model import Syntax
from yearbook.value import dataclass

_LARGEST_CONFIG = 1 << 18
_MOST_LOOKED_AT = 20_000
"""Files looked at before a folder is taken for no blog: somebody may name a home folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a layout's own files say of the blog."""

    title: str = ""
    """The blog's title."""
    author: str = ""
    """Its author."""
    address: str = ""
    """Its public address."""
    language: str = ""
    """Its language, as written."""
    zone: str = ""
    """Name of its time zone."""
    content: str = ""
    """Its content folder, if it says one."""
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Everything else that was plain to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One way to arrange a blog."""

    name: str
    """How it is called, such as `astro`."""
    files: tuple[str, ...]
    """Files or folders, one of which makes it recognisable."""
    content: tuple[str, ...] = (".",)
    """Content folders, all that exist; `.` is the whole blog."""
    static: tuple[str, ...] = ("public", "static")
    """Folders served from the site's root."""
    bare: tuple[str, ...] = ()
    """Folders that do not show in addresses."""
    syntax: Syntax = Syntax(smart=False, heading_attributes=False)
    """The Markdown."""
    open_head: bool = False
    """Whether `Title: …` lines without fences are fields."""
    ugly: bool = False
    """Whether addresses end in `.html`."""
    keeps_date: bool = False
    """Whether the date in a file's name stays in its address."""
    read_facts: Callable[[Path], Facts] = lambda _: Facts()
    """What its own files say."""


def find_layout(root: Path) -> tuple[Layout, str] | None:
    """The folder's layout and the file that shows it; None if there is no Markdown that could be a post."""
    for layout in LAYOUTS:
        found = next((name for name in layout.files if _exists(root, name)), "")
        if found and _has_markdown(root, layout):
            return layout, found
    if _has_markdown(root, FOLDER, with_fields=True):
        return FOLDER, "Markdown files with front matter or dated names"
    return None


def _exists(root: Path, name: str) -> bool:
    """Whether there is such a file; `package:x` asks for a dependency."""
    if name.startswith("package:"):
        return package_names(root, name.removeprefix("package:"))
    return any(root.glob(name)) if "*" in name else (root / name).exists()


def content_folders(root: Path, layout: Layout, stated: str = "") -> tuple[Path, ...]:
    """The layout's content folders that exist inside the blog."""
    names = (stated,) if stated else layout.content
    found = [
        root / name
        for name in names
        if (root / name).is_dir() and (root / name).resolve().is_relative_to(root)
    ]
    return tuple(dict.fromkeys(found)) or (root,)


_SKIPPED = frozenset(
    {
        "dist", "build", "out", "public", "_site", "site", "vendor", "target", "coverage", "tmp",
        "output", "themes",
        "_includes", "_layouts", "_data", "layouts", "archetypes", "scaffolds", "venv",
    }
)  # fmt: skip


def is_entered(layout: Layout, root: Path, folder: Path) -> bool:
    """Whether a folder may hold posts: what engines write is not read again."""
    if folder.name in layout.static and folder.parent == root:
        return False
    return folder.name not in _SKIPPED


def _has_markdown(root: Path, layout: Layout, *, with_fields: bool = False) -> bool:
    """Whether any content folder has a Markdown file; if asked, one that looks like a post."""
    for folder in content_folders(root, layout):
        files = walk(folder, inside=root, enter=lambda each: is_entered(layout, root, each))
        for path in itertools.islice(files, _MOST_LOOKED_AT):
            if has_ending(path, MARKDOWN_ENDINGS | {".mdx"}) and (not with_fields or _looks_like_post(path)):
                return True
    return False


def _looks_like_post(path: Path) -> bool:
    """Whether the file begins with fields, or its name with a date."""
    if re.match(r"\d{4}-\d{1,2}-\d{1,2}|(?:19|20)\d{6}", path.stem):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    return bool(re.match(rb"(?:\xef\xbb\xbf)?\s*(?:---|\+\+\+)[ \t]*\r?\n[^\n]*?[\w-]+[ \t]*[:=]", head))


def _text(path: Path) -> str:
    """The text of a small configuration program; empty if there is none."""
    try:
        return path.read_bytes()[:_LARGEST_CONFIG].decode("utf-8", errors="replace")
    except OSError:
        return ""


def _stated(text: str, *names: str, form: str = "") -> str:
    """The text of that form a program assigns to one of these names; empty if it computes it."""
    for name in names:
        value = rf"(?P<mark>['\"`])(?P<value>{form}[^'\"`\n$]*)(?P=mark)"
        found = re.search(rf"\b{name}['\"]?\s*[:=]\s*{value}", text)
        if found and found["value"].strip():
            return found["value"].strip()
    return ""


def _script_facts(*names: str) -> Callable[[Path], Facts]:
    """A reader of what JavaScript or TypeScript files plainly state."""

    def read(root: Path) -> Facts:
        paths = [path for name in names for path in sorted(root.glob(name))]
        text = "\n".join(_text(path) for path in paths if path.resolve().is_relative_to(root))
        author = _stated(text, "author", "SITE_AUTHOR", "authorName")
        block = re.search(r"\bauthor['\"]?\s*[:=]\s*\{[^{}]{0,300}", text)
        return Facts(
            title=_stated(text, "SITE_TITLE", "siteTitle", "pageTitle", "title"),
            author=author or (_stated(block[0], "name") if block else ""),
            address=_stated(
                text, "siteUrl", "SITE_URL", "site", "website", "url", "baseUrl", form="https?://"
            )
            or re.sub("^(?=.)", "https://", _stated(text, "baseUrl", form=r"(?=[\w-]+\.[a-z])")),
            language=_stated(text, "lang", "locale", "defaultLocale", "SITE_LANG", "language"),
            zone=_stated(text, "timezone", "timeZone"),
        )

    return read


def _zola_facts(root: Path) -> Facts:
    """What `config.toml` says. Raises ConfigError."""
    settings = read_settings(root / "config.toml", root)
    extra = table(settings, "extra")
    return Facts(
        title=plain_text(settings.get("title")),
        author=text_of(settings.get("author")) or meaning.author_of_site(extra.get("author")),
        address=text_of(settings.get("base_url")),
        language=text_of(settings.get("default_language")),
        settings=MappingProxyType(settings),
    )


def _mkdocs_facts(root: Path) -> Facts:
    """What `mkdocs.yml` says. Raises ConfigError."""
    text = re.sub(r"!!?[\w/.:]+", "", _text(root / "mkdocs.yml"))  # Python's own tags, which are never obeyed
    return Facts(
        title=_yaml_value(text, "site_name"),
        author=_yaml_value(text, "site_author"),
        address=_yaml_value(text, "site_url"),
        content=_yaml_value(text, "docs_dir"),
    )


def _yaml_value(text: str, key: str) -> str:
    found = re.search(rf"^{key}[ \t]*:[ \t]*(['\"]?)(?P<value>.*?)\1[ \t]*$", text, re.MULTILINE)
    return found["value"] if found else ""


def _pelican_facts(root: Path) -> Facts:
    """What `pelicanconf.py` states in so many words: it is read, never run."""
    values: dict[str, object] = {}
    for name in ("pelicanconf.py", "publishconf.py"):
        values.update(_assignments(_text(root / name)))
    return Facts(
        title=text_of(values.get("SITENAME")),
        author=text_of(values.get("AUTHOR")),
        address=text_of(values.get("SITEURL")),
        language=text_of(values.get("DEFAULT_LANG")),
        zone=text_of(values.get("TIMEZONE")),
        content=text_of(values.get("PATH")),
        settings=MappingProxyType(values),
    )


def _assignments(text: str) -> dict[str, object]:
    """Names of a Python file that are given a literal."""
    found: dict[str, object] = {}
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    for statement in statements:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            try:
                found[statement.targets[0].id] = ast.literal_eval(statement.value)
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                continue  # computed, and nothing computed is needed
    return found


def _obsidian_facts(root: Path) -> Facts:
    """The vault's name is its folder's."""
    return Facts(title=root.name)


_SMART = Syntax(smart=True, heading_attributes=False)
_PYTHON_MARKDOWN = Syntax(name="kramdown", smart=False)
_NOTES = Syntax(hard_wrap=True, smart=False, heading_attributes=False)

LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="zola",
        files=("config.toml",),
        content=("content",),
        static=("static",),
        bare=("content",),
        syntax=Syntax(smart=False),
        read_facts=_zola_facts,
    ),
    Layout(
        name="pelican",
        files=("pelicanconf.py",),
        content=("content", "."),
        static=("content",),
        bare=("content",),
        syntax=_PYTHON_MARKDOWN,
        open_head=True,
        ugly=True,
        read_facts=_pelican_facts,
    ),
    Layout(
        name="astro",
        files=("astro.config.*", "package:astro"),
        content=("src/content", "src/pages", "src/data", "src/blog"),
        static=("public",),
        bare=("src/content", "src/pages", "src/data", "src"),
        syntax=_SMART,
        keeps_date=True,
        read_facts=_script_facts("astro.config.*", "src/consts.*", "src/config.*", "src/site.config.*"),
    ),
    Layout(
        name="docusaurus",
        files=("docusaurus.config.*",),
        content=("blog",),
        static=("static",),
        keeps_date=True,
        read_facts=_script_facts("docusaurus.config.*"),
    ),
    Layout(
        name="gatsby",
        files=("gatsby-config.*", "package:gatsby"),
        content=("content", "src/pages", "src/posts", "src/content", "posts", "blog", "_posts"),
        static=("static",),
        bare=("content/blog", "content/posts", "content", "src/pages", "src/posts", "src/content", "src"),
        keeps_date=True,
        read_facts=_script_facts("gatsby-config.*"),
    ),
    Layout(
        name="eleventy",
        files=(".eleventy.*", "eleventy.config.*", "package:@11ty/eleventy"),
        static=("public", "static", "src"),
        bare=("src", "content", "site", "."),
        read_facts=_script_facts(
            "_data/metadata.*", "_data/site.*", "src/_data/metadata.*", "src/_data/site.*"
        ),
    ),
    Layout(
        name="vuepress",
        files=(".vuepress", "docs/.vuepress", "src/.vuepress", "blog/.vuepress"),
        static=(".vuepress/public", "docs/.vuepress/public", "src/.vuepress/public"),
        bare=("docs", "src", "."),
        ugly=True,
        keeps_date=True,
        read_facts=_script_facts("**/.vuepress/config.*"),
    ),
    Layout(
        name="vitepress",
        files=(".vitepress", "docs/.vitepress", "src/.vitepress"),
        static=("public", "docs/public"),
        bare=("docs", "src", "."),
        keeps_date=True,
        read_facts=_script_facts("**/.vitepress/config.*"),
    ),
    Layout(
        name="nuxt",
        files=("nuxt.config.*", "package:nuxt"),
        content=("content",),
        bare=("content",),
        keeps_date=True,
        read_facts=_script_facts("nuxt.config.*", "app.config.*"),
    ),
    Layout(
        name="next",
        files=("next.config.*", "package:next"),
        content=(
            "_posts",
            "posts",
            "content",
            "data",
            "src/content",
            "src/posts",
            "src/data",
            "pages",
            "src/pages",
            "contents",
            "blog",
        ),
        bare=(
            "_posts",
            "content",
            "data",
            "src/content",
            "src/data",
            "pages",
            "src/pages",
            "src",
            "contents",
        ),
        keeps_date=True,
        read_facts=_script_facts(
            "data/siteMetadata.*", "site.config.*", "blog.config.*", "src/config.*", "next.config.*"
        ),
    ),
    Layout(
        name="sveltekit",
        files=("svelte.config.*",),
        content=("src/posts", "src/content", "src/routes", "content", "posts"),
        static=("static",),
        bare=("src/posts", "src/content", "src/routes", "content", "src"),
        keeps_date=True,
        read_facts=_script_facts("src/lib/config.*", "svelte.config.*"),
    ),
    Layout(
        name="mkdocs",
        files=("mkdocs.yml",),
        content=("docs",),
        static=("docs",),
        bare=("docs",),
        syntax=_PYTHON_MARKDOWN,
        keeps_date=True,
        read_facts=_mkdocs_facts,
    ),
    Layout(
        name="quartz",
        files=("quartz.config.ts",),
        content=("content",),
        static=("content",),
        bare=("content",),
        syntax=_NOTES,
        keeps_date=True,
        read_facts=_script_facts("quartz.config.ts"),
    ),
    Layout(
        name="obsidian",
        files=(".obsidian",),
        static=(".",),
        syntax=_NOTES,
        keeps_date=True,
        read_facts=_obsidian_facts,
    ),
)
"""Layouts in the order they are tried."""

FOLDER = Layout(name="folder", files=(), static=("public", "static", "assets", "."), keeps_date=True)
"""A folder of Markdown files that no engine has laid out."""
