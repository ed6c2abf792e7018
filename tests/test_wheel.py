"""The wheel has everything a book needs: installed where nothing else is, it typesets a page."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pikepdf
import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel, and the page that it typeset by itself."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, ROOT / "scripts" / "try_wheel.py", target, "--borrow"]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return target


def test_the_wheel_carries_the_assets_and_nothing_of_the_workshop(tried: Path) -> None:
    (wheel,) = tried.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    fonts = {f"yearbook/fonts/{font.name}" for font in (ROOT / "fonts").glob("*.ttf")}
    styles = {f"yearbook/styles/{style.name}" for style in (ROOT / "styles").glob("*.css")}
    templates = {str(file.relative_to(ROOT)) for file in (ROOT / "yearbook" / "templates").rglob("*.html*")}
    assert len(fonts) == 22
    assert styles
    assert templates
    assert fonts | styles | templates | {"yearbook/fonts/licenses/NotoSerifKR.txt"} <= names
    assert {name.split("/")[0] for name in names} == {"yearbook", "yearbook-0.1.0.dist-info"}


def test_the_installed_wheel_typesets_a_page_with_its_own_fonts(tried: Path) -> None:
    with pikepdf.open(tried / "one-page.pdf") as pdf:
        assert len(pdf.pages) > 0
        fonts = [thing for thing in pdf.objects if is_font(thing)]
        descriptors = [font.DescendantFonts[0].FontDescriptor for font in fonts]
        families = {str(descriptor.FontName).partition("+")[2] for descriptor in descriptors}
        assert all("/FontFile2" in descriptor for descriptor in descriptors)
        assert all("/ToUnicode" in font for font in fonts)
    assert any(name.startswith("Noto-Serif-KR") for name in families)
    assert any(name.startswith("D2Coding") for name in families)


def is_font(thing: pikepdf.Object) -> bool:
    """Whether this is a font as text uses it, with its descendant in it."""
    return isinstance(thing, pikepdf.Dictionary) and "/DescendantFonts" in thing
