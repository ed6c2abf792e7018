"""Every form of date met in the wild, read from `cases/dates/`."""

import datetime as dt
from pathlib import Path

import pytest

from yearbook.dates import parse_date, written_date, zone_of

CASES = Path(__file__).parent / "cases" / "dates"
SEOUL = zone_of("Asia/Seoul")


def rows(name):
    """Rows of a case file: the text as found, and the moment it means in Seoul."""
    for line in (CASES / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            found, _, wanted = line.partition(" => ")
            yield pytest.param(found.strip(), wanted.strip(), id=found.strip())


@pytest.mark.parametrize(("found", "wanted"), list(rows("read.txt")))
def test_a_form_met_in_the_wild_is_read(found, wanted):
    assert parse_date(found, SEOUL).isoformat(sep=" ") == wanted


@pytest.mark.parametrize(("found", "wanted"), list(rows("refused.txt")))
def test_what_is_no_date_is_refused_with_its_text(found, wanted):
    with pytest.raises(ValueError, match="is not a date") as caught:
        parse_date(found, SEOUL)
    assert wanted in str(caught.value)


@pytest.mark.parametrize(("found", "wanted"), list(rows("rolled_over.txt")))
def test_a_day_too_many_is_the_next_month_where_the_engine_says_so(found, wanted):
    assert parse_date(found, SEOUL, roll_over=True).date().isoformat() == wanted
    with pytest.raises(ValueError, match="is not a date"):
        parse_date(found, SEOUL)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (dt.date(2021, 12, 31), "2021-12-31T00:00:00+09:00"),
        (dt.datetime(2021, 12, 31, 23, 59), "2021-12-31T23:59:00+09:00"),  # noqa: DTZ001 - naive on purpose
        (dt.datetime(2021, 12, 31, 16, 0, tzinfo=dt.UTC), "2022-01-01T01:00:00+09:00"),
        (20211231, "2021-12-31T00:00:00+09:00"),
        (1640962740, "2021-12-31T23:59:00+09:00"),
        (1640962740000, "2021-12-31T23:59:00+09:00"),
    ],
)
def test_values_that_toml_and_yaml_hand_over_are_read(value, wanted):
    assert parse_date(value, SEOUL).isoformat() == wanted


@pytest.mark.parametrize("value", [None, True, [], {}, "", "   ", "x" * 10_000, 2021.5, dt.time(12, 0)])
def test_other_values_are_refused(value):
    with pytest.raises(ValueError, match="is not a date"):
        parse_date(value, SEOUL)


def test_the_year_is_judged_after_converting():
    assert parse_date("2026-01-01T04:24:50+09:00", zone_of("UTC")).year == 2025
    assert parse_date("2026-01-01T04:24:50+09:00", SEOUL).year == 2026


def test_the_offset_as_written_is_kept_on_request():
    assert written_date("2021-12-31 23:30:00 -0500", SEOUL).isoformat() == "2021-12-31T23:30:00-05:00"


@pytest.mark.parametrize(
    "name", ["Asia/Seoul", "asia/seoul", "UTC", "KST", "+09:00", "GMT+9", "Etc/GMT-9", "Japan"]
)
def test_zones_are_known_by_many_names(name):
    assert zone_of(name) is not None


@pytest.mark.parametrize(
    "name", ["Asia/Soul", "../../etc/passwd", "Mars/Olympus", "", "한국", "Asia/Seoul\0"]
)
def test_a_zone_that_does_not_exist_is_named(name):
    with pytest.raises(ValueError, match="no time zone"):
        zone_of(name)


def test_the_first_and_the_last_day_there_are_do_not_overflow():
    with pytest.raises(ValueError, match="is not a date"):
        parse_date("9999-12-31T23:59:59-12:00", SEOUL)
    with pytest.raises(ValueError, match="is not a date"):
        parse_date("0001-01-01T00:00:00+12:00", SEOUL)
