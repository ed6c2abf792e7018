"""What the fields of a front matter mean, whatever theme they were written for."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from yearbook.dates import parse_date
from yearbook.dialects.texts import nfc, plain_text
from yearbook.model import Finding, Severity

_MOST_TERMS = 500
_YES = frozenset({"true", "yes", "on", "1", "y"})
_NO = frozenset({"false", "no", "off", "0", "n"})

UPDATED_KEYS = (
    "last_modified_at", "lastmod", "updated", "updated_at", "updateddate", "updatedat", "lastupdated",
    "last_updated", "modified", "modified_at", "date_updated", "date_modified", "last_modified",
    "moddatetime", "last_update.date", "update", "dateupdated", "datemodified",
)  # fmt: skip
SUMMARY_KEYS = (
    "description",
    "summary",
    "excerpt",
    "subtitle",
    "lead",
    "abstract",
    "desc",
    "intro",
    "extra.summary",
)
HERO_KEYS = (
    "image", "images", "cover", "cover_image", "coverimage", "featured_image", "featuredimage",
    "featured-image", "feature_image", "featureimage", "feature", "featured", "header", "hero",
    "heroimage", "hero_image", "post-image", "post_image", "postimage", "thumbnail", "thumb", "banner",
    "banner_img", "index_img", "top_img", "teaser", "header-img", "header_img", "header_image",
    "headerimage", "background", "socialimage", "social_image", "og_image", "ogimage", "img", "picture",
    "photo", "photos", "preview", "card_image", "extra.image", "extra.cover", "extra.thumbnail",
    "resources",
)  # fmt: skip
_HERO_SUBKEYS = (
    "path", "image", "src", "url", "overlay_image", "teaser", "image_fullwidth", "feature", "featured",
    "thumb", "thumbnail", "og_image", "background", "file", "filename",
)  # fmt: skip


def lower_keys(fields: Mapping[str, object]) -> Mapping[str, object]:
    """The fields under lower-case names, as engines look them up; of `Date` and `date` the latter counts."""
    lowered = {key.lower(): value for key, value in fields.items()}
    lowered.update({key: value for key, value in fields.items() if key == key.lower()})
    return MappingProxyType(lowered)


def pick(fields: Mapping[str, object], *keys: str) -> object:
    """The first value that is neither missing nor empty; `a.b` looks into a table. Keys are lower case."""
    for key in keys:
        value = fields.get(key)
        if value is None and "." in key:
            outer, _, inner = key.partition(".")
            table = fields.get(outer)
            value = lower_keys(table).get(inner) if isinstance(table, dict) else None
        if value is not None and not is_empty(value):
            return value
    return None


def is_empty(value: object) -> bool:
    """Whether the value says nothing."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {}, ())


def is_true(value: object) -> bool:
    """Whether a flag is set, however it is spelt."""
    return value is True or value == 1 or (isinstance(value, str) and value.strip().lower() in _YES)


def is_false(value: object) -> bool:
    """Whether a flag is unset on purpose; an absent one is not."""
    return value is False or (isinstance(value, str) and value.strip().lower() in _NO)


def terms(value: object, *, split_words: bool = False) -> tuple[str, ...]:
    """Tags or categories in order, without repeats, from every shape they are written in.

    Args:
        value: text, a list, a list of lists, a list of nothing.
        split_words: whether text is one term per word, as in Jekyll's `tags: one two`.

    >>> terms([["A", "B"], None, "A", "C "])
    ('A', 'B', 'C')
    >>> terms("one, two words"), terms("one two", split_words=True)
    (('one', 'two words'), ('one', 'two'))
    """
    pieces: list[str] = []
    if isinstance(value, str):
        if "," in value or "、" in value:
            pieces = re.split("[,、]", value)
        else:
            pieces = value.split() if split_words else [value]
    else:
        pieces = list(_flat(value))
    found = (nfc(plain_text(piece)).removeprefix("#").strip() for piece in pieces)
    return tuple(dict.fromkeys(term for term in found if term))[:_MOST_TERMS]


def _flat(value: object) -> Iterator[str]:
    """The texts inside nested lists, in order and bounded: aliases can make small YAML huge."""
    waiting = [value]
    seen = 0
    while waiting and seen < _MOST_TERMS * 4:
        seen += 1
        entry = waiting.pop()
        if isinstance(entry, (list, tuple)):
            waiting.extend(reversed(entry[:_MOST_TERMS]))
        elif isinstance(entry, dict):
            waiting.append(entry.get("name") or entry.get("title") or entry.get("slug"))
        elif entry is not None:
            yield str(entry)


