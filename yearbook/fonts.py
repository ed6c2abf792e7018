"""Writes the private fontconfig that shows the engine our fonts and no others.

What is printed must not depend on the fonts a machine happens to have. This module writes the file and gives
its path; telling the engine about it (`FONTCONFIG_FILE`) is `typeset`'s, and fetching and verifying the fonts
is `scripts/build_fonts.py`'s.
"""

from __future__ import annotations

import tempfile
from html import escape
from pathlib import Path
from typing import Literal

from yearbook.drafts import PREFIX, sweep
from yearbook.errors import OutputError

# Pango keeps a fallback font for the space that follows a symbol, and these fonts' spaces are up to 1.3 em
# wide. Taking the space out of what fontconfig knows of them leaves it to the text font; no font is edited.
SYMBOL_FAMILIES = (
    "Noto Emoji",
    "Noto Color Emoji",
    "Noto Sans Symbols",
    "Noto Sans Symbols 2",
    "Noto Sans Math",
)

# The engine names these generic families when it must choose alone. Pango asks for `emoji` by that name
# whatever the style sheet says, which is why mono or colour is decided here and cannot be in CSS.
GENERIC_FAMILIES = (
    ("serif", ("Noto Serif KR",)),
    ("sans-serif", ("Pretendard JP",)),
    ("monospace", ("D2Coding",)),
)

EMOJI_FAMILIES = {
    "mono": ("Noto Emoji", "Noto Color Emoji"),
    "colour": ("Noto Color Emoji", "Noto Emoji"),
}

# The colour emoji are pictures 136 pixels wide. Systems scale such fonts by a rule of their own, which a
# private configuration does not see; without these two the pictures print ten times too large.
BITMAP_RULES = """\
<match target="font">
  <test name="outline" compare="eq"><bool>false</bool></test>
  <edit name="pixelsizefixupfactor" mode="assign">
    <divide><name target="pattern">pixelsize</name><name target="font">pixelsize</name></divide>
  </edit>
</match>
<match target="font">
  <test name="outline" compare="eq"><bool>false</bool></test>
  <test name="pixelsizefixupfactor" compare="not_eq"><double>1.0</double></test>
  <edit name="matrix" mode="assign">
    <times>
      <name>matrix</name>
      <matrix>
        <name>pixelsizefixupfactor</name><double>0</double>
        <double>0</double><name>pixelsizefixupfactor</name>
      </matrix>
    </times>
  </edit>
  <edit name="size" mode="assign"><divide><name>size</name><name>pixelsizefixupfactor</name></divide></edit>
</match>
"""


def write_fontconfig(fonts_dir: Path, folder: Path, emoji: Literal["mono", "colour"] = "mono") -> Path:
    """Give the path of a fonts.conf in `folder` that knows the fonts of `fonts_dir` only.

    The text depends on the arguments alone. The file appears whole or not at all, so builds that run side by
    side may share the folder; fontconfig keeps its own cache there too.

    Args:
        fonts_dir: The bundled fonts.
        folder: Where the file goes; made if need be.
        emoji: Whether emoji print as type (outlines) or as coloured pictures.

    Raises:
        OutputError: The folder cannot be written.
    """
    text = fontconfig_text(fonts_dir.resolve(), folder.resolve() / "fontconfig", emoji)
    target = folder.resolve() / f"fonts-{emoji}.conf"
    try:
        # Fontconfig would make its own cache folder, but complains when two workers do that at once.
        (folder / "fontconfig").mkdir(parents=True, exist_ok=True)
        _replace(target, text)
    except OSError as error:
        message = f"the font configuration cannot be written: {error.strerror}"
        hint = "choose a cache folder you may write to"
        raise OutputError(message, where=str(target), hint=hint) from error
    return target


def fontconfig_text(fonts_dir: Path, cache_dir: Path, emoji: Literal["mono", "colour"] = "mono") -> str:
    """Give the configuration as text: where the fonts are, how they behave, which stands for which name."""
    spaces = "".join(_without_spaces(family) for family in SYMBOL_FAMILIES)
    aliases = "".join(_alias(generic, families) for generic, families in GENERIC_FAMILIES)
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig>\n'
        f"<dir>{escape(str(fonts_dir), quote=False)}</dir>\n"
        f"<cachedir>{escape(str(cache_dir), quote=False)}</cachedir>\n"
        # The fonts do not change while we run: never look again.
        "<config><rescan><int>0</int></rescan></config>\n"
        f"{spaces}{BITMAP_RULES}{_alias('emoji', EMOJI_FAMILIES[emoji])}{aliases}</fontconfig>\n"
    )


def _without_spaces(family: str) -> str:
    """Give the rule that takes the space and the no-break space from a family's characters."""
    return (
        f'<match target="scan">\n  <test name="family"><string>{family}</string></test>\n'
        '  <edit name="charset" mode="assign">\n'
        "    <minus><name>charset</name><charset><int>0x20</int><int>0xa0</int></charset></minus>\n"
        "  </edit>\n</match>\n"
    )


def _alias(generic: str, families: tuple[str, ...]) -> str:
    """Give the rule by which `generic` means these families, in this order."""
    preferred = "".join(f"<family>{family}</family>" for family in families)
    return f'<alias binding="same"><family>{generic}</family><prefer>{preferred}</prefer></alias>\n'


def _replace(target: Path, text: str) -> None:
    """Write `text` to `target` in one step, unless it says that already."""
    if target.is_file() and target.read_text("utf-8") == text:
        return
    sweep(target.parent)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=PREFIX, delete=False) as file:
        draft = Path(file.name)
    try:
        draft.write_text(text, "utf-8")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
