"""Makes a volume up from pieces: each set alone, or taken from the memo, then put in order and numbered.

What one piece needs of the others is page numbers, and nothing else; and of those it needs no more than the
width, for the binder prints the digits. A piece is set anew only if a number got a digit more or less, or if
pages in the index became a range, until nothing changes any more.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from yearbook.assets import asset_dir
from yearbook.bind import Furniture
from yearbook.compose import Book, Composer
from yearbook.config import Config
from yearbook.crew import Crew, Outcome
from yearbook.desk import Desk
from yearbook.errors import EngineError
from yearbook.fill import Adjustment
from yearbook.folios import UNKNOWN, fill_pages, room_for
from yearbook.fonts import write_fontconfig
from yearbook.impose import Imposition, Placed, impose
from yearbook.memo import Memo, digest_of, fingerprint
from yearbook.model import Chapter, Finding, Severity
from yearbook.orders import Shop, Tools
from yearbook.piece import Piece, Proof, slot
from yearbook.pieces import (
    BLANK_FRAME,
    chapter_pieces,
    foretold_pieces,
    front_pieces,
    furniture_piece,
    in_order,
    sketch,
)
from yearbook.report import Progress, engine_findings
from yearbook.styles import galley_css, galley_page_css, safe_css
from yearbook.trims import MM_PER_PT
from yearbook.typeset import Galley, Notice
from yearbook.typography import estimate_pages
from yearbook.value import dataclass

TEXT_PAGES = frozenset({"text"})
"""Names of pages with folio and running head."""
MOST_ROUNDS = 12
"""After so many rounds numbers that still change are a bug."""
_GROWING_ROUND = 3
"""From here on a piece that once was longer keeps its pages: numbers can only grow, and so must settle."""
_LAST_TURN = 6
"""From this round on plates stay on the side they are on."""
_ID = re.compile(r'\sid="([^"]+)"')
_CHAPTER_FIELDS = tuple(field.name for field in dataclasses.fields(Chapter))
_NOTHING = Galley(leaves=(), heads=(), resources={}, faces=(), notices=())
_MANY = 100
"""It takes a while to see which of so many pieces are remembered. Fewer are given together, so that the
worker is copied before it begins with the first."""
_SECONDS = 30.0
_MEMORY_BYTES = 4_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """A volume, set and numbered, not yet bound."""

    book: Book
    """The book."""
    placed: tuple[Placed, ...]
    """Its galleys in order."""
    imposition: Imposition
    """Its pages in order."""
    furniture: Furniture
    """Folios and running heads."""
    findings: tuple[Finding, ...]
    """What setting it met."""
    adjustments: Mapping[str, Adjustment]
    """What was wished of pictures so that pages fill."""
    rounds: int
    """How often numbers had to be settled."""
    set_names: frozenset[str]
    """Names of the pieces that were set; the memo had the others."""


def make_up(
    desk: Desk,
    book: Book,
    config: Config,
    *,
    crew: Crew,
    memo: Memo,
    progress: Progress,
    meanwhile: Callable[[], object],
) -> MadeUp:
    """The volume's pieces, set and in order; `meanwhile` is done while workers are waited for.

    Raises:
        EngineError: a part of the book, or the engine itself, cannot be set.
    """
    setter = Setter(crew, memo, desk, config, progress)
    composer = Composer(desk.theme.folder / "templates")
    heads = furniture_piece(book)
    chapters = chapter_pieces(desk, book, composer)
    early = [*front_pieces(desk, book, composer, setter.lengths), *(piece for _, piece in chapters)]
    known = [piece for _, piece in chapters]

    def wait() -> None:
        meanwhile()
        if crew.is_at_work:
            known.extend(foretold_pieces(desk, book, composer))
        composer.load((*book.order, "month"))

    proofs = setter.set_all([heads, *early], wait)
    book = dataclasses.replace(
        book,
        shown=tuple(shown for _, piece in chapters for shown in proofs[piece.name].shown),
        preface=slot() if book.preface else "",
    )
    begun = _begin_parts(desk, book, known, proofs, setter)
    order = in_order(desk, book, composer, known, book.order)
    placed, imposition, proofs, rounds = _settle_numbers(order, early, setter, book, proofs, begun)
    lengths = {piece.name: len(proofs[piece.name].galley.leaves) for piece in order if not piece.drafts}
    setter.remember(len(imposition.sides), lengths)
    return MadeUp(
        book=book,
        placed=placed,
        imposition=imposition,
        furniture=_furniture(proofs[heads.name], desk),
        findings=_findings(order, proofs, imposition, proofs[heads.name].style_notices),
        adjustments={k: v for piece in order for k, v in proofs[piece.name].adjustments.items()},
        rounds=rounds,
        set_names=frozenset(setter.set_names),
    )


# ---------------------------------------------------------------------------------------------- setting


def font_config(config: Config) -> Path:
    """The private fontconfig file of the book."""
    return write_fontconfig(asset_dir("fonts"), config.cache / "fonts", config.page.emoji)


def make_shop(desk: Desk, config: Config) -> Shop:
    """What every piece of the volume shares."""
    return Shop(
        tools=Tools(css=galley_css(desk.theme), fonts=asset_dir("fonts"), font_config=font_config(config)),
        page_css=galley_page_css(desk, config),
        safe_css=safe_css(),
        seconds=_SECONDS,
        memory_bytes=_MEMORY_BYTES,
        tagged=config.print.tagged,
    )


class Setter:
    """Sets pieces, or remembers how they were set."""

    def __init__(self, crew: Crew, memo: Memo, desk: Desk, config: Config, progress: Progress) -> None:
        self._crew = crew
        self._memo = memo
        self._progress = progress
        self.set_names: set[str] = set()
        self._begun: dict[str, Piece] = {}
        self._pages_set = self._pages_known = 0
        self._expected = digest_of("lengths", config.blog, config.output, config.year)
        estimate = estimate_pages(desk.volume.chapters, desk.setting.trim)
        known: tuple[int, dict[str, int]] = memo.get(self._expected) or (estimate, {})
        self._pages_expected, self.lengths = known
        shop = make_shop(desk, config)
        crew.open(shop)
        self._base = digest_of(
            "galley",
            fingerprint(),
            (shop.page_css, shop.tools.css, shop.safe_css),
            config.page.emoji,
            shop.tagged,
        )

    def begin(self, pieces: Iterable[Piece]) -> None:
        """Lets workers begin with pieces that will probably be asked for next."""
        keys = ((self._key(piece), piece) for piece in pieces)
        self._begun = {key: piece for key, piece in keys if not self._memo.has(key)}
        self._crew.give(tuple(self._begun.values()))

    def set_all(
        self, pieces: Sequence[Piece], meanwhile: Callable[[], object] = lambda: None
    ) -> dict[str, Proof]:
        """Each piece's proof by its name; `meanwhile` is done while workers are waited for.

        Raises:
            EngineError: a part of the book cannot be set.
        """
        keys: dict[str, str] = {}
        missing: list[Piece] = []
        given = 0
        for piece in pieces:
            keys[piece.name] = self._key(piece)
            if keys[piece.name] not in self._begun and not self._memo.has(keys[piece.name]):
                missing.append(piece)
                if not given and len(pieces) > _MANY:
                    # A worker begins at once, while the others are looked up.
                    self._crew.give(missing)
                    given = 1
        self._crew.give(missing[given:])
        new = {piece.name for piece in missing}
        new |= {name for name, key in keys.items() if key in self._begun}
        known = {name: self._memo.get(key) for name, key in keys.items() if name not in new}
        proofs: dict[str, Proof] = {name: proof for name, proof in known.items() if proof is not None}
        damaged = [piece for piece in pieces if piece.name not in new and piece.name not in proofs]
        self._crew.give(damaged)
        missing += damaged
        self._pages_known += sum(len(proof.galley.leaves) for proof in proofs.values())
        meanwhile()
        failed: list[Outcome] = []
        for outcome in self._crew.take(len(missing) + len(self._begun)):
            name = outcome.piece.name
            if self._is_idle(outcome, keys):
                continue
            proof = outcome.proof
            if proof is None:
                failed.append(outcome)
                continue
            self._memo.put_packed(keys[name], outcome.packed)
            proofs[name] = proof
            self._pages_set += len(proof.galley.leaves)
            self._progress.step(self._pages_known + self._pages_set, self._pages_expected, "pages")
        self._begun = {}
        self.set_names |= new | {piece.name for piece in damaged}
        if failed:
            proofs |= self._set_stubs(failed)
        return proofs

    def _is_idle(self, outcome: Outcome, keys: Mapping[str, str]) -> bool:
        """Whether a piece was begun and then not asked for, or otherwise."""
        return any(
            key != keys.get(piece.name) and dataclasses.replace(outcome.piece, care=piece.care) == piece
            for key, piece in self._begun.items()
        )

    def remember(self, pages: int, lengths: Mapping[str, int]) -> None:
        """How many pages the book and its parts have: the next build begins nearer to that."""
        self._memo.put(self._expected, (pages, dict(lengths)))

    def _key(self, piece: Piece) -> str:
        """Digest of all that the piece's pages depend on."""
        memo = self._memo
        drafts = [
            (
                [memo.digest(getattr(draft.chapter, name)) for name in _CHAPTER_FIELDS],
                (draft.pictures, draft.targets),
                memo.digest(draft.setting),
            )
            for draft in piece.drafts
        ]
        return digest_of(self._base, dataclasses.replace(piece, drafts=()), drafts)

    def _set_stubs(self, failed: Iterable[Outcome]) -> dict[str, Proof]:
        """In place of posts that could not be set at all: their title, and what happened."""
        troubles = {outcome.piece.name: outcome.trouble for outcome in failed}
        stubs = []
        for outcome in failed:
            if not outcome.piece.drafts:
                message = f"the part `{outcome.piece.name}` could not be typeset: {outcome.trouble}"
                raise EngineError(message, hint="please report it")
            stubs.append(_stub(outcome))
        made: dict[str, Proof] = {}
        self._crew.give(stubs)
        for outcome in self._crew.take(len(stubs)):
            proof = outcome.proof
            if proof is None:
                message = f"a post's title could not be typeset: {outcome.trouble}"
                raise EngineError(message, where=outcome.piece.place)
            made[outcome.piece.name] = dataclasses.replace(
                proof, care="text", trouble=troubles[outcome.piece.name] or "unknown"
            )
        return made