def authors_of(fields: Mapping[str, object], names: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Authors in order, without repeats.

    Args:
        fields: the front matter, keys in lower case.
        names: what short names stand for, such as Jekyll's `_data/authors.yml`.
    """
    value = pick(fields, "authors", "author", "extra.author", "extra.authors", "writer")
    known = names or {}
    return tuple(dict.fromkeys(known.get(name, name) for name in terms(value)))


def people_of(fields: Mapping[str, object]) -> tuple[str, ...]:
    """Names of people the post is about, in order, without repeats.

    >>> people_of({"people": ["하늘", "Ada Lovelace", "하늘"]})
    ('하늘', 'Ada Lovelace')
    """
    own = wishes_of(fields)
    found = (*terms(pick(fields, "people", "names", "extra.people")), *terms(own.get("names")))
    return tuple(dict.fromkeys(found))


def author_of_site(value: object) -> str:
    """The one author a configuration names, as text or as a table."""
    if isinstance(value, Mapping):
        return plain_text(lower_keys(value).get("name"))
    if isinstance(value, (list, tuple)):
        return author_of_site(value[0]) if value else ""
    return plain_text(value)


def series_of(fields: Mapping[str, object]) -> str:
    """Name of the series; empty if none."""
    value = pick(fields, "series", "series_title", "series.name", "extra.series", "serie")
    if isinstance(value, dict):
        value = pick(lower_keys(value), "name", "title")
    found = terms(value) if not isinstance(value, str) else (plain_text(value),)
    return found[0] if found else ""


def summary_of(fields: Mapping[str, object]) -> str:
    """The description as plain text; may be empty."""
    return plain_text(pick(fields, *SUMMARY_KEYS))


def hero_of(fields: Mapping[str, object]) -> str:
    """Address of the opening picture as written; empty if none."""
    for key in HERO_KEYS:
        if key not in fields and "." not in key:  # most of four dozen
            continue
        value = pick(fields, key)
        found = _address_in(value, depth=3) if value is not None else ""
        if found:
            return found
    return ""


def _address_in(value: object, *, depth: int) -> str:
    """The first picture's address inside a value."""
    if isinstance(value, str):
        return value.strip() if _could_be_address(value.strip()) else ""
    if not depth:
        return ""
    if isinstance(value, Mapping):
        lowered = lower_keys(value)
        inner: Sequence[object] = [lowered.get(key) for key in _HERO_SUBKEYS]
        if is_true(lowered.get("hidden")):
            return ""
    else:
        inner = value[:20] if isinstance(value, (list, tuple)) else ()
    return next(filter(None, (_address_in(each, depth=depth - 1) for each in inner)), "")


def _could_be_address(text: str) -> bool:
    """Whether the text can be a picture's address: themes also write colours and flags there."""
    if (
        not text
        or len(text) > 2000
        or "\n" in text
        or text.startswith(("#", "data:", "linear-gradient", "rgb", "<"))
    ):
        return False
    if re.match(r"[a-z]+://|//|/|\./|\.\./|@|~/|\{\{", text, re.IGNORECASE):
        return True
    return bool(
        re.search(r"\.(?:png|jpe?g|gif|webp|avif|svg|bmp|tiff?|heic|jxl)(?:[?#].*)?$", text, re.IGNORECASE)
    ) or ("/" in text and " " not in text)


def language_tag(value: object) -> str:
    """A BCP 47 tag from the ways it is written; empty if it is none.

    >>> language_tag("ko_KR.UTF-8"), language_tag("zh-hans"), language_tag("default")
    ('ko-KR', 'zh-Hans', '')
    """
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    text = str(value or "").strip().replace("_", "-").split(".")[0]
    found = re.fullmatch(r"(?P<language>[A-Za-z]{2,3})(?P<rest>(?:-[A-Za-z0-9]{2,8}){0,3})", text)
    if not found:
        return ""
    return "-".join([found["language"].lower(), *(_subtag(part) for part in found["rest"].split("-")[1:])])


def _subtag(part: str) -> str:
    """A region in capitals, a script with one."""
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 and part.isalpha() else part


def updated_of(
    fields: Mapping[str, object], zone: dt.tzinfo, *, place: str, keys: Sequence[str] = UPDATED_KEYS
) -> tuple[dt.datetime | None, tuple[Finding, ...]]:
    """When the post was last changed, and what is wrong with what it says."""
    value = pick(fields, *keys)
    if value is None or isinstance(value, (bool, dict)):
        return None, ()
    try:
        return parse_date(value, zone, roll_over=True), ()
    except ValueError as error:
        message = f"the date of the last change is unreadable: {error}"
        finding = Finding(
            kind="unreadable-updated",
            severity=Severity.NOTE,
            message=message,
            place=place,
            line=1,
            hint="write YYYY-MM-DD",
        )
        return None, (finding,)


def wishes_of(fields: Mapping[str, object]) -> Mapping[str, object]:
    """The `yearbook:` table; `yearbook: false` means `skip`."""
    value = fields.get("yearbook")
    if isinstance(value, dict):
        return MappingProxyType(dict(value))
    return MappingProxyType({"skip": True}) if is_false(value) else MappingProxyType({})
