"""Markdown to clean HTML: `Post` in, `Chapter` out.

    text -> tags expanded -> Markdown parsed -> HTML cleaned -> tree arranged -> HTML cleaned again

The dialect of Markdown comes with the post. Everything here is a function of its arguments: no file is read,
nothing is fetched. Addresses of pictures and links stay as written; `localise` settles them.
"""

import dataclasses
import re
from collections.abc import Callable, Sequence

from yearbook.dialects.tag_parts import CodeRanges, LineIndex
from yearbook.dialects.tags import Surroundings, expand
from yearbook.model import Blog, Chapter, Finding, Post, Severity, Syntax
from yearbook.render.clean import clean_in, clean_out, find_dropped, find_refused
from yearbook.render.embeds import show_gists
from yearbook.render.headings import list_headings
from yearbook.render.highlight import Colour, find_runs, language_of
from yearbook.render.structure import arrange
from yearbook.render.text import find_odd_characters, plain_text
from yearbook.render.tree import Element, line_of, text_of, to_html, to_tree

Resolve = Callable[[str], str | None]
"""From the argument of a link shortcode to a path on the site; None if there is no such post."""
Templates = Callable[[str, dict[str, str], str], str | None]
"""From a shortcode's name, parameters and inner HTML to the user's own HTML for it; None if there is none."""

_LINE = re.compile(r' data-line="(\d+)"')


def render(
    post: Post,
    *,
    blog: Blog | None = None,
    resolve: Resolve = lambda _ref: None,
    templates: Templates | None = None,
    join_breaks: bool = True,
    colour: Colour = find_runs,
) -> Chapter:
    """The chapter that a post makes.

    Args:
        post: as `discover` read it.
        blog: the blog, for tags that print something of its configuration.
        resolve: where links between posts lead.
        templates: the user's own shortcodes.
        join_breaks: whether hard breaks inside running text become spaces.
        colour: what tells the words of a listing apart.
    """
    html, tag_findings = _expanded_html(post, blog, resolve, templates)
    root = to_tree(clean_in(html))
    findings = [
        *find_odd_characters(post.body, post.place, post.body_line),
        *tag_findings,
        *_dropped(html, post),
        *_refused(html, post),
        *_diagrams(root, post),
    ]
    arrange(
        root,
        title=post.title,
        language=post.language,
        prefix=post.chapter_id,
        join_breaks=join_breaks,
        colour=colour,
    )
    return Chapter(
        post=post,
        html=clean_out(to_html(root)),
        headings=list_headings(root),
        findings=tuple(findings),
        characters=sum(map(len, text_of(root).split())),
        pictures=sum(1 for _ in root.iter("img")),
    )


def _expanded_html(
    post: Post, blog: Blog | None, resolve: Resolve, templates: Templates | None
) -> tuple[str, Sequence[Finding]]:
    """The post's HTML with its tags expanded, and what was met on the way."""

    def markdown(text: str, lines: Sequence[int]) -> str:
        return _renumber(to_markup(text, post.syntax), lines)

    around = Surroundings(
        post=dataclasses.replace(post, body=plain_text(post.body)),
        blog=blog,
        resolve=resolve,
        templates=templates,
        markdown=markdown,
    )
    expanded = expand(around)
    html = _renumber(to_markup(expanded.text, post.syntax), expanded.lines)
    return show_gists(expanded.put(html)), expanded.findings


def _renumber(html: str, lines: Sequence[int]) -> str:
    """The HTML with the line numbers of a text replaced by those of the post it comes from."""

    def renumbered(found: re.Match[str]) -> str:
        line = int(found[1][:9])
        source = lines[line - 1] if 0 < line <= len(lines) else 0
        return f' data-line="{source}"' if source else ""

    return _LINE.sub(renumbered, html)


def to_markup(text: str, syntax: Syntax) -> str:
    """The HTML that the post's own engine would make of its Markdown, with source lines."""
    if syntax.name == "kramdown":
        from yearbook.render.kramdown import kramdown_to_html

        return kramdown_to_html(text, hard_wrap=syntax.hard_wrap, source_lines=True, smart=syntax.smart)
    from yearbook.render.commonmark import commonmark_to_html

    return commonmark_to_html(
        text,
        hard_wrap=syntax.hard_wrap,
        source_lines=True,
        smart=syntax.smart,
        math=syntax.math,
        heading_attributes=syntax.heading_attributes,
        unsafe_html=syntax.unsafe_html,
    )


def _dropped(html: str, post: Post) -> list[Finding]:
    """Findings about HTML that paper cannot have, each with the line it stands on."""
    tags = list(find_dropped(html))
    code, line_at = CodeRanges(post.body), LineIndex(post.body, post.body_line)
    findings: list[Finding] = []
    for tag in sorted(set(tags)):
        written = re.finditer(rf"<{tag}\b", post.body, re.IGNORECASE)
        lines = [line_at(found.start()) for found in written if found.start() not in code]
        for line, _ in zip([*lines, *[0] * len(tags)], range(tags.count(tag)), strict=False):
            findings.append(
                Finding(
                    kind="dropped-html",
                    severity=Severity.NOTE
                    if tag in ("script", "style", "link", "meta")
                    else Severity.WARNING,
                    place=post.place,
                    line=line,
                    message=f"<{tag}> cannot be printed and was left out",
                )
            )
    return findings


def _refused(html: str, post: Post) -> list[Finding]:
    """Findings about pictures whose address no book may open, such as a file of the writer's own disk."""
    findings = []
    for src in find_refused(html):
        where = post.body.find(src)
        findings.append(
            Finding(
                kind="missing-image",
                severity=Severity.ERROR,
                place=post.place,
                line=post.body_line + post.body.count("\n", 0, where) if where >= 0 else 0,
                message=f"picture missing: {src[:80]} (no book opens such an address)",
                hint="put the picture into the blog and name it from there",
            )
        )
    return findings


def _diagrams(root: Element, post: Post) -> list[Finding]:
    """Findings about diagrams that are printed as their source."""
    return [
        Finding(
            kind="mermaid",
            severity=Severity.WARNING,
            place=post.place,
            line=line_of(code) + post.body_line - 1,
            message="a Mermaid diagram is printed as its text",
            hint="put a picture of the diagram into the post",
        )
        for code in root.iter("code")
        if language_of(code) == "mermaid"
    ]