def _stub(outcome: Outcome) -> Piece:
    frame = outcome.piece.frame
    for number, draft in enumerate(outcome.piece.drafts):
        label = f'<span class="label">{draft.setting.words.not_set}</span>'
        frame = frame.replace(slot(number), f'<p class="missing-image">{label}</p>')
    return dataclasses.replace(outcome.piece, frame=frame, drafts=(), images={}, fills=False)


# ---------------------------------------------------------------------------------------------- numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """Numbers to begin with, and what was begun with them."""

    names: tuple[str, ...]
    """Names of the pieces, in order."""
    folios: Mapping[str, int]
    """Number of the page on which each `id` of the pieces that are set stands."""
    starts: Mapping[int, int]
    """Number of the PDF's page on which each piece begins, from 1."""
    pieces: Mapping[str, Piece]
    """Parts that are being set already, with room for these numbers, by their names."""


def _begin_parts(
    desk: Desk, book: Book, known: Sequence[Piece], proofs: Mapping[str, Proof], setter: Setter
) -> _Begun | None:
    """Lets workers set the parts that are written already, while the others are; None in a first build.

    Numbers are those that `_settle_numbers` begins with, too.
    """
    if not setter.lengths:
        return None
    order = sketch(desk, book, known, setter.lengths)
    begun = _count(order, proofs, book, setter.lengths)
    parts = [piece for piece in order if not piece.drafts and piece.frame != BLANK_FRAME]
    roomed = {piece.name: _with_room(piece, begun.folios, proofs.get(piece.name), {}) for piece in parts}
    setter.begin(roomed.values())
    return dataclasses.replace(begun, pieces=roomed)


