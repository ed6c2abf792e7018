"""Makes a chapter stand by itself: pictures become prepared files, links lead into the book or to a footnote.

    find      which pictures a chapter shows      place     where and how large they stand
    links     references, addresses, footnotes    insets    formulas and cards
    tables    columns, rows, what is too wide     tree      the HTML itself
    galleries pictures beside each other          frames    sizes, and heights in lines
    openings  the picture above the title         plates    pictures on pages of their own
    scripts   runs in another language            words     words that no line cuts
    flow      lists, long words, signs            runs      parts of a text made elements
    values    what all of it depends on         whole     all of it, step by step

Finding is pure, and so is rewriting; what lies between them, fetching and preparing, is the store's. After
`render`, no other room walks the HTML of chapters.
"""

from typing import TYPE_CHECKING

from yearbook.lazy import members_of
from yearbook.localise.find import find_images, images_by_src, list_pictures, picture_id, survey
from yearbook.localise.links import narrow, targets
from yearbook.localise.values import Picture, Setting, ShownPicture, Targets

if TYPE_CHECKING:
    from yearbook.localise.whole import localise

__all__ = [
    "Picture",
    "Setting",
    "ShownPicture",
    "Targets",
    "find_images",
    "images_by_src",
    "list_pictures",
    "localise",
    "narrow",
    "picture_id",
    "survey",
    "targets",
]

# Workers settle chapters; what makes a book of them only looks into them.
__getattr__ = members_of(__name__, {"localise": "whole"})
