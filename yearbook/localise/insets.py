"""Formulas become drawings, and what only moves on a screen becomes a card with a code to scan."""

from collections.abc import Iterator

import lxml.html
from lxml.html import HtmlElement

from yearbook.localise.tree import line_of, replace, select
from yearbook.model import Finding, Post, Severity
from yearbook.qr import embed_card
from yearbook.trims import MM_PER_PT, Trim
from yearbook.wording import Wording

_MATH = ".//*[contains(concat(' ', @class, ' '), ' math ')]"
_EMBED = ".//aside[contains(concat(' ', @class, ' '), ' embed ')]"


def draw_formulas(root: HtmlElement, post: Post, trim: Trim) -> Iterator[Finding]:
    """Draws every formula; one that cannot be drawn stays as its TeX, and is a finding."""
    boxes = select(root, _MATH)
    if not boxes:
        return
    # What draws formulas takes a tenth of a second to load, and few chapters have any.
    from yearbook.formula import draw_formula, formula_html

    for box in boxes:
        tex, display = box.text_content(), box.tag == "div" or "display" in box.get("class", "").split()
        drawn = draw_formula(tex, display=display, size_pt=trim.size_pt)
        if isinstance(drawn, str):
            line = line_of(box)
            yield Finding(
                kind="formula",
                severity=Severity.WARNING,
                place=post.place,
                line=post.body_line + line - 1 if line else 0,
                message=f"a formula is printed as TeX: {drawn}: {' '.join(tex.split())[:60]}",
                hint="write it in plainer TeX, or put a picture of it into the post",
            )
        else:
            measure_pt = trim.measure / MM_PER_PT
            html = formula_html(drawn, display=display, leading_pt=trim.leading_pt, measure_pt=measure_pt)
            replace(box, lxml.html.fragment_fromstring(html))


def set_cards(root: HtmlElement, trim: Trim, words: Wording) -> None:
    """Sets every embedded film, post or listing of another site as a card."""
    for aside in select(root, _EMBED):
        card = embed_card(
            kind=aside.get("data-kind", ""),
            title=_text(aside, "embed-title"),
            url=aside.get("data-url", ""),
            words=_text(aside, "embed-text"),
            label=words.video if aside.get("data-kind") in {"video", "audio"} else "",
            leading_pt=trim.leading_pt,
            measure_pt=trim.measure / MM_PER_PT,
        )
        replace(aside, lxml.html.fragment_fromstring(card))


def _text(aside: HtmlElement, name: str) -> str:
    return " ".join(" ".join(p.text_content().split()) for p in select(aside, f".//p[@class='{name}']"))
