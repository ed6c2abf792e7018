"""Where links between posts lead, and which file a picture's address names: the rules all engines share."""

import posixpath
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from yearbook.dialects.entries import Library
from yearbook.dialects.folders import MARKDOWN_ENDINGS, find_file, join_address, local_part
from yearbook.model import Blog, Post


def resolve_link(blog: Blog, post: Post, ref: str, library: Library, *, content: str = "") -> str | None:
    """The path on the site, with its anchor, that a link or a shortcode's argument names.

    Args:
        blog: the blog.
        post: the post the link stands in.
        ref: `other.md`, `/blog/other`, `../other/#end`, `2021-12-31-year`, `#end`, or an address of the blog.
        library: all posts.
        content: the content folder relative to the blog, which site-absolute file names begin in.

    Returns:
        The post's path; any other path of the site as it is; None if the link leads elsewhere or a name that
        can only be a post's is unknown.
    """
    path = local_part(ref, blog.base_url)
    if path is None:
        return None
    anchor = ref.partition("#")[2]
    tail = f"#{anchor}" if anchor else ""
    if not path:
        return post.permalink + tail
    for name in _names(post, path, content):
        entry = library.find(name)
        if entry:
            return entry.permalink + tail
    if _must_be_post(path):
        return None
    return (
        join_address(post.permalink, path) + ("/" if path.endswith("/") else "") + tail
        if path != "/"
        else "/"
    )


def _names(post: Post, path: str, content: str) -> Iterable[str]:
    """What the path may mean, surest first."""
    folder = str(PurePosixPath(post.place).parent)
    if path.startswith("/"):
        yield path
        yield posixpath.join(content, path.lstrip("/"))
    else:
        is_file = PurePosixPath(path).suffix.lower() in MARKDOWN_ENDINGS
        near = posixpath.normpath(posixpath.join(folder, path))
        addressed = join_address(post.permalink, path)
        yield from (near, addressed) if is_file else (addressed, near)
        yield posixpath.join(content, path)
    bare = re.sub(r"^(?:\.{0,2}/)+", "", path)
    yield bare
    yield str(PurePosixPath(bare).with_suffix("")) if has_markdown_ending(bare) else bare


def has_markdown_ending(path: str) -> bool:
    """Whether the path names a Markdown file."""
    return PurePosixPath(path).suffix.lower() in MARKDOWN_ENDINGS


def _must_be_post(path: str) -> bool:
    """Whether the path can name nothing but a post."""
    return has_markdown_ending(path) or not ("/" in path or "." in path)


def locate_file(
    blog: Blog,
    post: Post,
    src: str,
    *,
    beside: Iterable[Path],
    roots: Iterable[Path],
    prefixes: Iterable[str] = (),
) -> Path | None:
    """The file inside the blog that a picture's address names; None if there is none.

    Args:
        blog: the blog.
        post: the post that shows the picture.
        src: the address as written.
        beside: folders a relative address is read in, first match wins.
        roots: folders served from the site's root.
        prefixes: folders an engine puts before relative addresses, such as Chirpy's `media_subpath`.
    """
    path = local_part(src, blog.base_url)
    if not path:
        return None
    served = tuple(roots)
    folders = tuple(beside)
    if path.startswith("/"):
        found = find_file(blog.root, served, path) or _below_own_page(blog, post, path, folders)
        return found or _literal(blog, src, served)
    for prefix in prefixes:
        found = find_file(blog.root, served, posixpath.join(prefix, path))
        if found:
            return found
    return (
        find_file(blog.root, folders, path)
        or find_file(blog.root, served, join_address(post.permalink, path))
        or find_file(blog.root, served, path)
        or find_file(blog.root, (blog.root,), path)
        or _literal(blog, src, (*folders, *served))
    )


def _below_own_page(blog: Blog, post: Post, path: str, folders: tuple[Path, ...]) -> Path | None:
    """A bundle's picture addressed by the page's own path."""
    own = post.permalink if post.permalink.endswith("/") else post.permalink + "/"
    return find_file(blog.root, folders, path[len(own) :]) if path.startswith(own) else None


def _literal(blog: Blog, src: str, folders: tuple[Path, ...]) -> Path | None:
    """A file whose very name has percent signs, as downloads sometimes do."""
    bare = src.partition("?")[0].partition("#")[0]
    return find_file(blog.root, folders, bare) if "%" in bare and "://" not in bare else None
