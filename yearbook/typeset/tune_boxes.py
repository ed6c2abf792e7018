"""The engine's questions about boxes, sooner: most stand in the flow, beside no float, on no ground.

Each function here gives the very value that the engine's gives, and leaves to it what is not plain.
"""

import importlib
from collections.abc import Iterator
from typing import Any

from yearbook.typeset.engine import Undo, replace_function, replace_method

_FLOWING = frozenset({"static", "relative"})
_CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")
_SQUARE = {f"border_{corner}_radius": (0, 0) for corner in _CORNERS}


def tune_boxes() -> list[Undo]:
    """Makes the engine of this process ask less; gives what undoes it."""
    return [_tune_flow(), _tune_descendants(), _tune_floats(), _tune_grounds()]


def _tune_flow() -> Undo:
    """Five questions are one when the answer is yes."""
    box_type = importlib.import_module("weasyprint.formatting_structure.boxes").Box
    original = box_type.is_in_normal_flow

    def is_in_normal_flow(self: Any) -> bool:
        style = self.style
        return (style["float"] == "none" and style["position"] in _FLOWING) or original(self)

    return replace_method(box_type, "is_in_normal_flow", is_in_normal_flow)


def _tune_descendants() -> Undo:
    """A generator for each box of a page, inside the generators of all boxes around it, is one loop."""
    box_type = importlib.import_module("weasyprint.formatting_structure.boxes").Box
    original = box_type.descendants

    def descendants(self: Any, placeholders: bool = False) -> Iterator[Any]:
        if placeholders:
            yield from original(self, placeholders)
            return
        waiting = [self]
        while waiting:
            box = waiting.pop()
            yield box
            if isinstance(box, box_type):
                waiting.extend(reversed(box.children))

    return replace_method(box_type, "descendants", descendants)


def _tune_floats() -> Undo:
    """A line beside no float has the width of what holds it."""
    original = importlib.import_module("weasyprint.layout.float").avoid_collisions

    def avoid_collisions(context: Any, box: Any, containing_block: Any, outer: bool = True) -> Any:
        plain = box.style["float"] == "none" and containing_block.style["direction"] == "ltr"
        if not plain or context.excluded_shapes:
            return original(context, box, containing_block, outer)
        left = containing_block.content_box_x()
        right = left + containing_block.width
        if outer:
            return left, box.position_y, right - left
        # In the order in which the engine adds: the last bits count.
        left += box.margin_left
        right -= box.margin_right
        return left - box.margin_left, box.border_box_y() - box.margin_top, right - left

    return replace_function("avoid_collisions", original, avoid_collisions)


def _tune_grounds() -> Undo:
    """Most boxes have no background, no shadow and no round corner, and their style says so once for all."""
    original = importlib.import_module("weasyprint.layout.background").layout_box_backgrounds
    box_type = importlib.import_module("weasyprint.formatting_structure.boxes").Box

    def layout_box_backgrounds(
        page: Any, box: Any, get_image: Any, layout_children: bool = True, style: Any = None
    ) -> None:
        # What stands for a box that is placed later keeps nothing that is written into it.
        is_plain = style is None and box is not page and isinstance(box, box_type) and is_bare(box.style)
        if not is_plain:
            original(page, box, get_image, layout_children, style)
            return
        box.__dict__.update(_SQUARE)
        if layout_children:
            for child in box.all_children():
                layout_box_backgrounds(page, child, get_image)
        box.background = None

    return replace_function("layout_box_backgrounds", original, layout_box_backgrounds)


def is_bare(style: Any) -> bool:
    """Whether a box of that style has nothing behind it."""
    known = style.__dict__.get("_is_bare")
    if known is None:
        known = style._is_bare = _has_nothing_behind(style)
    return bool(known)


def _has_nothing_behind(style: Any) -> bool:
    color = importlib.import_module("weasyprint.draw.color").get_color
    return (
        style["border_image_source"][0] == "none"
        and style["mask_border_source"][0] == "none"
        and style["visibility"] != "hidden"
        and not any(value for _, value in style["background_image"])
        and color(style, "background_color").alpha == 0
        and not style["box_shadow"]
        and all((0, "px") in style[f"border_{corner}_radius"] for corner in _CORNERS)
    )
