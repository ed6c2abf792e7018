"""kramdown as Jekyll means it: text cases, bounds of time, and what must come out unharmed."""

from pathlib import Path

import pytest

from yearbook.render.kramdown import kramdown_to_html

CASES = Path(__file__).parent / "cases" / "kramdown"


def read_cases() -> list[tuple[str, str, str]]:
    """Every case: title, input and expected HTML, divided by lines that hold a single dot."""
    found = []
    for source in sorted(CASES.glob("*.txt")):
        parts = ("\n" + source.read_text(encoding="utf-8")).split("\n.\n")
        for title, given, expected in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
            found.append((f"{source.stem}: {title.strip()}", given, expected))
    return found


@pytest.mark.parametrize(("given", "expected"), [pytest.param(g, e, id=t) for t, g, e in read_cases()])
def test_case(given: str, expected: str) -> None:
    assert kramdown_to_html(given) == expected.strip("\n")
