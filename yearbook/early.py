"""Sets chapters while the pictures of others are still being fetched.

Nothing is decided here. A chapter all of whose pictures are at hand is set as it will be set later, and
remembered; when the book is made up it is found there. Were it set from other things than it turns out to
need, nobody would find it, and it would be set again.
"""

import dataclasses
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from yearbook.compose import Composer
from yearbook.config import Config
from yearbook.crew import Crew
from yearbook.desk import Volume, make_book, make_desk
from yearbook.makeup import Setter
from yearbook.memo import Memo
from yearbook.model import Blog, Chapter, StoredImage
from yearbook.piece import Piece
from yearbook.pieces import chapter_pieces
from yearbook.report import Silent
from yearbook.shelf import Pictures, collect_pictures, join_pictures
from yearbook.typeset import knows_engine

if TYPE_CHECKING:
    from pathlib import Path


class Early:
    """Sets what can be set, in a thread of its own, from the moment that something is fetched."""

    def __init__(
        self,
        chapters: Sequence[Chapter],
        blogs: Mapping[str, Blog],
        config: Config,
        *,
        crew: Crew | None,
        memo: Memo,
    ) -> None:
        """What might be set early.

        Args:
            chapters: of the book, in order.
            blogs: the blog of each, by its post's place.
            config: of the book.
            crew: who sets; nobody else may ask it before `wait` is over. None if no book is made.
            memo: where the proofs are kept.
        """
        self._chapters = tuple(chapters)
        self._blogs = blogs
        self._config = config
        self._crew = crew
        self._memo = memo
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self.set_names: frozenset[str] = frozenset()
        """Names of the pieces that were set."""

    def begin(self) -> None:
        """Starts setting, unless that was done, or the book is cut into volumes, or set as one document."""
        in_pieces = not self._config.book.split and not self._config.whole and knows_engine()
        if self._crew is not None and in_pieces and self._thread is None:
            # The thread dies with the program: who interrupts that need not wait for a chapter.
            self._thread = threading.Thread(
                target=self._work, args=(self._crew,), name="yearbook-early", daemon=True
            )
            self._thread.start()

    def wait(self) -> None:
        """Waits until what was begun is done, well or not: then the crew may be asked again."""
        if self._thread is not None:
            self._thread.join()

    def finish(self) -> None:
        """Waits, and says how it went.

        Raises:
            YearbookError: whatever stopped it would stop the book as well.
        """
        self.wait()
        if self._error is not None:
            raise self._error

    def _work(self, crew: Crew) -> None:
        try:
            self.set_names = self._set(crew)
        except Exception as error:  # handed to the thread that waits, which raises it
            self._error = error

    def _set(self, crew: Crew) -> frozenset[str]:
        pictures = self._pictures_at_hand()
        volume = Volume(chapters=self._chapters, blogs=self._blogs, pictures=pictures, number=0)
        desk = make_desk(volume, self._config)
        composer = Composer(desk.theme.folder / "templates")
        pieces = [piece for _, piece in chapter_pieces(desk, make_book(desk, self._config), composer)]
        pairs = zip(pictures.uses, pictures.stored, strict=True)
        waiting = {use.place for use, image in pairs if not isinstance(image, StoredImage)}
        setter = Setter(crew, self._memo, desk, self._config, Silent())
        setter.set_all([piece for piece in pieces if waiting.isdisjoint(_places(piece))])
        return frozenset(setter.set_names)

    def _pictures_at_hand(self) -> Pictures:
        """The pictures as they are without the network."""
        config = dataclasses.replace(self._config, offline=True, refresh=False)
        own: dict[Path, list[Chapter]] = {}
        for chapter in self._chapters:
            own.setdefault(self._blogs[chapter.post.place].root, []).append(chapter)
        groups = [(chapters, self._blogs[chapters[0].post.place]) for chapters in own.values()]
        return join_pictures([collect_pictures(*group, config, Silent()) for group in groups])


def _places(piece: Piece) -> set[str]:
    return {draft.chapter.post.place for draft in piece.drafts}
