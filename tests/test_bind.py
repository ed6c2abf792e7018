"""What the binder adds to the engine's PDF."""

import io

import pikepdf
import pytest

from yearbook.bind import Facts, bind
from yearbook.errors import EngineError


def blank(pages=3):
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(419.53, 595.28))
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def bound(**changes):
    values = {"unnumbered": 2, "bleed_mm": 0, "title": "2021 기록", "author": "글쓴이", "language": "ko"}
    return pikepdf.open(io.BytesIO(bind(blank(), Facts(**{**values, **changes}))))


def test_the_cover_has_no_number_and_the_half_title_is_one():
    with bound() as document:
        assert [page.label for page in document.pages] == ["cover-i", "cover-ii", "1"]


def test_without_a_cover_the_first_page_is_one():
    with bound(unnumbered=0) as document:
        assert [page.label for page in document.pages] == ["1", "2", "3"]


def test_the_bleed_box_is_as_wide_as_the_bleed():
    with bound(bleed_mm=3) as document:
        page = document.pages[0]
        left, bottom, right, top = (float(value) for value in page.BleedBox)
        assert (left, bottom) == pytest.approx((-8.504, -8.504), abs=0.001)
        assert (right, top) == pytest.approx((419.53 + 8.504, 595.28 + 8.504), abs=0.001)


def test_the_book_says_its_title_author_and_language():
    with bound() as document:
        assert str(document.docinfo["/Title"]) == "2021 기록"
        assert str(document.docinfo["/Author"]) == "글쓴이"
        assert str(document.Root.Lang) == "ko"
        assert document.Root.ViewerPreferences.DisplayDocTitle


def test_what_is_no_pdf_is_the_engines_fault():
    with pytest.raises(EngineError):
        bind(b"not a pdf", Facts(unnumbered=0, bleed_mm=0, title="", author="", language="ko"))
