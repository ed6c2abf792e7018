"""One piece of the book: what it takes to typeset it alone, and what comes of it.

A piece is a chapter (in a continuous theme, a month of chapters), or another part of the book. Nothing
outside it changes its pages, so it gives the same proof on any worker, on any day. A piece that the
engine cannot set costs only itself: it is tried again with a simpler style, then as plain text.
"""

import dataclasses
import html as html_text
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from yearbook.fill import SEEKING, Adjustment, until_gap
from yearbook.folios import number_references, numbers_wanted
from yearbook.localise import Picture, Setting, ShownPicture, Targets, list_pictures
from yearbook.model import Chapter, Finding, PrintImage
from yearbook.refine import refine
from yearbook.typeset import IMAGE_SCHEME, Cut, Galley, Notice, Sheet
from yearbook.value import dataclass

if TYPE_CHECKING:
    from yearbook.typeset import Laid

Care = Literal["full", "safe", "text"]
"""How a piece was set: as meant, in a simpler style, or as plain text."""
_SLOT = "<!--yearbook:text:{}-->"
_OPENING = "<!--yearbook:opening:{}-->"
_DIGEST = re.compile(re.escape(IMAGE_SCHEME) + r"([0-9a-f]{64})")
_TAG = re.compile(r"<[^>]*>")
_BLOCK_END = re.compile(r"</(?:p|li|h[1-6]|pre|tr|dt|dd|blockquote|figcaption|div)>|<br\s*/?>", re.IGNORECASE)
_PLAIN_LINE = 1500
"""Longest paragraph of plain text, in characters: the engine's time grows with the square of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A chapter as rendered, and everything that settling it takes."""

    chapter: Chapter
    """The chapter."""
    pictures: Mapping[str, Picture]
    """Its pictures by address as written."""
    targets: Targets
    """Where its links may lead; what it does not link to is left out."""
    setting: Setting
    """The page and its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of the book, not yet set."""

    name: str
    """Name of the part, or the chapter's anchor."""
    place: str
    """The post it comes from, for reports; empty for parts of the book."""
    language: str
    """Language of the book."""
    frame: str
    """Its HTML; `slot(n)` stands where the text of draft `n` goes."""
    drafts: tuple[Draft, ...]
    """Chapters in it."""
    heads: tuple[str, ...]
    """HTML of running heads to be drawn, each on a page of its own."""
    recto: bool
    """Whether it begins on a right-hand page."""
    images: Mapping[str, Path]
    """Prepared files by digest, those it may show."""
    room: Mapping[str, str]
    """Room for the numbers of the pages it names, by `id`, where it is not as wide as usual."""
    fills: bool
    """Whether pages that a picture left too empty are to be mended."""
    late: bool = True
    """Whether the binder prints its numbers, and only room is made for them."""
    starts_right: bool | None = None
    """Whether it begins on a right-hand page; only a piece with plates is told."""
    care: Care = "full"
    """How it is to be set at first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One piece, set."""

    galley: Galley
    """Its pages."""
    findings: tuple[Finding, ...]
    """What settling its chapters met."""
    shown: tuple[ShownPicture, ...]
    """Its pictures as they stand."""
    adjustments: Mapping[str, Adjustment]
    """What was wished of pictures so that pages fill."""
    numbered: tuple[str, ...]
    """Every `id` whose page number is printed."""
    care: Care
    """How it was set in the end."""
    trouble: str
    """Why it was not set as meant; empty if it was."""
    starts_right: bool | None = None
    """Whether it was set to begin on a right-hand page; None if that made no difference."""
    style_notices: tuple[Notice, ...] = ()
    """What the engine complained of in the styles; only a piece of nothing but running heads tells."""


class Engine(Protocol):
    """What lays pages out and draws them."""

    def lay(
        self,
        html: str,
        images: Mapping[str, Path],
        heads: int,
        care: Care,
        before: "Laid | None" = None,
        cut: Cut | None = None,
    ) -> "Laid":
        """A whole HTML document, laid out in the style for that care; its last pages are running heads.

        It may begin with the pages of an earlier try, and end early.
        """

    def go_on(self, laid: "Laid", care: Care) -> "Laid":
        """The same with the pages that an early end left out."""

    def draw(self, laid: "Laid", care: Care) -> Galley:
        """Its pages, drawn."""


def slot(number: int = 0) -> str:
    """What stands in a frame for the text of that draft."""
    return _SLOT.format(number)


def opening_slot(number: int) -> str:
    """What stands in a frame for the picture above that draft's title."""
    return _OPENING.format(number)


