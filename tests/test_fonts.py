"""The bundled fonts are what they should be, and the engine is shown them and no others."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from yearbook.assets import asset_dir
from yearbook.errors import OutputError
from yearbook.fonts import fontconfig_text, write_fontconfig

ROOT = Path(__file__).resolve().parents[1]
CHECK = [sys.executable, str(ROOT / "scripts" / "build_fonts.py"), "--check"]

# Lists every font file the given configuration knows, through fontconfig itself, as the engine does.
LIST_FILES = """
import ctypes, ctypes.util, sys
fc = ctypes.CDLL(ctypes.util.find_library("fontconfig") or "libfontconfig.so.1")
class Set(ctypes.Structure):
    _fields_ = [("count", ctypes.c_int), ("size", ctypes.c_int), ("fonts", ctypes.POINTER(ctypes.c_void_p))]
fc.FcInitLoadConfigAndFonts.restype = ctypes.c_void_p
fc.FcConfigGetFonts.restype = ctypes.POINTER(Set)
fc.FcConfigGetFonts.argtypes = [ctypes.c_void_p, ctypes.c_int]
fc.FcPatternFormat.restype = ctypes.c_char_p
fc.FcPatternFormat.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
fonts = fc.FcConfigGetFonts(fc.FcInitLoadConfigAndFonts(), 0).contents
for at in range(fonts.count):
    print(fc.FcPatternFormat(fonts.fonts[at], b"%{family[0]}|%{file}|%{charset}").decode())
"""


def list_fonts(conf: Path) -> dict[str, list[str]]:
    """Give, by family, the files and characters fontconfig knows under `conf`."""
    environment = os.environ | {"FONTCONFIG_FILE": str(conf)}
    command = [sys.executable, "-c", LIST_FILES]
    answer = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    lines = [line.split("|") for line in answer.stdout.splitlines()]
    return {family: [file, characters] for family, file, characters in sorted(lines)}


def test_the_vendored_fonts_are_unmodified() -> None:
    answer = subprocess.run(CHECK, check=False, capture_output=True, text=True)
    assert (answer.returncode, answer.stdout) == (0, "22 fonts are as they should be\n")


def test_the_check_names_every_fault(tmp_path: Path) -> None:
    fonts = tmp_path / "fonts"
    shutil.copytree(asset_dir("fonts"), fonts, copy_function=os.symlink)
    for name in ("NotoSans_400Regular.ttf", "licenses/D2Coding.txt", "NotoEmoji_400Regular.ttf"):
        (fonts / name).unlink()
    (fonts / "NotoSans_400Regular.ttf").write_bytes(b"another font")
    (fonts / "Stranger.ttf").write_bytes(b"a font nobody asked for")
    answer = subprocess.run([*CHECK, "--fonts", fonts], check=False, capture_output=True, text=True)
    assert answer.returncode == 1
    faults = [line.split(":")[0] for line in answer.stdout.splitlines()]
    wanted = ["Stranger.ttf", "NotoEmoji_400Regular.ttf", "NotoSans_400Regular.ttf", "licenses/D2Coding.txt"]
    assert faults == wanted


def test_fontconfig_knows_our_fonts_and_no_others(tmp_path: Path) -> None:
    fonts = list_fonts(write_fontconfig(asset_dir("fonts"), tmp_path))
    assert {Path(file).parent for file, _ in fonts.values()} == {asset_dir("fonts")}
    assert {"Noto Serif KR", "Noto Serif JP", "Pretendard JP", "D2Coding", "Noto Emoji"} <= fonts.keys()


def test_a_space_after_a_symbol_belongs_to_the_text_font(tmp_path: Path) -> None:
    fonts = list_fonts(write_fontconfig(asset_dir("fonts"), tmp_path))
    with_space = {family for family, (_, characters) in fonts.items() if characters.startswith("20")}
    symbols = {"Noto Emoji", "Noto Color Emoji", "Noto Sans Symbols", "Noto Sans Symbols 2", "Noto Sans Math"}
    assert "Noto Serif KR" in with_space
    assert with_space.isdisjoint(symbols)


def test_the_same_arguments_give_the_same_file(tmp_path: Path) -> None:
    first = write_fontconfig(asset_dir("fonts"), tmp_path)
    written = first.read_bytes(), first.stat().st_mtime_ns
    second = write_fontconfig(asset_dir("fonts"), tmp_path)
    assert (second.read_bytes(), second.stat().st_mtime_ns) == written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fontconfig", "fonts-mono.conf"]


@pytest.mark.parametrize(("emoji", "first"), [("mono", "Noto Emoji"), ("colour", "Noto Color Emoji")])
def test_emoji_are_type_or_pictures(emoji: str, first: str) -> None:
    tree = ET.fromstring(fontconfig_text(Path("/fonts"), Path("/cache"), emoji))
    aliases = {alias.findtext("family"): alias.findtext("prefer/family") for alias in tree.iter("alias")}
    assert aliases["emoji"] == first


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    odd = tmp_path / "나의 <글> & 사진"
    odd.mkdir()
    (odd / "one.ttf").symlink_to(asset_dir("fonts") / "NotoSans_400Regular.ttf")
    fonts = list_fonts(write_fontconfig(odd, tmp_path / "a & b"))
    assert {family: file for family, (file, _) in fonts.items()} == {"Noto Sans": str(odd / "one.ttf")}


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written") as caught:
        write_fontconfig(asset_dir("fonts"), tmp_path / "file")
    assert "cache folder" in caught.value.hint
