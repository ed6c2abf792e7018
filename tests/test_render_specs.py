"""The CommonMark and GitHub specifications, where their texts have been fetched."""

import pytest

from tests.render_specs import FOLDER, score

pytestmark = pytest.mark.skipif(
    not (FOLDER / "gfm.txt").exists(), reason="not fetched: run python tests/render_specs.py"
)

# Bare addresses are links in every blog engine; this section's examples say they are not.
DELIBERATE = {"Autolinks": 3}


def test_commonmark():
    result = score("commonmark", extensions=False)
    assert result.total - result.full <= sum(DELIBERATE.values())
    assert {example.section for example in result.different} <= DELIBERATE.keys()
    assert result.block == result.total


def test_github_extensions():
    result = score("gfm", extensions=True)
    # GitHub refuses some raw HTML that `clean` drops later.
    assert {example.section for example in result.different} <= {"Disallowed Raw HTML (extension)"}
    assert result.total - result.full <= 1
