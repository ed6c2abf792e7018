"""Areas outside which a page draws nothing, and how much of a line of text they hide. Only `contents` asks.

An area of any shape counts as the upright rectangle around it, so what is said to be hidden is hidden.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from yearbook.preflight.facts import Rectangle, TextRun

Matrix = tuple[float, float, float, float, float, float]
_CLIPS = frozenset({"W", "W*"})
_BELOW, _ABOVE = 0.1, 0.7
"""How far the ink of a line reaches below and above its baseline, as shares of its size, at least."""


def multiply(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that does one thing and then the other.

    >>> multiply((2, 0, 0, 2, 1, 0), (1, 0, 0, 1, 5, 5))
    (2, 0, 0, 2, 6, 5)
    """
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def around(points: Iterable[tuple[float, float]], matrix: Matrix) -> Rectangle:
    """The upright rectangle around the points, moved by the matrix."""
    a, b, c, d, e, f = matrix
    moved = [(x * a + y * c + e, x * b + y * d + f) for x, y in points]
    across, up = [x for x, _ in moved], [y for _, y in moved]
    return min(across), min(up), max(across), max(up)


def meet(one: Rectangle | None, other: Rectangle | None) -> Rectangle | None:
    """What lies in both; None is everywhere.

    >>> meet((0, 0, 4, 4), (2, -1, 9, 3)), meet(None, (0, 0, 1, 1))
    ((2, 0, 4, 3), (0, 0, 1, 1))
    """
    if one is None or other is None:
        return one or other
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


class Outline:
    """The path that is being drawn; looked at only if it clips, since few do."""

    def __init__(self) -> None:
        self._steps: list[tuple[str, Sequence[Any], Matrix]] = []
        self._clips = False

    @property
    def is_begun(self) -> bool:
        """Whether something was added since the last one ended."""
        return bool(self._steps) or self._clips

    def add(self, name: str, operands: Sequence[Any], matrix: Matrix) -> None:
        """Adds a rectangle or a piece of line, or notes that the path is to clip."""
        if name in _CLIPS:
            self._clips = True
        else:
            self._steps.append((name, operands, matrix))

    def end(self, clip: Rectangle | None) -> Rectangle | None:
        """Begins anew; gives the area in which drawing goes on."""
        steps, clips, self._steps, self._clips = self._steps, self._clips, [], False
        if not clips:
            return clip
        boxes = [around(_points(name, operands), matrix) for name, operands, matrix in steps if operands]
        if not boxes:
            return (0.0, 0.0, 0.0, 0.0)
        left, bottom, right, top = zip(*boxes, strict=True)
        return meet(clip, (min(left), min(bottom), max(right), max(top)))


def _points(name: str, operands: Sequence[Any]) -> list[tuple[float, float]]:
    """The points that a step of a path goes through or is drawn towards."""
    values = [float(value) for value in operands]
    if name == "re":
        x, y, width, height = values
        return [(x, y), (x + width, y), (x, y + height), (x + width, y + height)]
    return list(zip(values[::2], values[1::2], strict=True))


def hidden_ink(run: TextRun, clip: Rectangle) -> float:
    """How much of the ink of a line of text an area hides, on the side where it hides most.

    >>> hidden_ink(TextRun(left=0, right=50, low=20, high=20, size=10), (0, 19, 30, 40))
    20
    """
    if run.high - run.low > run.right - run.left:  # it runs upwards
        return max(0.0, clip[0] - run.left, run.right - clip[2], clip[1] - run.low, run.high - clip[3])
    low, high = run.low - _BELOW * run.size, run.high + _ABOVE * run.size
    return max(0.0, clip[0] - run.left, run.right - clip[2], clip[1] - low, high - clip[3])
