"""The pieces a volume is made of, in order: a chapter, a month's opening, any other part of the book."""

import dataclasses
import itertools
from collections.abc import Collection, Mapping, Sequence

from yearbook.compose import Book, Composer, Part, head_html
from yearbook.desk import Desk, setting_of
from yearbook.folios import fill_pages, numbers_wanted
from yearbook.localise import ShownPicture, narrow
from yearbook.model import Chapter
from yearbook.piece import Draft, Piece, draft_images, images_in, narrowed, opening_slot, slot
from yearbook.preface import PREFACE
from yearbook.typography import estimate_length, short_title

RECTO = frozenset({"half-title", "title-page", "preface", "contents", "index"})
"""Parts that begin on a right-hand page, as `styles/page.css` says for a book set as one document."""
FORETOLD = frozenset({"cover", "half-title", "title-page", "glance", "authors", "index", "colophon"})
"""Parts in which the house's templates print nothing that only set pages tell, but numbers of pages."""
BLANK_FRAME = "-"
"""What is in a piece of which only the place counts."""
_SOME_PICTURE = ShownPicture(anchor="", src="", width_share=1.0, width_mm=1.0)
"""Stands for all pictures while nobody knows yet how they will be shown."""
_PAGES_BEFORE, _PAGES_OF_OPENING = 20, 1.5
"""About how many pages come before the first month, and how many open a month, blank ones counted."""


def furniture_piece(book: Book) -> Piece:
    """What stands at the foot of left-hand pages, and the ten digits of folios."""
    heads = (head_html("verso", short_title(book.full_title, book.trim)), head_html("digits", "0123456789"))
    return _piece("furniture", "", book, heads=heads)


def _piece(name: str, frame: str, book: Book, **changes: object) -> Piece:
    piece = Piece(
        name=name,
        place="",
        language=book.language,
        frame=frame,
        drafts=(),
        heads=(),
        recto=False,
        images={},
        room={},
        fills=False,
    )
    return dataclasses.replace(piece, **changes)  # type: ignore[arg-type]  # by name


def chapter_pieces(desk: Desk, book: Book, composer: Composer) -> list[tuple[str, Piece]]:
    """A piece for each chapter that begins a page, with the anchor of its month and what runs on after it."""
    groups: list[tuple[str, list[Chapter]]] = []
    for part in book.parts:
        for chapter in part.chapters:
            if chapter.id in book.fresh or not groups:
                groups.append((part.anchor, []))
            groups[-1][1].append(chapter)
    return [(anchor, _chapters_piece(group, desk, book, composer)) for anchor, group in groups]


def _chapters_piece(chapters: Sequence[Chapter], desk: Desk, book: Book, composer: Composer) -> Piece:
    frames = [
        composer.chapter(
            book, dataclasses.replace(chapter, html=slot(number), opening=opening_slot(number))
        )
        for number, chapter in enumerate(chapters)
    ]
    drafts = tuple(_draft(chapter, desk) for chapter in chapters)
    return _piece(
        chapters[0].id,
        "".join(frames),
        book,
        place=chapters[0].post.place,
        drafts=drafts,
        heads=tuple(head_html("recto", short_title(chapter.post.title, book.trim)) for chapter in chapters),
        images={digest: path for draft in drafts for digest, path in draft_images(draft).items()},
        fills=not desk.theme.continuous,
    )


def _draft(chapter: Chapter, desk: Desk) -> Draft:
    blog = desk.volume.blogs[chapter.post.place]
    return Draft(
        chapter=narrowed(chapter),
        pictures=desk.pictures.get(chapter.post.place, {}),
        targets=narrow(desk.targets[blog.root], chapter, blog.base_url),
        setting=setting_of(desk, chapter),
    )


def foretold_pieces(desk: Desk, book: Book, composer: Composer) -> list[Piece]:
    """Parts that may be written while chapters are being set; none of a theme with templates of its own."""
    names = [] if composer.has_own_templates else [name for name in book.order if name in FORETOLD]
    return in_order(desk, book, composer, [], names)


