"""The image store and the one HTTP client.

    obtain      places that show a picture -> stored pictures, or why not
    prepare     stored pictures -> pictures made for the page
    confirm     what preparing proved
    upkeep      status, verify, update, vendor, prune: looking after them; not loaded for a book

What may be fetched is decided in `policy`; what an address means, in `addresses`. Nothing here knows
Markdown, HTML or the engine.
"""

from typing import TYPE_CHECKING

from yearbook.lazy import members_of
from yearbook.store.derive import Wish, judge_resolution, prepare, prepare_all
from yearbook.store.gather import FetchProgress, confirm, obtain, silent
from yearbook.store.policy import ImagePolicy, Limits

if TYPE_CHECKING:
    from yearbook.store.world import Network

__all__ = [
    "FetchProgress",
    "ImagePolicy",
    "Limits",
    "Network",
    "Wish",
    "confirm",
    "judge_resolution",
    "obtain",
    "prepare",
    "prepare_all",
    "silent",
]

__getattr__ = members_of(__name__, {"Network": "world"})
