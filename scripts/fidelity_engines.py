"""Runs the blog engines of Debian over many posts at once, and our own renderers over the same.

`kramdown` is one Ruby process that answers line by line; `hugo` builds one site with a page for every post.
Ours are run with the deliberate differences switched off (emphasis beside CJK text, TeX kept from Markdown,
addresses without the signs after them, `:::` notices and attribute lists), and once more with them, so that
what they change can be counted apart.
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
_BLAMED = re.compile(r"\bp(\d+)\.md\b")
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

    name: str
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
    """What Hugo makes of each text, raw HTML allowed; REFUSED for a text on which it fails.

    A text on which Hugo fails takes the whole site with it. Hugo mostly says which page it was, and the site
    is built again without it; else the site is halved until the text stands alone.
    """
    left = dict(enumerate(texts))
    answers = dict.fromkeys(left, REFUSED)
    while left:
        try:
            answers.update(_build_site(left))
            break
        except subprocess.CalledProcessError as error:
            blamed = {int(number) for number in _BLAMED.findall(error.stderr)} & left.keys()
            if not blamed:
                answers.update(zip(left, _render_halves(list(left.values())), strict=True))
                break
            left = {number: text for number, text in left.items() if number not in blamed}
    return [_or_refused(answers[number], text) for number, text in enumerate(texts)]


def _or_refused(html: str, text: str) -> str:
    """The page, unless Hugo cut a character in two: a table after a tab in a list loses its letters."""
    return REFUSED if "\ufffd" in html and "\ufffd" not in text else html


def _render_halves(texts: list[str]) -> list[str]:
    half = len(texts) // 2
    return render_hugo(texts[:half]) + render_hugo(texts[half:]) if half else [REFUSED]


def _build_site(texts: dict[int, str]) -> dict[int, str]:
    """The pages of one site by number; fails as a whole."""
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
        for number, text in texts.items():
            page = f'---\ntitle: "t"\n---\n{text}'
            (content / f"p{number}.md").write_bytes(page.encode("utf-8", "surrogatepass"))
        # A complaint quotes the post, cut in the midst of a character.
        command = ["hugo", "--quiet"]
        subprocess.run(command, cwd=site, check=True, capture_output=True, encoding="utf-8", errors="replace")
        return {number: _read_page(site / "public" / f"p{number}" / "index.html") for number in texts}


def _read_page(source: Path) -> str:
    if not source.exists():
        return REFUSED
    try:
        parts = source.read_bytes().decode("utf-8").split(PAGE_MARK)
    except UnicodeDecodeError:  # Hugo cut a character in two
        return REFUSED
    return parts[1] if len(parts) == 3 else REFUSED


_AS_HUGO = {"cjk": False, "math": False, "trim_addresses": False, "borrowed": False}
ENGINES = {
    "jekyll": Engine(
        name="jekyll",
        render=render_jekyll,
        ours=lambda text: kramdown_to_html(text, cjk=False),
        printed=kramdown_to_html,
    ),
    "hugo": Engine(
        name="hugo",
        render=render_hugo,
        ours=lambda text: commonmark_to_html(text, **_AS_HUGO),
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
