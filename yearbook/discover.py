"""Blog folder -> Selection: the posts of the year, and why every other file is not among them.

The dialects read; here it is decided. Nothing is rendered here, and no clock is looked at: `Criteria.now` is
the only present there is.
"""

import collections
import datetime as dt
import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from yearbook.dates import zone_of
from yearbook.dialects import DIALECTS, Dialect, Library, Reading, dialect_of
from yearbook.dialects.entries import make_library, plain_name
from yearbook.dialects.folders import forget_files
from yearbook.errors import ConfigError
from yearbook.memo import Memo
from yearbook.model import Blog, BrokenPost, Criteria, Finding, LeftOut, Post, Selection, Severity
from yearbook.readings import read_all
from yearbook.value import dataclass

_MARGIN = dt.timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A post with its reading, before it is in or out."""

    post: Post
    reading: Reading

    def moment(self, criteria: Criteria) -> dt.datetime:
        """The date that decides."""
        return (self.post.updated or self.post.date) if criteria.by == "updated" else self.post.date

    def is_named(self, names: Collection[str]) -> bool:
        """Whether one of the names is its slug, file, path or address."""
        if not names:
            return False
        own = {
            plain_name(name)
            for name in (
                self.post.slug,
                self.reading.stem,
                self.post.place,
                self.post.source.stem,
                self.post.permalink,
            )
        }
        return any(plain_name(name) in own or plain_name(f"/{name}") in own for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Every file of a blog as its dialect reads it, before anything is chosen."""

    blog: Blog
    """The blog."""
    readings: tuple[Reading, ...]
    """In the order of the files."""

    def years(self, criteria: Criteria) -> Mapping[int, int]:
        """How many posts each year has, one of each post's translations counted."""
        single, _ = _choose_languages(self._candidates, self._language(criteria))
        return _years(single)

    def select(self, criteria: Criteria) -> Selection:
        """The posts the criteria ask for, and an account of every other file."""
        single, twins_out = _choose_languages(self._candidates, self._language(criteria))
        chosen, out = _judge_all(single, criteria)
        posts, slug_findings = _with_unique_slugs(_ordered(chosen, criteria))
        broken, old_broken = _sort_broken(self.readings, criteria)
        left_out = [reading.outcome for reading in self.readings if isinstance(reading.outcome, LeftOut)]
        left_out += [*twins_out, *out, *old_broken]
        return Selection(
            blog=self.blog,
            posts=posts,
            left_out=tuple(sorted(left_out, key=lambda each: each.place)),
            broken=tuple(sorted(broken, key=lambda each: each.place)),
            findings=(
                *_findings(self.readings, posts, criteria),
                *slug_findings,
                *_unknown_names(self._candidates, criteria),
            ),
            years=_years(single),
        )

    @property
    def _candidates(self) -> list["_Candidate"]:
        return [
            _Candidate(post=reading.outcome, reading=reading)
            for reading in self.readings
            if isinstance(reading.outcome, Post)
        ]

    def _language(self, criteria: Criteria) -> str:
        return criteria.language or self.blog.language or _commonest_language(self._candidates)


def read_posts(root: Path, *, engine: str = "", zone: str = "", memo: Memo | None = None) -> Survey:
    """Reads every file under the content folders of the blog at `root`; a memo knows what most of them say.

    Raises:
        ConfigError: there is no blog, or its configuration cannot be read. A bad post never raises.
    """
    dialect, blog = _open_blog(root, engine, zone)
    if memo is not None:
        return Survey(blog=blog, readings=read_all(dialect, blog, memo))
    return Survey(blog=blog, readings=tuple(dialect.read(blog, path, None) for path in dialect.posts(blog)))


def discover(root: Path, criteria: Criteria) -> Selection:
    """The posts the criteria ask for, and an account of every other file under the content folders.

    Posts come oldest first (or newest first); ties keep the order of their slugs, so two runs agree. The year
    is judged in the blog's zone, so 2023-12-31T16:00Z is 2024 in Seoul. Posts taken in by name come last.

    Raises:
        ConfigError: when there is no blog at `root`, or its configuration cannot be read. A bad post never
            raises, and neither does a year without posts.
    """
    return read_posts(root, engine=criteria.engine, zone=criteria.zone).select(criteria)


def library(selection: Selection) -> Library:
    """Look-ups over all posts of the blog, printed or not."""
    return make_library(selection.posts, selection.left_out)