def _count(
    order: Sequence[Piece], known: Mapping[str, Proof], book: Book, lengths: Mapping[str, int]
) -> _Begun:
    """Numbers to begin with: of the pieces that are set, with the others as long as they were last time.

    What they are decides only how often parts are set, for the numbers printed in the end are proved.
    """
    placed = []
    for piece in order:
        galley = known[piece.name].galley if piece.name in known else _NOTHING
        chapters = tuple(draft.chapter.id for draft in piece.drafts)
        at_least = max(len(galley.leaves), lengths.get(piece.name, 1))
        placed.append(Placed(galley=galley, recto=piece.recto, chapters=chapters, at_least=at_least))
    imposition = impose(placed, unnumbered=book.unnumbered)
    names = tuple(piece.name for piece in order)
    return _Begun(
        names=names, folios=imposition.folios, starts=_first_pages(imposition), pieces={}
    )


def _first_numbers(
    order: Sequence[Piece], known: Mapping[str, Proof], book: Book, begun: _Begun
) -> tuple[Mapping[str, int], Mapping[str, Piece]]:
    """Numbers to begin with, of the parts' own places too, and what was begun with no others than these."""
    folios = dict(begun.folios)
    for number, piece in enumerate(order):
        for name in _ID.findall(piece.frame) if piece.name not in known else ():
            folios.setdefault(name, begun.starts.get(number, 1) - book.unnumbered)
    more = [f'href="#{name}"' for name in folios.keys() - begun.folios.keys()]
    is_wider = len(str(max(folios.values(), default=0))) > len(str(max(begun.folios.values(), default=0)))
    pieces = {
        name: piece
        for name, piece in begun.pieces.items()
        if not is_wider and not any(link in piece.frame for link in more)
    }
    return folios, pieces


