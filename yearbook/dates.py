"""Read every way a blog writes a date.

One function for all engines, because each gets dates wrong in its own manner. A time without a zone belongs
to the blog's zone, and the year is judged after converting to it. Nothing here looks at a clock.
"""

import datetime as dt
import re
import unicodedata
import zoneinfo

from yearbook.lazy import later

_LONGEST = 120
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<name>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_WEEKDAY = later(
    r"^(?:\((?:[a-z]{3,9}|[월화수목금토일月火水木金土日一二三四五六])\)|[월화수목금토일]요일|[月火水木金土日]曜日?"
    r"|(?:星期|周|週)[一二三四五六日天]|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?)[\s,]*",
    re.IGNORECASE,
)
_DAY_FORMS = tuple(
    later(form, re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})\s*(?P<gap>[-/.])\s*(?P<month>\d{1,2})\s*(?P=gap)\s*(?P<day>\d{1,2})(?!\d)\.?",
        r"(?P<year>\d{4})\s*[년年]\s*(?P<month>\d{1,2})\s*[월月]\s*(?P<day>\d{1,2})\s*[일日号]?",
        r"(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?=$|T|\s|\d{4}(?:\d\d)?(?!\d))",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s-]+{_MONTH}[\s,-]+(?P<year>\d{{4}}|\d\d)(?![\d:])",
        rf"{_MONTH}[\s-]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s,-]+(?P<year>\d{{4}})(?![\d:])",
        r"(?P<first>\d{1,2})(?P<gap>[/.-])(?P<second>\d{1,2})(?P=gap)(?P<year>\d{4})(?!\d)",
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})$",
        r"(?P<year>\d{4})\s*[년年]\s*(?P<month>\d{1,2})\s*[월月]$",
        rf"{_MONTH}\s+(?P<year>\d{{4}})$",
    )
)
# Unix `date`, C's asctime and Ruby's to_s put the year last, after the time.
_YEAR_LAST = later(
    rf"{_MONTH}\s+(?P<day>\d{{1,2}})\s+(?P<time>\d{{1,2}}:\d\d:\d\d)(?P<zone>\s+[A-Za-z+\-\d:]+)?\s+(?P<year>\d{{4}})$",
    re.IGNORECASE,
)
_NOON = r"오전|오후|午前|午後|上午|下午|a\.?m\.?|p\.?m\.?"
_TIME = later(
    rf"(?P<before>{_NOON})?\s*(?P<hour>\d{{1,2}})\s*(?:[:시時点]\s*(?:(?P<minute>\d{{1,2}})\s*[분分]?)?"
    r"(?::?\s*(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,12}))?\s*[초秒]?)?)"
    rf"\s*(?P<after>{_NOON})?(?P<zone>.*)",
    re.IGNORECASE,
)
_COMPACT_TIME = later(r"T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<zone>\D.*)?$")
_OFFSET = later(
    r"(?:UTC|GMT)?\s*(?P<sign>[+\-−])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?(?::\d\d)?(?:\s*\([^)]*\)|\s+[A-Za-z]{1,5})?$",
    re.IGNORECASE,
)
# RFC 822's names and those met in blogs; ambiguous ones (CST, IST, BST) are refused rather than guessed.
_ZONE_HOURS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "kst": 9, "jst": 9, "cet": 1, "cest": 2, "eet": 2, "eest": 3,
    "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "hkt": 8, "sgt": 8,
}  # fmt: skip
_LATE = ("오후", "午後", "下午", "pm")
_EARLY = ("오전", "午前", "上午", "am")


def parse_date(value: object, zone: dt.tzinfo, *, roll_over: bool = False) -> dt.datetime:
    """The moment a front matter's value or a file name means, in the blog's zone.

    Args:
        value: what the front matter holds: a date, a datetime, a number or text.
        zone: the blog's zone; a value without a zone of its own is read in it.
        roll_over: whether 31 June is 1 July, as Jekyll has it, instead of an error.

    Raises:
        ValueError: with the text found, when it is no date.

    >>> seoul = zone_of("Asia/Seoul")
    >>> parse_date("2023-12-31T16:00:00Z", seoul).year
    2024
    >>> parse_date("2021-12-31-08:00", seoul).date().isoformat()
    '2021-12-31'
    """
    return written_date(value, zone, roll_over=roll_over).astimezone(zone)


def written_date(value: object, zone: dt.tzinfo, *, roll_over: bool = False) -> dt.datetime:
    """The same moment, keeping the offset it is written with.

    Hugo builds addresses from the date as written, so the year in an address can differ from the year in the
    blog's zone.

    Raises:
        ValueError: with the text found, when it is no date.
    """
    try:
        moment = _moment(value, zone, roll_over=roll_over)
        moment.astimezone(zone)  # the first and the last day there are have no neighbours to move to
    except (ValueError, OverflowError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise ValueError(_complaint(value)) from None
    return moment


def _moment(value: object, zone: dt.tzinfo, *, roll_over: bool) -> dt.datetime:
    """The moment of a value of any type."""
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day, tzinfo=zone)
    text = _tidy(str(value)) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not text or len(text) > _LONGEST:
        raise ValueError(value)
    return _from_epoch(text) or _from_text(text, zone, roll_over=roll_over)


