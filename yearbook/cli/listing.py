"""`yearbook list`: what is in the book, what not, and why."""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from typing import Any

from yearbook.cli.arguments import config
from yearbook.cli.telling import finding_json, finding_line, print_table, progress, say, set_up_log
from yearbook.config import Config
from yearbook.errors import ExitCode
from yearbook.model import Blog, Post, Selection
from yearbook.shelf import fill_shelves, merge

_PICTURE = re.compile(r"!\[[^\]]*\]\(|!\[[^\]]*\]\[|<img\b|\{\{[<%]\s*figure\b")
"""How a picture begins in Markdown, HTML and Hugo's shortcode."""


def run_list(options: argparse.Namespace) -> ExitCode:
    """Prints the listing as a table or as JSON."""
    set_up_log(options)
    wanted, shelves = fill_shelves(config(options), progress(options))
    selection = merge(shelves, wanted)
    blogs = tuple(shelf.blog for shelf in shelves)
    if options.json:
        sys.stdout.write(json.dumps(listing(wanted, selection, blogs), ensure_ascii=False, indent=2) + "\n")
    else:
        _print_listing(wanted, selection, blogs, options)
    return ExitCode.UNREADABLE_POSTS if selection.broken else ExitCode.COMPLETE


def listing(wanted: Config, selection: Selection, blogs: Sequence[Blog]) -> dict[str, Any]:
    """The listing as JSON values; docs/list.md describes them."""
    described = [_blog_json(blog) for blog in blogs]
    return {
        "version": 1,
        "year": wanted.year,
        "blog": described[0],
        "blogs": described,
        "posts": [
            {
                "path": post.place,
                "date": post.date.isoformat(),
                "title": post.title,
                "slug": post.slug,
                "permalink": post.permalink,
                "language": post.language,
                "authors": list(post.authors),
                "tags": list(post.tags),
                "categories": list(post.categories),
                "characters": count_characters(post),
                "pictures": count_pictures(post),
            }
            for post in selection.posts
        ],
        "left_out": [
            {
                "path": out.place,
                "date": out.date.isoformat() if out.date else None,
                "title": out.title,
                "reason": out.reason,
                "detail": out.detail,
                "retrospective": out.retrospective,
            }
            for out in selection.left_out
        ],
        "broken": [
            {"path": post.place, "line": post.line, "reason": post.reason, "hint": post.hint}
            for post in selection.broken
        ],
        "findings": [finding_json(finding) for finding in selection.findings],
        "years": {str(year): count for year, count in sorted(selection.years.items())},
    }


def count_characters(post: Post) -> int:
    """Characters of the post's Markdown without white space."""
    return len("".join(post.body.split()))


def count_pictures(post: Post) -> int:
    """Pictures that the post's Markdown names, the opening picture included."""
    return len(_PICTURE.findall(post.body)) + bool(post.hero)


def _blog_json(blog: Blog) -> dict[str, Any]:
    return {
        "engine": blog.engine,
        "why": blog.why,
        "title": blog.title,
        "zone": str(blog.zone),
        "zone_source": blog.zone_source,
        "base_url": blog.base_url,
    }


def _print_listing(
    wanted: Config, selection: Selection, blogs: Sequence[Blog], options: argparse.Namespace
) -> None:
    for blog in blogs if options.verbose else ():
        say(f"{blog.root}: {blog.engine}, because {blog.why}; time zone {blog.zone} ({blog.zone_source})")
    rows = []
    if not options.out:
        rows += [
            (
                post.date.strftime("%Y-%m-%d"),
                f"{count_characters(post):,}",
                str(count_pictures(post)),
                "in",
                post.title,
                post.place,
            )
            for post in selection.posts
        ]
    rows += [
        (
            out.date.strftime("%Y-%m-%d") if out.date else "",
            "",
            "",
            f"out: {out.detail or out.reason}",
            out.title,
            out.place,
        )
        for out in selection.left_out
    ]
    rows += [
        ("", "", "", f"BROKEN line {post.line}: {post.reason}", "", post.place) for post in selection.broken
    ]
    print_table([("date", "characters", "pictures", "verdict", "title", "path"), *rows] if rows else [])
    out_count = len(selection.left_out)
    say(f"{wanted.year}: {len(selection.posts)} posts in, {out_count} out, {len(selection.broken)} broken")
    for out in selection.left_out:
        if out.retrospective:
            say(f"  {out.place} looks like the year's retrospective: --include takes it in")
    for finding in selection.findings:
        say(finding_line(finding))
