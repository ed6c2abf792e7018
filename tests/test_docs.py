"""What the documents promise is there."""

import re
from pathlib import Path

import pytest

from yearbook.errors import ExitCode
from yearbook.report import KINDS

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "fonts/README.md",
]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_inside_the_project_leads_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_the_manual_names_every_exit_code():
    manual = (ROOT / "docs/command.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert re.search(rf"\b{int(code)}\b", manual.split("## Exit codes")[1]), code


def test_every_make_target_of_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", readme, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_kind_of_finding_is_explained():
    manual = (ROOT / "docs/findings.md").read_text(encoding="utf-8")
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "yearbook").rglob("*.py"))
    kinds = set(re.findall(r"Finding\(\s*kind=\"([a-z-]+)\"", sources))
    assert len(kinds) > 10
    for kind in kinds:
        assert f"`{kind}`" in manual, kind
    table = set(re.findall(r"^\| (`[a-z0-9`, -]+`) \|", manual, re.MULTILINE))
    explained = {kind for cell in table for kind in re.findall(r"`([a-z0-9-]+)`", cell)}
    assert explained == set(KINDS)
    assert kinds <= KINDS


def test_every_test_that_the_security_page_names_exists():
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    source = ""
    count = 0
    for name in re.findall(r"`(test_\w+\.py|test_\w+\*?(?:\[\w+\])?)`", page):
        if name.endswith(".py"):
            source = (ROOT / "tests" / name).read_text(encoding="utf-8")
        else:
            stem = name.partition("[")[0]
            pattern = rf"def {stem[:-1]}\w*\(" if stem.endswith("*") else rf"def {stem}\("
            assert re.search(pattern, source), name
            count += 1
    assert count > 40
