"""What a person is told: `Progress` while the book is made, `Report` when it is done.

The report is computed from the values that travelled; nothing is added to it on the way, and nothing is
printed here.
"""

import dataclasses
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from yearbook.errors import ExitCode
from yearbook.model import BrokenPost, Finding, ImageUse, MissingImage, Selection, Severity
from yearbook.typeset import Notice
from yearbook.value import dataclass

KINDS = frozenset({
    "active-content", "broken-post", "broken-target", "changed-look", "changed-picture", "changed-post",
    "changed-setting", "coarse-image", "control-character", "damaged-text", "date-conflict",
    "date-from-name", "dead-link",
    "dropped-html", "duplicate-key", "duplicate-slug", "duplicate-title", "encoding", "engine",
    "font-not-embedded", "font-not-subset", "font-type3", "font-unreadable", "formula", "impossible-date",
    "long-word", "lost-picture", "mdx-component", "mermaid", "missing-glyph", "missing-image",
    "nearly-empty-page", "not-typeset",
    "odd-address", "other-version", "page-box", "page-count", "page-label", "picture-note",
    "private-character", "raw-tag", "repaired-front-matter", "replacement-character", "simplified",
    "text-clipped", "text-cut-off",
    "text-in-margin", "unclosed-fence", "unknown-post", "unknown-tag", "unreadable-updated", "zone-conflict",
})  # fmt: skip
"""Every kind of finding there is; docs/findings.md explains each."""


class Progress(Protocol):
    """Told what the program is doing."""

    def stage(self, name: str, detail: str = "") -> None:
        """A stage begins."""

    def step(self, done: int, total: int, what: str) -> None:
        """Part of a stage is done; `total` is 0 if unknown."""


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str, detail: str = "") -> None:
        """Does nothing."""

    def step(self, done: int, total: int, what: str) -> None:
        """Does nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of one run."""

    selection: Selection | None
    """The posts, and every file that is not among them; None if a PDF alone was looked at."""
    findings: tuple[Finding, ...]
    """All there is to know before printing, worst first, then in the book's order."""
    pictures: int
    """Places that show a picture."""
    missing: int
    """Places whose picture could not be had."""
    pages: int
    """Pages of the PDF; 0 if none was made."""
    outputs: tuple[Path, ...]
    """The PDFs, one for each volume; empty if none was made."""
    pieces: int = 0
    """Pieces the book was set from; 0 if it was set as one document."""
    pieces_set: int = 0
    """Pieces that were set now; the others were remembered."""
    allow_missing: bool = False
    """Whether missing pictures leave the book complete."""
    allow: frozenset[str] = frozenset()
    """Kinds of findings that leave the book complete."""
    strict: bool = False
    """Whether warnings, too, make the book incomplete."""

    @property
    def posts(self) -> int:
        """Posts in the book."""
        return len(self.selection.posts) if self.selection else 0

    def is_allowed(self, finding: Finding) -> bool:
        """Whether the user said that findings of this kind are fine."""
        return finding.kind in self.allow or (self.allow_missing and finding.kind == "missing-image")

    @property
    def exit_code(self) -> ExitCode:
        """5 if anything will be missing from the paper, or with `strict` different, unless it was allowed."""
        grave = {Severity.ERROR, Severity.WARNING} if self.strict else {Severity.ERROR}
        holes = [f for f in self.findings if f.severity in grave and not self.is_allowed(f)]
        return ExitCode.INCOMPLETE if holes else ExitCode.COMPLETE


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Without repeats, worst first; the order given is kept among equals."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: _RANK[finding.severity]))


def missing_finding(use: ImageUse, image: MissingImage, page: int) -> Finding:
    """What to say of one place whose picture is missing; `page` is 0 if it is on none."""
    return Finding(
        kind="missing-image",
        severity=Severity.ERROR,
        place=use.place,
        line=use.line,
        message=f"picture missing: {image.url or use.name} ({image.detail})",
        hint=image.hint,
        page=page,
    )


def picture_note(use: ImageUse, note: str, page: int) -> Finding:
    """What paper does not show of one picture, such as the motion of an animation."""
    return Finding(
        kind="picture-note",
        severity=Severity.WARNING,
        place=use.place,
        line=use.line,
        message=f"{use.name}: {note}",
        page=page,
    )


def broken_findings(broken: Iterable[BrokenPost]) -> tuple[Finding, ...]:
    """One finding for each post that cannot be read."""
    return tuple(
        Finding(
            kind="broken-post",
            severity=Severity.ERROR,
            place=post.place,
            line=post.line,
            message=f"cannot be read: {post.reason}",
            hint=post.hint,
        )
        for post in broken
    )


_STYLE_PLACE = re.compile(r" at (\d+):(\d+)")


def name_style_lines(
    findings: Iterable[Finding], css: str, theme_css: str, file: str
) -> tuple[Finding, ...]:
    """The findings; what the engine ignored of a theme is said with the theme's file and its line.

    Args:
        findings: of setting a book.
        css: the whole style sheet, at whose end the theme's own stands.
        theme_css: the theme's.
        file: the theme's file, as it is called in findings.
    """
    before = css.removesuffix(theme_css).count("\n")
    return tuple(_with_style_line(finding, before, file) for finding in findings)


def _with_style_line(finding: Finding, before: int, file: str) -> Finding:
    where = _STYLE_PLACE.search(finding.message)
    if finding.kind != "engine" or finding.place or where is None or int(where[1]) <= before:
        return finding
    message = finding.message.replace(where[0], "")
    hint = finding.hint or "the engine knows no such rule, so the page is without it"
    return dataclasses.replace(finding, place=file, line=int(where[1]) - before, message=message, hint=hint)


def engine_findings(notices: Iterable[Notice], *, place: str = "", page: int = 0) -> tuple[Finding, ...]:
    """One finding for each complaint of the engine, with the post and the page where that is known."""
    return tuple(
        Finding(
            kind="missing-glyph" if ".notdef" in notice.text else "engine",
            severity=Severity.ERROR if notice.is_error or ".notdef" in notice.text else Severity.WARNING,
            message=notice.text,
            place=place,
            page=page,
            hint="",
        )
        for notice in notices
    )