def zone_of(name: str) -> dt.tzinfo:
    """The time zone of that name: `Asia/Seoul`, `UTC`, `+09:00`, `KST`.

    Raises:
        ValueError: with the name, when there is no such zone.

    >>> zone_of("+09:00").utcoffset(None)
    datetime.timedelta(seconds=32400)
    """
    text = name.strip()
    try:
        if "/" in text and ".." not in text:
            return zoneinfo.ZoneInfo(_spelt_as_known(text))
        if re.fullmatch(r"[A-Za-z_]{4,30}", text):
            return zoneinfo.ZoneInfo(text)
        zone = _zone_in_text(text)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        zone = None
    if zone is None:
        message = f"there is no time zone “{text}”"
        raise ValueError(message)
    return zone


def _complaint(value: object) -> str:
    """What is said of a value that is no date."""
    return f"“{str(value)[:60]}” is not a date"


def _tidy(text: str) -> str:
    """The text with full-width digits, odd blanks and stray quotes made plain."""
    plain = unicodedata.normalize("NFKC", text[: _LONGEST * 2])
    return re.sub(r"\s+", " ", plain).strip(" \"'“”‘’,")


def _from_epoch(text: str) -> dt.datetime | None:
    """Seconds or milliseconds since 1970, if that is what the digits are."""
    if not re.fullmatch(r"\d{10}|\d{13}", text):
        return None
    seconds = int(text[:10])
    # Ten digits that begin with 20… would lie after 2033: they are rather 2021123123, which no blog writes.
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds < 2_000_000_000 else None


def _from_text(text: str, zone: dt.tzinfo, *, roll_over: bool) -> dt.datetime:
    """The moment that tidy text means."""
    bare = _WEEKDAY.sub("", text, count=1)
    turned = _YEAR_LAST.match(bare)
    if turned:
        bare = f"{turned['name']} {turned['day']} {turned['year']} {turned['time']}{turned['zone'] or ''}"
    for form in _DAY_FORMS:
        found = form.match(bare)
        if found:
            day = _midnight(*_numbers(found), roll_over=roll_over)
            return _with_time(day, bare[found.end() :], zone)
    raise ValueError(text)


def _numbers(found: re.Match[str]) -> tuple[int, int, int]:
    """Year, month and day of a match."""
    parts = found.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 2000 if year < 69 else 1900
    if "first" in parts:
        return (year, *_month_and_day(int(parts["first"]), int(parts["second"])))
    name = parts.get("name")
    month = _MONTHS.index(name[:3].lower()) + 1 if name else int(parts["month"])
    return year, month, int(parts.get("day") or 1)


def _month_and_day(first: int, second: int) -> tuple[int, int]:
    """Which of two numbers is the month; refused when both could be."""
    if first > 12:
        return second, first
    if second > 12 or first == second:
        return first, second
    raise ValueError(first)


def _midnight(year: int, month: int, day: int, *, roll_over: bool) -> dt.datetime:
    """The beginning of that day, without a zone."""
    if roll_over and 28 < day <= 31:
        return dt.datetime(year, month, 1) + dt.timedelta(days=day - 1)  # noqa: DTZ001 - the zone follows
    return dt.datetime(year, month, day)  # noqa: DTZ001 - the zone follows


def _with_time(day: dt.datetime, rest: str, zone: dt.tzinfo) -> dt.datetime:
    """That day at the time which the rest of the text says."""
    text = _WEEKDAY.sub("", rest.strip(" ,"), count=1)
    # `2021-12-31-08:00` is met 60 times in one blog: a day and half of a time stamp. The day is meant.
    if not text or re.fullmatch(r"Z|[+\-]\d\d:?\d\d", text) or _is_zone(text):
        return day.replace(tzinfo=zone)
    found = _COMPACT_TIME.match(text) or _TIME.match(re.sub(r"^[Tt](?=\d)|^at\s+|^- ", "", text))
    if not found:
        raise ValueError(text)
    own = _zone_in_text((found["zone"] or "").strip())
    return (day + _time_of_day(found.groupdict())).replace(tzinfo=own or zone)


def _time_of_day(parts: dict[str, str | None]) -> dt.timedelta:
    """How long after midnight; 24:00 and a leap second are allowed."""
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    noon = (parts.get("before") or parts.get("after") or "").lower().replace(".", "")
    if noon in _LATE and hour < 12:
        hour += 12
    elif noon in _EARLY and hour == 12:
        hour = 0
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and minute + second):
        raise ValueError(hour)
    fraction = float(f"0.{parts.get('fraction') or 0}")
    return dt.timedelta(hours=hour, minutes=minute, seconds=second + fraction)


def _is_zone(text: str) -> bool:
    """Whether the text is the name of a zone and nothing else."""
    return text.lower() in _ZONE_HOURS


def _zone_in_text(text: str) -> dt.tzinfo | None:
    """The zone written after a time; None if there is none."""
    if not text:
        return None
    hours = _ZONE_HOURS.get(text.strip("()[]").lower())
    if hours is not None:
        return dt.UTC if hours == 0 else dt.timezone(dt.timedelta(hours=hours))
    found = _OFFSET.match(text)
    if found:
        size = dt.timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        return dt.timezone(size if found["sign"] == "+" else -size)
    if re.fullmatch(r"\[?[A-Za-z]+/[A-Za-z_/]+\]?", text):
        return zoneinfo.ZoneInfo(_spelt_as_known(text.strip("[]")))
    raise ValueError(text)


def _spelt_as_known(name: str) -> str:
    """The name with the capitals the zone tables use: file systems differ in minding them."""
    return "/".join(
        "_".join(word[:1].upper() + word[1:] for word in part.split("_")) for part in name.split("/")
    )