def _settle_numbers(
    order: Sequence[Piece],
    early: Sequence[Piece],
    setter: Setter,
    book: Book,
    known: Mapping[str, Proof],
    begun: _Begun | None,
) -> tuple[tuple[Placed, ...], Imposition, dict[str, Proof], int]:
    """The pieces with room for the right numbers in them.

    Raises:
        EngineError: numbers do not settle, which is a bug.
    """
    proofs = dict(known)
    done = {piece.name: piece for piece in early}
    if begun is None or begun.names != tuple(piece.name for piece in order):
        begun = _count(order, known, book, setter.lengths)
    folios, ready = _first_numbers(order, known, book, begun)
    longest: dict[str, int] = {}
    sides: Mapping[str, bool] = {}
    for number in range(1, MOST_ROUNDS + 1):
        pieces = [
            ready.get(piece.name) or _with_room(piece, folios, proofs.get(piece.name), sides)
            for piece in order
        ]
        ready = {}
        changed = [piece for piece in pieces if done.get(piece.name) != piece]
        proofs |= setter.set_all(changed)
        done |= {piece.name: piece for piece in changed}
        placed = tuple(_placed(piece, proofs[piece.name], longest.get(piece.name, 0)) for piece in order)
        imposition = impose(placed, unnumbered=book.unnumbered)
        found = _plate_sides(placed, imposition) if number < _LAST_TURN else sides
        if found == sides and folios == imposition.folios:
            return placed, imposition, proofs, number
        folios, sides = imposition.folios, found
        if number >= _GROWING_ROUND:
            for piece in order:
                size = len(proofs[piece.name].galley.leaves)
                longest[piece.name] = max(size, longest.get(piece.name, 0))
    message = f"page numbers do not settle in {MOST_ROUNDS} rounds"
    raise EngineError(message, hint="please report it; `--whole` makes the book another way")


