"""Runs the blog engines of Debian over many posts at once, and our own renderers over the same.

`kramdown` is one Ruby process that answers line by line; `hugo` builds one site with a page for every post.
Ours are run with the deliberate differences switched off (emphasis beside CJK text, TeX kept from Markdown),
and once more with them, so that what they change can be counted apart.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from yearbook.render.commonmark import commonmark_to_html
from yearbook.render.kramdown import kramdown_to_html

HERE = Path(__file__).parent
PAGE_MARK = "@@fidelity@@"
REFUSED = "<engine-error></engine-error>"
SITE = """\
baseURL = "http://example.org/"
disableKinds = ["taxonomy", "term", "RSS", "sitemap", "home", "404"]
[markup.goldmark.renderer]
unsafe = true
[markup.highlight]
codeFences = false
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A blog engine and our answer to it."""

    render: Callable[[list[str]], list[str]]
    """What the engine makes of each text."""
    ours: Callable[[str], str]
    """What we make of one text, deliberate differences off."""
    printed: Callable[[str], str]
    """What we make of it for the book."""


def render_jekyll(texts: list[str]) -> list[str]:
    """What kramdown with its GFM parser makes of each text, under Jekyll's defaults."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    command = ["ruby", str(HERE / "fidelity_kramdown.rb")]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    answers = done.stdout.split("\n")  # not splitlines, which divides at U+2028 too
    return [json.loads(answer) for answer in answers if answer]


def render_hugo(texts: list[str]) -> list[str]:
    """What Hugo makes of each text, raw HTML allowed.

    A text on which Hugo fails takes the whole site with it: a failing site is halved until it stands alone.
    """
    try:
        return _build_site(texts)
    except subprocess.CalledProcessError:
        if len(texts) == 1:
            return [REFUSED]
        half = len(texts) // 2
        return render_hugo(texts[:half]) + render_hugo(texts[half:])


def _build_site(texts: list[str]) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="fidelity-") as folder:
        site = Path(folder)
        layouts = site / "layouts" / "_default"
        layouts.mkdir(parents=True)
        for name in ("single", "list"):
            layout = layouts / f"{name}.html"
            layout.write_text(PAGE_MARK + "{{ .Content }}" + PAGE_MARK, encoding="utf-8")
        (site / "config.toml").write_text(SITE, encoding="utf-8")
        content = site / "content"
        content.mkdir()
        for number, text in enumerate(texts):
            page = f'---\ntitle: "t"\n---\n{text}'
            (content / f"p{number}.md").write_text(page, encoding="utf-8", newline="")
        subprocess.run(["hugo", "--quiet"], cwd=site, check=True, capture_output=True, text=True)
        pages = [site / "public" / f"p{number}" / "index.html" for number in range(len(texts))]
        return [_read_page(page) for page in pages]


def _read_page(source: Path) -> str:
    if not source.exists():
        return REFUSED
    return source.read_text(encoding="utf-8", errors="replace").split(PAGE_MARK)[1]


ENGINES = {
    "jekyll": Engine(
        render=render_jekyll,
        ours=lambda text: kramdown_to_html(text, cjk=False),
        printed=kramdown_to_html,
    ),
    "hugo": Engine(
        render=render_hugo,
        ours=lambda text: commonmark_to_html(text, cjk=False, math=False),
        printed=lambda text: commonmark_to_html(text, math=False),
    ),
}


def is_refused(html: str) -> bool:
    """Did the engine give up on this text?"""
    return REFUSED in html


def strip_front_matter(text: str) -> str:
    r"""A post's body: YAML, TOML, and YAML whose opening line is missing, as Hexo allows, are taken away.

    >>> strip_front_matter("---\ntitle: a\n---\nb")
    'b'
    """
    fenced = re.match(r"\s*(---|\+\+\+)[ \t]*\r?\n.*?^\1[ \t]*(?:\r?\n|\Z)", text, re.DOTALL | re.MULTILINE)
    if fenced:
        return text[fenced.end() :]
    bare = re.match(r"(?:[\w-]+[ \t]*:[^\n]*\n|[ \t]*- [^\n]*\n)+---[ \t]*\r?\n", text)
    return text[bare.end() :] if bare else text


def hide_template_tags(text: str) -> str:
    """The text with every Liquid tag and shortcode replaced by a word, for neither side expands them.

    >>> hide_template_tags("a {{ site.url }} {% raw %}b{% endraw %} {{< x >}}")
    'a liquid b shortcode'
    """
    text = re.sub(r"\{%-?\s*(?:end)?raw\s*-?%\}", "", text)
    text = re.sub(r"\{\{[<%].*?[>%]\}\}", "shortcode", text, flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "liquid", text, flags=re.DOTALL)
