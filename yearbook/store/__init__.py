"""The image store and the one HTTP client.

    obtain      places that show a picture -> stored pictures, or why not
    prepare     stored pictures -> pictures made for the page
    images_…    status, verify, update, vendor, prune: looking after them

What may be fetched is decided in `policy`; what an address means, in `addresses`. Nothing here knows
Markdown, HTML or the engine.
"""

from yearbook.store.derive import Wish, judge_resolution, prepare, prepare_all
from yearbook.store.gather import FetchProgress, obtain, silent
from yearbook.store.policy import ImagePolicy, Limits
from yearbook.store.upkeep import (
    ImageChange,
    ImageStatus,
    ImageVerdict,
    PrunedFile,
    VendoredImage,
    images_prune,
    images_status,
    images_update,
    images_vendor,
    images_verify,
)
from yearbook.store.world import Network

__all__ = [
    "FetchProgress",
    "ImageChange",
    "ImagePolicy",
    "ImageStatus",
    "ImageVerdict",
    "Limits",
    "Network",
    "PrunedFile",
    "VendoredImage",
    "Wish",
    "images_prune",
    "images_status",
    "images_update",
    "images_vendor",
    "images_verify",
    "judge_resolution",
    "obtain",
    "prepare",
    "prepare_all",
    "silent",
]
