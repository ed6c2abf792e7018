"""The engine's lines, sooner: most hold one stretch of text and nothing else.

Such a line is put together here step by step as the engine does it, in the order in which it adds: the last
bits count. What is not plain is left to the engine.
"""

import importlib
from typing import Any

from yearbook.typeset.engine import Undo, replace_function

_ROUNDING = 1 + 1e-9
"""By so much the engine widens each line."""


def tune_lines() -> list[Undo]:
    """Makes the engine of this process put lines together sooner; gives what undoes it."""
    inline = importlib.import_module("weasyprint.layout.inline")
    original = inline.get_next_linebox

    def get_next_linebox(
        context: Any, linebox: Any, position_y: Any, bottom_space: Any, skip_stack: Any,
        containing_block: Any, absolute_boxes: Any, fixed_boxes: Any, first_letter_style: Any,
        first_line_style: Any,
    ) -> Any:  # fmt: skip
        if not (context.excluded_shapes or first_letter_style or first_line_style):
            found = _plain_line(inline, context, linebox, position_y, skip_stack, containing_block)
            if found is not None:
                return found
        return original(
            context, linebox, position_y, bottom_space, skip_stack, containing_block, absolute_boxes,
            fixed_boxes, first_letter_style, first_line_style,
        )  # fmt: skip

    return [replace_function("get_next_linebox", original, get_next_linebox)]


def _plain_line(
    inline: Any, context: Any, linebox: Any, position_y: float, skip_stack: Any, containing_block: Any
) -> Any:
    """The next line and where the one behind it begins, if it holds part of one text; else None."""
    index, inside = (0, None) if skip_stack is None else next(iter(skip_stack.items()))
    if index >= len(linebox.children):
        return None
    box = linebox.children[index]
    if type(box) is not inline.boxes.TextBox or not _is_plain(linebox.style) or not _is_plain(box.style):
        return None
    skip = next(iter(inside)) if inside else 0
    text = box.text.encode()[skip:].decode() if skip else box.text
    written = text.lstrip(" ")
    skip += len(text) - len(written)
    if not written:
        return None

    linebox.width = linebox.height = 0
    linebox.position_y = position_y
    left, _, width = inline.avoid_collisions(context, linebox, containing_block, outer=False)
    linebox.position_x = left
    box.position_y = position_y
    inline.resolve_percentages(box, containing_block)
    box.position_x = left + linebox.text_indent
    end = (left + width) * _ROUNDING
    layout, length, resume, text_width, height, baseline = inline.split_first_line(
        written, box.style, context, end - box.position_x, box.justification_spacing, is_line_start=True
    )
    if length <= 0 or layout.text.endswith(" "):
        return None
    if resume is None:
        is_whole = index == len(linebox.children) - 1
    else:
        is_whole = not written.encode()[length:resume].strip(b" ")
    if not is_whole:
        return None
    new = _text(inline, box, layout, text_width, height, baseline)
    if new.position_x + new.margin_width() > end:
        return None

    line = linebox.copy_with_children([new])
    line.remove_decoration(start=bool(index or skip), end=resume is not None)
    line.width = new.position_x + new.margin_width() - line.content_box_x()
    inline._adjust_line_height(line)
    linebox.width, linebox.height = line.width, line.height
    offset = inline.text_align(context, line, width, last=resume is None)
    _place(line, new, offset, position_y)
    return line, None if resume is None else {index: {resume + skip: None}}


def _is_plain(style: Any) -> bool:
    known = style.__dict__.get("_is_plain_text")
    if known is None:
        known = style._is_plain_text = (
            style["direction"] == "ltr"
            and style["float"] == "none"
            and style["position"] == "static"
            and style["white_space"] == "normal"
            and style["vertical_align"] == "baseline"
            and style["font_size"] > 0
        )
    return bool(known)


def _text(inline: Any, box: Any, layout: Any, width: float, height: float, baseline: float) -> Any:
    """The text on the line, as high as its style's lines are."""
    new = box.copy_with_text(layout.text)
    new.width, new.height = width, height
    new.pango_layout = layout
    line_height, _ = inline.strut(new.style)
    new.margin_top = new.margin_bottom = (line_height - height) / 2
    new.baseline = baseline + new.margin_top
    return new


def _place(line: Any, text: Any, offset: float, position_y: float) -> None:
    """Puts the text on the line's baseline, and the line where it stands."""
    text.position_y = 0 - text.baseline
    top = 0 - line.baseline
    bottom = max(text.position_y + text.margin_height(), top + line.margin_height())
    top = min(text.position_y, top)
    line.baseline = -top
    line.position_y = top
    line.height = bottom - top
    line.margin_top = line.margin_bottom = 0
    line.translate(offset, position_y - top)
    line.position_y = position_y
