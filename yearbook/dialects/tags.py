"""Expands what a blog engine does to a post before its Markdown is parsed: shortcodes, Liquid, tags.

Nothing of the blog is run. Known tags become HTML or Markdown; an unknown one becomes a finding and its inner
text stays. No tag is ever printed as it stands, unless it stands in a listing.
"""

from yearbook.dialects import hexo_tags, hugo_tags, jekyll_tags
from yearbook.dialects.tag_parts import Expanded, Surroundings, expand_nothing

__all__ = ["Expanded", "Surroundings", "expand"]

_ENGINES = {"hugo": hugo_tags.expand, "jekyll": jekyll_tags.expand, "hexo": hexo_tags.expand}


def expand(around: Surroundings) -> Expanded:
    """The post's Markdown as its engine would hand it to the Markdown parser.

    Args:
        around: the post, and what its tags may know of the world.
    """
    if "{{" not in around.post.body and "{%" not in around.post.body:
        return expand_nothing(around)
    return _ENGINES.get(around.post.engine, expand_nothing)(around)