class _Blank:
    """Stands for the composer where only the order of pieces counts, and not what is in them."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def part(self, book: Book, name: str) -> str:
        """Something for a part that there is; nothing for others."""
        del book
        return BLANK_FRAME if name in self._names else ""

    def month(self, book: Book, part: Part) -> str:
        """Something."""
        del book, part
        return BLANK_FRAME


def sketch(desk: Desk, book: Book, known: Sequence[Piece], names: Collection[str]) -> list[Piece]:
    """The pieces of the book in order, blank where they are not known; `names` are those of its parts."""
    return in_order(desk, book, _Blank(names), known, book.order)


def in_order(
    desk: Desk, book: Book, composer: "Composer | _Blank", known: Sequence[Piece], names: Sequence[str]
) -> list[Piece]:
    """The pieces of these parts of the book in order; parts with nothing in them are left out.

    Args:
        desk: what the volume is made from.
        book: what is in it.
        composer: writes its parts.
        known: chapters, and whatever was written already.
        names: the parts.
    """
    by_name = {piece.name: piece for piece in known}
    pieces: list[Piece] = []
    for name in names:
        if name in by_name:
            pieces.append(by_name[name])
        elif name == "chapters":
            pieces += _months(desk, book, composer, by_name)
        elif name == "preface":
            pieces += _preface(desk, book, composer)
        else:
            html = composer.part(book, name)
            images = images_in(html, desk.volume.pictures.files)
            pieces += [_piece(name, html, book, recto=name in RECTO, images=images)] if html.strip() else []
    return pieces


def front_pieces(
    desk: Desk, book: Book, composer: Composer, lengths: Mapping[str, int]
) -> list[Piece]:
    """Parts before the chapters whose length no build has told yet, with room for numbers about right.

    They are set along with the chapters: how many pages they have is what all other numbers depend on.
    """
    names = itertools.takewhile(lambda name: name != "chapters", book.order)
    unknown = tuple(name for name in names if name != "preface" and name not in lengths)
    folios: dict[str, int] = {}
    page = float(_PAGES_BEFORE)
    for part in book.parts:
        folios[part.anchor] = round(page)
        page += _PAGES_OF_OPENING
        for chapter in part.chapters:
            folios[chapter.id] = round(page)
            page += estimate_length(chapter, book.trim)
    shown = (_SOME_PICTURE,) * (book.pictures - book.missing)
    pieces = in_order(desk, dataclasses.replace(book, shown=shown), composer, [], unknown)
    for piece in pieces:
        folios = dict.fromkeys(numbers_wanted(piece.frame), round(page)) | folios
    return [
        dataclasses.replace(piece, frame=fill_pages(piece.frame, folios, late=True)) for piece in pieces
    ]


def _months(
    desk: Desk, book: Book, composer: "Composer | _Blank", chapters: Mapping[str, Piece]
) -> list[Piece]:
    pieces = []
    for part in book.parts:
        if book.month_openings:
            html = composer.month(book, part)
            images = images_in(html, desk.volume.pictures.files)
            pieces.append(_piece(part.anchor, html, book, recto=True, images=images))
        pieces += [chapters[chapter.id] for chapter in part.chapters if chapter.id in chapters]
    return pieces


def _preface(desk: Desk, book: Book, composer: "Composer | _Blank") -> list[Piece]:
    found = [chapter for chapter in desk.volume.chapters if chapter.post.slug == PREFACE]
    if not found or not book.preface:
        return []
    drafts = tuple(_draft(chapter, desk) for chapter in found)
    return [
        _piece(
            "preface",
            composer.part(book, "preface"),
            book,
            place=found[0].post.place,
            drafts=drafts,
            recto=True,
            images={digest: path for draft in drafts for digest, path in draft_images(draft).items()},
        )
    ]
