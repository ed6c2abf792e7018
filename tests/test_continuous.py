"""A theme whose posts follow one another without a new page."""

import re

import pytest
from pdf_facts import labels_of, outline_of, page_texts
from test_pieces import PROSE, boxes_of, build, spots_of, write_blog


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("continuous")
    blog = write_blog(folder / "blog", dict.fromkeys("abcdef", PROSE * 12))
    config = {"page.theme": "compact"}
    pieces, report = build(blog, folder, **config)
    whole, _ = build(blog, folder, "whole.pdf", whole=True, **config)
    return pieces, whole, report


def test_a_month_goes_on_where_the_last_one_ended(both):
    spots = spots_of(both[0])
    months = ("post-a", "post-d", "post-b", "post-e", "post-c", "post-f")
    pages = [spots[name][0] for name in months]
    assert pages == sorted(pages)
    assert len(set(pages)) < len(pages) - 1
    assert all(page_texts(both[0])[number].strip() for number in range(pages[0], pages[-1]))


def test_it_is_the_book_set_as_one_document(both):
    one, other, _ = both
    assert page_texts(one) == page_texts(other)
    for facts in (spots_of, outline_of, labels_of, boxes_of):
        assert facts(one) == facts(other), facts.__name__


def test_every_number_of_the_contents_is_right(both):
    labels, spots = labels_of(both[0]), spots_of(both[0])
    contents = next(text for text in page_texts(both[0]) if text.startswith("차례"))
    for name in "abcdef":
        printed = re.search(rf"글 {name}[\s.]*(\d+)", contents)
        assert printed, contents
        assert printed[1] == labels[spots[f"post-{name}"][0]]
