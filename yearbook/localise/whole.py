"""All of a chapter settled, step by step."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from yearbook.fill import Adjustment
from yearbook.listings import set_listings
from yearbook.localise.flow import break_long_words, keep_short_quotes, number_lists, set_signs_apart
from yearbook.localise.galleries import join_neighbours
from yearbook.localise.insets import draw_formulas, set_cards
from yearbook.localise.links import settle_links
from yearbook.localise.openings import choose_opening, set_opening
from yearbook.localise.place import move_later, number_pictures, place_pictures, put_hero, tighten
from yearbook.localise.plates import set_plates, without_plates
from yearbook.localise.scripts import mark_scripts
from yearbook.localise.tables import set_tables, turned_tables
from yearbook.localise.tree import parse, serialise
from yearbook.localise.values import Picture, Setting, Targets
from yearbook.localise.words import keep_words
from yearbook.model import Chapter


def localise(
    chapter: Chapter,
    *,
    pictures: Mapping[str, Picture],
    targets: Targets,
    setting: Setting,
    adjustments: Mapping[str, Adjustment] = MappingProxyType({}),
) -> Chapter:
    """The chapter with every picture and link settled.

    Args:
        chapter: as rendered.
        pictures: by address as written; an address that is not there is a bug.
        targets: what links may lead to.
        setting: the page and its words.
        adjustments: wishes for single pictures by their anchor, so that pages fill.
    """
    root = parse(chapter.html)
    number_pictures(root, chapter)
    put_hero(root, chapter, pictures)
    opening = choose_opening(root, pictures, setting)
    join_neighbours(root, pictures)
    set_plates(root, pictures, setting, adjustments)
    move_later(without_plates(root.iter("figure")), adjustments)
    place_pictures(root, pictures, setting, adjustments)
    tighten(root, adjustments.get(chapter.id))
    set_listings(root, setting.trim, setting.words.goes_on)
    set_cards(root, setting.trim, setting.words)
    findings = (
        *chapter.findings,
        *draw_formulas(root, chapter.post, setting.trim),
        *settle_links(root, chapter.post, targets, setting),
    )
    number_lists(root)
    keep_short_quotes(root)
    break_long_words(root)
    set_signs_apart(root)
    mark_scripts(root, chapter.post.language)
    keep_words(root, prose=setting.keep_words == "prose")
    set_tables(root, setting.trim, chapter.id)
    move_later(turned_tables(root), adjustments)
    above = set_opening(opening, pictures, setting, chapter.post.language)
    return dataclasses.replace(chapter, opening=above, html=serialise(root), findings=findings)
