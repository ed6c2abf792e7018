"""The tiny blogs under `blogs/`, and beside each what is expected: `python tests/blog_kit.py` writes it anew.

The first line of an expected listing says what is asked for, such as `# year=2021 language=en`.
"""

import sys
from pathlib import Path

from yearbook.discover import discover
from yearbook.model import Criteria

BLOGS = Path(__file__).parent / "blogs"
NAMES = tuple(sorted(path.name for path in BLOGS.iterdir() if path.is_dir()))


def criteria_of(expected):
    """The criteria that an expected listing's first line states."""
    words = expected.partition("\n")[0].removeprefix("#").split()
    stated = dict(word.split("=", 1) for word in words)
    year = int(stated.pop("year"))
    return Criteria(year=year, **stated)


def listing(selection):
    """A selection as lines of text that a person can review."""
    blog = selection.blog
    lines = [
        f"blog: {blog.engine} ({blog.why})",
        f"says: {blog.title} | {blog.author} | {blog.language} | {blog.base_url}",
        f"zone: {blog.zone} ({blog.zone_source})",
        f"syntax: {_syntax(blog.syntax)}",
        f"years: {' '.join(f'{year}×{count}' for year, count in selection.years.items())}",
    ]
    lines += [_post(post) for post in selection.posts]
    for out in selection.left_out:
        mark = " (retrospective)" if out.retrospective else ""
        lines.append(f"out: {out.place} | {out.reason}{mark} | {out.detail} | {out.title} | {out.permalink}")
    lines += [f"broken: {bad.place}:{bad.line} | {bad.reason} | {bad.hint}" for bad in selection.broken]
    lines += [f"{each.kind}: {each.place}:{each.line} | {each.message}" for each in selection.findings]
    return "\n".join(line.rstrip(" |") for line in lines) + "\n"


def _syntax(syntax):
    flags = ("hard_wrap", "smart", "unsafe_html", "heading_attributes", "math")
    return " ".join([syntax.name, *(flag for flag in flags if getattr(syntax, flag))])


def _post(post):
    parts = {
        "updated": post.updated.isoformat() if post.updated else "",
        "language": post.language,
        "authors": ", ".join(post.authors),
        "tags": ", ".join(post.tags),
        "categories": ", ".join(post.categories),
        "series": post.series,
        "summary": post.summary,
        "hero": post.hero,
        "body": f"line {post.body_line}",
    }
    said = " | ".join(f"{name} {value}" for name, value in parts.items() if value)
    return (
        f"in: {post.date.isoformat()} | {post.slug} | {post.title} | {post.permalink} | {post.place} | {said}"
    )


def main():
    for name in sys.argv[1:] or NAMES:
        path = BLOGS / f"{name}.txt"
        old = path.read_text(encoding="utf-8") if path.exists() else "# year=2021\n"
        first = old.partition("\n")[0]
        path.write_text(f"{first}\n{listing(discover(BLOGS / name, criteria_of(old)))}", encoding="utf-8")


if __name__ == "__main__":
    main()