def set_piece(piece: Piece, engine: Engine) -> Proof:
    """The piece as pages, pictures moved or made smaller where that fills pages.

    Raises:
        Whatever `engine` raises.
    """
    is_tried = piece.fills and len(piece.drafts) == 1
    cut = until_gap(piece.drafts[0].setting.trim) if is_tried else None
    tries = _Tries(piece=piece, engine=engine, cut=cut)
    trial = tries.lay({}, tries.settle({}))
    if is_tried:
        draft = piece.drafts[0]

        def attempt(wishes: Mapping[str, Adjustment], before: _Trial) -> _Trial | None:
            tried = tries.settle(wishes)
            if [chapter.html for chapter in tried] == [chapter.html for chapter in before.settled]:
                return None
            return tries.lay(wishes, tried, before)

        trial = refine(
            trial, attempt, draft.chapter.id, draft.setting.trim, starts_right=piece.starts_right
        )
    return Proof(
        galley=engine.draw(trial.laid, piece.care),
        findings=tuple(finding for chapter in trial.settled for finding in chapter.findings),
        shown=tuple(picture for chapter in trial.settled for picture in list_pictures(chapter)),
        adjustments=trial.wishes,
        numbered=numbers_wanted(piece.frame + "".join(chapter.html for chapter in trial.settled)),
        care=piece.care,
        trouble="",
        starts_right=piece.starts_right,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """The piece laid out with some wishes granted."""

    tries: "_Tries"
    wishes: Mapping[str, Adjustment]
    settled: tuple[Chapter, ...]
    laid: "Laid"

    @property
    def sheets(self) -> Sequence[Sheet]:
        """Its pages, running heads left out."""
        heads = 0 if self.laid.is_cut else self.laid.heads
        return self.laid.sheets[: len(self.laid.sheets) - heads]

    @property
    def html(self) -> str:
        """Its text, settled."""
        return "".join(chapter.html for chapter in self.settled)

    def whole(self) -> "_Trial":
        """The same with all its pages."""
        if not self.laid.is_cut:
            return self
        return dataclasses.replace(self, laid=self.tries.engine.go_on(self.laid, self.tries.piece.care))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tries:
    """One piece, and how it is tried with these wishes and those."""

    piece: Piece
    engine: Engine
    cut: Cut | None
    """When a try may end early."""

    def settle(self, wishes: Mapping[str, Adjustment]) -> tuple[Chapter, ...]:
        """The piece's chapters with those wishes granted."""
        from yearbook.localise import localise  # whoever only gives pieces to workers needs none of it

        return tuple(
            localise(
                draft.chapter,
                pictures=draft.pictures,
                targets=draft.targets,
                setting=draft.setting,
                adjustments=wishes,
            )
            for draft in self.piece.drafts
        )

    def lay(
        self, wishes: Mapping[str, Adjustment], settled: tuple[Chapter, ...], before: _Trial | None = None
    ) -> _Trial:
        """The piece laid out."""
        piece = self.piece
        body = piece.frame
        for number, chapter in enumerate(settled):
            text = plain_html(chapter.html) if piece.care == "text" else chapter.html
            body = body.replace(slot(number), number_references(text, piece.room, late=piece.late))
            body = body.replace(opening_slot(number), "" if piece.care == "text" else chapter.opening)
        laid = self.engine.lay(
            document(body, piece),
            piece.images,
            len(piece.heads),
            piece.care,
            before=before.laid if before else None,
            # Where a plate may stand is seen from all pages.
            cut=None if any(wish.plate == SEEKING for wish in wishes.values()) else self.cut,
        )
        return _Trial(tries=self, wishes=wishes, settled=settled, laid=laid)


def document(body: str, piece: Piece) -> str:
    """A whole HTML document of the piece's body and its running heads."""
    language = html_text.escape(piece.language)
    return f'<!DOCTYPE html><html lang="{language}"><body>{body}{"".join(piece.heads)}</body></html>'




# ---------------------------------------------------------------------------------------------- parts


def images_in(html: str, files: Mapping[str, Path]) -> dict[str, Path]:
    """The prepared files that the HTML shows, by digest."""
    return {digest: files[digest] for digest in sorted(set(_DIGEST.findall(html))) if digest in files}


def draft_images(draft: Draft) -> dict[str, Path]:
    """The prepared files that a chapter may show, by digest."""
    pictures = draft.pictures.values()
    return {picture.sha256: picture.path for picture in pictures if isinstance(picture, PrintImage)}


def narrowed(chapter: Chapter) -> Chapter:
    """The chapter without what settling it does not look at: its source, its front matter, what was said."""
    post = dataclasses.replace(
        chapter.post, body="", fields={}, wishes={}, source=Path()
    )
    return dataclasses.replace(chapter, post=post, looked_at=None)


# ---------------------------------------------------------------------------------------------- plain text


def plain_html(html: str) -> str:
    """The words of a chapter as short paragraphs and nothing else: what the engine can always set."""
    text = html_text.unescape(_TAG.sub("", _BLOCK_END.sub("\n", html)))
    lines = [line.strip() for line in text.split("\n")]
    pieces = [
        line[at : at + _PLAIN_LINE] for line in lines if line for at in range(0, len(line), _PLAIN_LINE)
    ]
    return "".join(f"<p>{html_text.escape(piece)}</p>" for piece in pieces)
