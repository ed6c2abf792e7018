"""The engine's lines, sooner: most hold one stretch of text and nothing else.

Such a line is put together here step by step as the engine does it, in the order in which it adds: the last
bits count. What is not plain is left to the engine; in columns, whose lines it makes three times over to see
how tall they get, such a line is remembered.
"""

import importlib
from collections.abc import Callable
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
        def make() -> Any:
            return original(
                context, linebox, position_y, bottom_space, skip_stack, containing_block, absolute_boxes,
                fixed_boxes, first_letter_style, first_line_style,
            )  # fmt: skip

        if context.excluded_shapes or first_letter_style or first_line_style:
            return make()
        found = _plain_line(inline, context, linebox, position_y, skip_stack, containing_block)
        if found is not None:
            return found
        if not context.in_column or not _can_be_kept(inline, linebox):
            return make()
        spot = containing_block.content_box_x(), position_y
        key = (_flat(skip_stack), linebox.text_indent, containing_block.width)
        return _kept_line(linebox, key, spot, make)

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


def _can_be_kept(inline: Any, linebox: Any) -> bool:
    """Whether a paragraph holds texts and what is around them, and nothing that stands or moves by itself."""
    known = linebox.__dict__.get("_can_be_kept")
    if known is None:
        known = linebox._can_be_kept = all(
            type(box) in (inline.boxes.TextBox, inline.boxes.InlineBox, inline.boxes.LineBox)
            and (box.style["float"], box.style["position"]) == ("none", "static")
            and not box.is_leader
            for box in (linebox, *linebox.descendants())
        )
    return bool(known)


def _flat(skip_stack: Any) -> tuple[int, ...]:
    """Where a line begins, as something to be found by."""
    path = []
    while skip_stack:
        ((index, skip_stack),) = skip_stack.items()
        path.append(index)
    return tuple(path)


def _kept_line(linebox: Any, key: tuple[Any, ...], spot: tuple[float, float], make: Callable[[], Any]) -> Any:
    """The line that begins there, as it was made before but where it stands now."""
    lines = linebox.__dict__.setdefault("_lines", {})
    if key not in lines:
        line, resume_at = make()
        lines[key] = spot, line and line.deepcopy(), resume_at
        return line, resume_at
    (x, y), line, resume_at = lines[key]
    linebox.position_x, linebox.position_y = spot
    if line is None:
        return None, None
    line = line.deepcopy()
    line.translate(spot[0] - x, spot[1] - y)
    linebox.width, linebox.height = line.width, line.height
    return line, resume_at


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