def find_dialect(root: Path) -> Dialect | None:
    """The dialect that recognises the folder; None if none does.

    A folder that no engine has laid out is no blog if one lies right below it: then that one is meant.
    """
    for dialect in DIALECTS:
        why = dialect.recognise(root)
        if why:
            return None if why.startswith("folder:") and _blog_below(root) else dialect
    return None


def _blog_below(root: Path) -> str:
    """Name of the first folder right below that is an engine's blog; empty if none is."""
    below = [child for child in sorted(root.iterdir()) if child.is_dir() and not child.name.startswith(".")]
    reasons = ((child.name, dialect.recognise(child)) for child in below[:40] for dialect in DIALECTS)
    return next((name for name, why in reasons if why and not why.startswith("folder:")), "")


def _open_blog(root: Path, engine: str, zone: str) -> tuple[Dialect, Blog]:
    """The blog at that folder and the dialect that reads it. Raises ConfigError."""
    folder = root.expanduser().resolve()
    forget_files()
    if not folder.is_dir():
        message = "there is no such folder" if not folder.exists() else "this is a file, not a folder"
        raise ConfigError(message, where=str(root), hint="name the folder of a blog")
    if engine:
        dialect = _named_dialect(engine)
    else:
        found = find_dialect(folder)
        if found is None:
            raise _no_blog(root, folder)
        dialect = found
    blog = dialect.read_blog(folder)
    if zone:
        blog = replace(blog, zone=_chosen_zone(zone), zone_source="chosen")
    return dialect, blog


def _named_dialect(name: str) -> Dialect:
    try:
        return dialect_of(name)
    except KeyError:
        known = ", ".join(dialect.name for dialect in DIALECTS)
        message = f"there is no engine “{name}”"
        raise ConfigError(message, where="engine", hint=f"write one of {known}") from None


def _chosen_zone(name: str) -> dt.tzinfo:
    try:
        return zone_of(name)
    except ValueError as error:
        raise ConfigError(str(error), where="zone", hint="write a name such as Asia/Seoul") from error


def _no_blog(root: Path, folder: Path) -> ConfigError:
    """The error that says what was looked for, and where a blog might be meant."""
    near = _blog_below(folder)
    looked = "; ".join(f"{dialect.name}: {dialect.looked_for}" for dialect in DIALECTS)
    hint = f"did you mean {root / near}?" if near else f"looked for {looked}"
    return ConfigError("there is no blog here", where=str(root), hint=hint)


