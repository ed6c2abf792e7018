"""Words of Hangul that no line cuts: always in headings, captions and tables, in prose on wish.

Code, formulas and printed addresses are left alone: there a reader copies characters, and an unseen one would
break a command.
"""

from collections.abc import Iterator

from lxml.html import HtmlElement

from yearbook.typography import keep_words as keep

_ALWAYS = ("h2", "h3", "h4", "h5", "h6", "figcaption", "table", "caption")
_VERBATIM = frozenset({"code", "pre", "kbd", "samp", "svg"})
_VERBATIM_CLASSES = frozenset({"math", "address", "block-note", "embed-url"})


def keep_words(root: HtmlElement, *, prose: bool) -> None:
    """Lets no line cut a Hangul word.

    Args:
        root: the chapter.
        prose: whether that goes for running text too.
    """
    blocks = [root] if prose else [block for block in root.iter(*_ALWAYS) if not _is_inside(block)]
    for block in blocks:
        for element in words_of(block):
            element.text = keep(element.text) if element.text else element.text
            for child in element:
                child.tail = keep(child.tail) if child.tail else child.tail


def _is_inside(block: HtmlElement) -> bool:
    """Whether a block stands in another one that is kept as a whole."""
    return any(node.tag in _ALWAYS for node in block.iterancestors())


def words_of(block: HtmlElement) -> Iterator[HtmlElement]:
    """Every element of the block whose text is words."""
    stack = [block]
    while stack:
        element = stack.pop()
        if element.tag in _VERBATIM or _VERBATIM_CLASSES & set(element.get("class", "").split()):
            continue
        yield element
        stack.extend(child for child in element if isinstance(child.tag, str))
