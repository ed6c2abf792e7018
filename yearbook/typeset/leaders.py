"""A leader is one text; the engine makes a text of its own of each of its dots, the last of the line first.

Whoever copied such a line got a line for each dot, behind the page's number, and each was drawn and read
back alone. The dots stay where they stand.
"""

import importlib
from typing import Any

_SAME_PX = 0.01
"""How far dots set together may be from where each would stand alone."""


def join_leaders() -> None:
    """Makes the engine of this process set leaders so, unless it is one without these private parts."""
    inline: Any = importlib.import_module("weasyprint.layout.inline")
    leaders: Any = importlib.import_module("weasyprint.layout.leader")
    is_known = all(hasattr(inline, name) for name in ("handle_leader", "split_first_line"))
    if not is_known or not hasattr(leaders, "leader_index") or inline.handle_leader.__module__ == __name__:
        return
    by_dots, find = inline.handle_leader, leaders.leader_index

    def handle_leader(context: Any, line: Any, containing_block: Any) -> None:
        index, leader = find(line)
        if index is not None:
            by_dots(context, line, containing_block)
            _join(inline, context, line, leader)

    inline.handle_leader = handle_leader


def _join(inline: Any, context: Any, line: Any, leader: Any) -> None:
    """One text in the place of many, if it is as wide as they are."""
    count = len(leader.children)
    if count < 2 or line.style["direction"] != "ltr":
        return
    first = leader.children[-1]
    text = first.text * count
    layout, length, _, width, *_ = inline.split_first_line(text, first.style, context, None, 0)
    is_alike = length == len(text.encode()) and abs(width - first.width * count) < _SAME_PX
    if is_alike and not first.justification_spacing:
        joined = first.copy_with_text(text)
        joined.width, joined.pango_layout = width, layout
        leader.children = (joined,)