def _plate_sides(placed: Sequence[Placed], imposition: Imposition) -> dict[str, bool]:
    """Whether each piece that has plates begins on a right-hand page, by its name."""
    starts = _first_pages(imposition)
    return {
        place.chapters[0]: starts[number] % 2 == 1
        for number, place in enumerate(placed)
        if place.chapters and any(leaf.name == "plate" for leaf in place.galley.leaves)
    }


def _with_room(
    piece: Piece, folios: Mapping[str, int], known: Proof | None, sides: Mapping[str, bool]
) -> Piece:
    """The piece with its side, and room for the numbers it prints; or with them, if room is no use."""
    starts_right = piece.starts_right if known is None else sides.get(piece.name, known.starts_right)
    prints_numbers = not piece.drafts or (known is not None and known.numbered)
    if not prints_numbers and starts_right == piece.starts_right:
        return piece
    late = known is None or not any(leaf.has_strays for leaf in known.galley.leaves)
    if known is None or not piece.drafts:
        return dataclasses.replace(piece, frame=fill_pages(piece.frame, folios, late=late))
    write = room_for if late else str
    shown = {name: write(folios[name]) for name in known.numbered if name in folios}
    room = {name: text for name, text in shown.items() if text != UNKNOWN}
    return dataclasses.replace(piece, late=late, room=room, starts_right=starts_right)


def _placed(piece: Piece, proof: Proof, at_least: int) -> Placed:
    return Placed(
        galley=proof.galley,
        recto=piece.recto,
        chapters=tuple(draft.chapter.id for draft in piece.drafts) if piece.heads else (),
        at_least=at_least,
    )


def _furniture(proof: Proof, desk: Desk) -> Furniture:
    trim = desk.setting.trim
    return Furniture(
        galley=proof.galley,
        shift_pt=(trim.inside - trim.outside) / 2 / MM_PER_PT,
        outside_pt=trim.outside / MM_PER_PT,
        pages=TEXT_PAGES,
    )


# ---------------------------------------------------------------------------------------------- findings


def _findings(
    order: Sequence[Piece],
    proofs: Mapping[str, Proof],
    imposition: Imposition,
    notices: Sequence[Notice],
) -> tuple[Finding, ...]:
    found = list(engine_findings(notices))
    starts = _first_pages(imposition)
    for number, piece in enumerate(order):
        proof, page = proofs[piece.name], starts.get(number, 0)
        found += proof.findings
        found += engine_findings(proof.galley.notices, place=piece.place, page=page)
        found += _lost_links(piece, proof, imposition, page)
        if proof.trouble:
            found.append(_trouble(piece, proof, page))
    return tuple(found)


def _first_pages(imposition: Imposition) -> dict[int, int]:
    """Number of the PDF's page on which each galley begins, from 1."""
    starts: dict[int, int] = {}
    for index, side in enumerate(imposition.sides):
        if not side.is_filler:
            starts.setdefault(side.source, index + 1)
    return starts


def _lost_links(piece: Piece, proof: Proof, imposition: Imposition, page: int) -> list[Finding]:
    pages = imposition.pages
    lost = {
        link.target
        for leaf in proof.galley.leaves
        for link in leaf.links
        if link.inside and link.target not in pages
    }
    return [
        Finding(
            kind="engine",
            severity=Severity.ERROR,
            place=piece.place,
            page=page,
            message=f"a link leads to #{target}, which is nowhere in the book",
        )
        for target in sorted(lost)
    ]


def _trouble(piece: Piece, proof: Proof, page: int) -> Finding:
    simply = proof.care == "safe"
    return Finding(
        kind="simplified" if simply else "not-typeset",
        severity=Severity.WARNING if simply else Severity.ERROR,
        place=piece.place,
        page=page,
        message=f"the engine could not set this post as it is ({proof.trouble}); it is printed "
        + ("in a simpler style" if simply else "without its pictures and its form"),
        hint="look for very long words or lines, very deep lists, or very large tables, and simplify them",
    )