def _choose_languages(
    candidates: Sequence[_Candidate], language: str
) -> tuple[list[_Candidate], list[LeftOut]]:
    """One of each post's translations, and the others as left out; a post in one language only stays."""
    groups: dict[object, list[_Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(_twin_key(candidate), []).append(candidate)
    kept: list[_Candidate] = []
    out: list[LeftOut] = []
    for group in groups.values():
        best = _best_language(group, language)
        kept.append(best)
        for other in group:
            if other is not best and other.post.language == best.post.language:
                kept.append(other)
            elif other is not best:
                detail = f"{best.post.place} is printed in its stead"
                out.append(_out(other, "language", detail))
    return kept, out


def _commonest_language(candidates: Iterable[_Candidate]) -> str:
    """The language most posts are in; empty if none says."""
    counts = collections.Counter(each.post.language for each in candidates if each.post.language)
    return min(counts, key=lambda language: (-counts[language], language), default="")


def _twin_key(candidate: _Candidate) -> object:
    """What translations of one post have in common; for any other post something of its own."""
    reading = candidate.reading
    if not reading.twin:
        return ("alone", candidate.post.place)
    return ("twin", reading.twin, candidate.post.date.date() if reading.twin_is_guess else None)


def _best_language(group: Sequence[_Candidate], language: str) -> _Candidate:
    """The translation closest to the language: the same tag, then the same tongue, then the first."""
    tongue = language.partition("-")[0].lower()

    def distance(candidate: _Candidate) -> int:
        own = candidate.post.language.lower()
        return 0 if own == language.lower() else 1 if own.partition("-")[0] == tongue else 2

    return min(group, key=distance)


def _judge_all(
    candidates: Iterable[_Candidate], criteria: Criteria
) -> tuple[list[_Candidate], list[LeftOut]]:
    """The posts that are in, and the others with their reasons."""
    chosen: list[_Candidate] = []
    out: list[LeftOut] = []
    for candidate in candidates:
        verdict = _verdict(candidate, criteria)
        if verdict is None:
            chosen.append(candidate)
        else:
            out.append(
                _out(candidate, *verdict, retrospective=_is_retrospective(candidate, criteria, verdict[0]))
            )
    return chosen, out


def _out(candidate: _Candidate, reason: str, detail: str, *, retrospective: bool = False) -> LeftOut:
    post = candidate.post
    return LeftOut(
        place=post.place,
        title=post.title,
        date=post.date,
        reason=reason,
        detail=detail,
        permalink=post.permalink,
        retrospective=retrospective,
    )


def _verdict(candidate: _Candidate, criteria: Criteria) -> tuple[str, str] | None:
    """Why the post is not in the book; None if it is."""
    if candidate.post.wishes.get("skip") is True:
        return "excluded", "`yearbook: {skip: true}` in its front matter"
    if candidate.is_named(criteria.exclude):
        return "excluded", "named in `exclude`"
    if criteria.only and not candidate.is_named(criteria.only):
        return "not-chosen", "not named in `only`"
    if _is_taken_in(candidate, criteria):
        return None
    return (
        _verdict_of_engine(candidate, criteria)
        or _verdict_of_date(candidate, criteria)
        or _filtered(candidate, criteria)
    )


def _is_taken_in(candidate: _Candidate, criteria: Criteria) -> bool:
    """Whether the post is in the book whatever its date: named, or by its own wish."""
    return candidate.is_named(criteria.include) or _wished_year(candidate) == criteria.year


def _wished_year(candidate: _Candidate) -> int:
    """The year whose book the post says it belongs to; 0 if it says none."""
    year = str(candidate.post.wishes.get("year", ""))
    return int(year) if re.fullmatch(r"\d{4}", year) else 0


def _verdict_of_engine(candidate: _Candidate, criteria: Criteria) -> tuple[str, str] | None:
    """Why the engine would not publish it among the posts."""
    reading = candidate.reading
    if reading.draft and not criteria.drafts:
        return "draft", "it is a draft"
    if reading.page:
        return "page", "it is a page of the site, not a post"
    if criteria.now is None:
        return None
    if reading.expires and reading.expires <= criteria.now:
        return "expired", f"expired on {reading.expires.date().isoformat()}"
    if not criteria.future and (reading.appears or candidate.post.date) > criteria.now:
        return "future", f"to appear on {(reading.appears or candidate.post.date).date().isoformat()}"
    return None


def _verdict_of_date(candidate: _Candidate, criteria: Criteria) -> tuple[str, str] | None:
    """Why its date keeps it out."""
    wished = _wished_year(candidate)
    if wished:
        return "other-year", f"its front matter puts it into the yearbook of {wished}"
    since, until = span(criteria)
    day = candidate.moment(criteria).date()
    if since <= day <= until:
        return None
    word = "updated" if criteria.by == "updated" and candidate.post.updated else "dated"
    reason = "other-year" if day.year != criteria.year else "other-date"
    return reason, f"{word} {day.isoformat()}"


def _filtered(candidate: _Candidate, criteria: Criteria) -> tuple[str, str] | None:
    """Which of the filters it does not pass."""
    post = candidate.post
    filters = (
        ("tag", criteria.tags, post.tags),
        ("category", criteria.categories, post.categories),
        ("author", criteria.authors, post.authors),
    )
    for word, wanted, own in filters:
        if wanted and not {name.casefold() for name in wanted} & {name.casefold() for name in own}:
            return word, f"its {word} is none of {', '.join(wanted)}"
    if criteria.sections and not any(
        _is_in_section(candidate, name.strip("/")) for name in criteria.sections
    ):
        return "section", f"it lies in none of {', '.join(criteria.sections)}"
    return None


def _is_in_section(candidate: _Candidate, name: str) -> bool:
    """Whether the post lies below that folder, named from the content or from the blog's root."""
    places = (candidate.reading.section, candidate.post.place)
    return any(place == name or place.startswith(f"{name}/") for place in places)


def span(criteria: Criteria) -> tuple[dt.date, dt.date]:
    """First and last day of the book."""
    return criteria.since or dt.date(criteria.year, 1, 1), criteria.until or dt.date(criteria.year, 12, 31)


def _is_retrospective(candidate: _Candidate, criteria: Criteria, reason: str) -> bool:
    """Whether title or slug names the year although the date lies in another."""
    if reason != "other-year":
        return False
    names = f"{candidate.post.title} {candidate.post.slug} {candidate.reading.stem.partition('-')[2]}"
    return bool(re.search(rf"(?<!\d)(?:{criteria.year}(?!\d)|{criteria.year % 100:02}년)", names))


def _ordered(chosen: Sequence[_Candidate], criteria: Criteria) -> list[Post]:
    """The book's order: by date, then those taken in, series together if asked."""
    since, until = span(criteria)

    def is_late(candidate: _Candidate) -> bool:
        inside = since <= candidate.moment(criteria).date() <= until
        return _is_taken_in(candidate, criteria) and not inside

    by_slug = sorted(chosen, key=lambda candidate: (candidate.post.slug, candidate.post.place))
    dated = sorted(
        by_slug, key=lambda candidate: candidate.moment(criteria), reverse=criteria.order == "newest"
    )
    posts = [candidate.post for candidate in sorted(dated, key=is_late)]
    return _series_together(posts) if criteria.keep_series else posts


def _series_together(posts: Sequence[Post]) -> list[Post]:
    """The posts with each series at the place of its first."""
    groups: dict[object, list[Post]] = {}
    for post in posts:
        groups.setdefault(post.series or ("alone", post.place), []).append(post)
    return [post for group in groups.values() for post in group]


def _with_unique_slugs(posts: Iterable[Post]) -> tuple[tuple[Post, ...], tuple[Finding, ...]]:
    """The posts with slugs told apart by `-2`, `-3`, …, and what is to be said of it."""
    taken: dict[str, str] = {}
    result: list[Post] = []
    findings: list[Finding] = []
    for post in posts:
        slug, number = post.slug, 1
        while slug in taken:
            number += 1
            slug = f"{post.slug}-{number}"
        if number > 1:
            message = (
                f"“{post.slug}” is also the short name of {taken[post.slug]}; this post is called “{slug}”"
            )
            findings.append(
                Finding(kind="duplicate-slug", severity=Severity.NOTE, message=message, place=post.place)
            )
        taken[slug] = post.place
        result.append(replace(post, slug=slug) if number > 1 else post)
    return tuple(result), tuple(findings)


def _sort_broken(readings: Iterable[Reading], criteria: Criteria) -> tuple[list[BrokenPost], list[LeftOut]]:
    """Posts that cannot be read, apart from those that plainly belong to another year."""
    since, until = span(criteria)
    broken: list[BrokenPost] = []
    out: list[LeftOut] = []
    for reading in readings:
        if not isinstance(reading.outcome, BrokenPost):
            continue
        guess = reading.other_date
        if guess is None or since - _MARGIN <= guess <= until + _MARGIN:
            broken.append(reading.outcome)
            continue
        detail = f"dated {guess.isoformat()}; it cannot be read either: {reading.outcome.reason}"
        out.append(
            LeftOut(place=reading.outcome.place, title="", date=None, reason="other-year", detail=detail)
        )
    return broken, out


def _findings(readings: Iterable[Reading], posts: Iterable[Post], criteria: Criteria) -> list[Finding]:
    """What concerns the chosen posts, and other years' posts whose file name claims this one."""
    chosen = {post.place for post in posts}
    since, until = span(criteria)
    found: list[Finding] = []
    for reading in readings:
        claims = reading.other_date is not None and since <= reading.other_date <= until
        if getattr(reading.outcome, "place", "") in chosen or claims:
            found.extend(reading.findings)
    return sorted(found, key=lambda finding: (finding.place, finding.line, finding.kind))


def _unknown_names(candidates: Sequence[_Candidate], criteria: Criteria) -> list[Finding]:
    """A finding for every name in the criteria that is no post's."""
    slugs = [candidate.post.slug for candidate in candidates]
    found = []
    for option in ("only", "include", "exclude"):
        names: tuple[str, ...] = getattr(criteria, option)
        for name in names:
            if any(candidate.is_named((name,)) for candidate in candidates):
                continue
            near = difflib.get_close_matches(name, slugs, n=1)
            hint = f"did you mean {near[0]}?" if near else "`yearbook list` shows the names"
            message = f"no post is called “{name}”, which `{option}` names"
            found.append(Finding(kind="unknown-post", severity=Severity.WARNING, message=message, hint=hint))
    return found


def _years(candidates: Iterable[_Candidate]) -> Mapping[int, int]:
    """Number of published posts by year, years in order."""
    published = (each.post for each in candidates if not each.reading.draft and not each.reading.page)
    counts = collections.Counter(post.date.year for post in published)
    return MappingProxyType(dict(sorted(counts.items())))
