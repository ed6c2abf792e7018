#!/usr/bin/env python3
"""Fetches the bundled fonts again from where they came, proves each one, and writes fonts/fonts.lock.json.

    python scripts/build_fonts.py            fetch, verify, copy unchanged, write the lock file
    python scripts/build_fonts.py --check    only hash the vendored files again; needs no network

The fonts are vendored, so this is their provenance and not a step of any build: registries drop old versions.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

FONTS = Path(__file__).resolve().parents[1] / "fonts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """One font file, as it must be."""

    file: str
    """Its name here; the name it has in its package too."""
    folder: str
    """Where in the package it lies."""
    bytes: int
    """Its size."""
    sha256: str
    """Its hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package of a registry, the fonts taken from it, and their licence."""

    kind: str
    """`npm` or `deb`."""
    name: str
    """The package's name."""
    version: str
    """Its exact version."""
    integrity: str
    """What the registry says the archive hashes to: `sha512-…` or `sha256-…`, base64."""
    licence: str
    """Where in the package the licence of the fonts lies; empty if it forgot to bring one."""
    licence_file: str
    """What the licence is called in fonts/licenses/."""
    fonts: tuple[Font, ...]
    """What is taken."""

    @property
    def spec(self) -> str:
        """The exact package, written as its registry's client wants it."""
        return f"{self.name}@{self.version}" if self.kind == "npm" else f"{self.name}={self.version}"


def google(name: str, version: str, integrity: str, *fonts: Font) -> Package:
    """Give the package in which Google's font `name` comes whole, as plain TrueType files."""
    family = fonts[0].file.partition("_")[0]
    return Package(
        kind="npm",
        name=f"@expo-google-fonts/{name}",
        version=version,
        integrity=integrity,
        licence="LICENSE_FONT",  # the LICENSE beside it is the package's own
        licence_file=f"{family}.txt",
        fonts=fonts,
    )


def cut(family: str, weight: str, size: int, sha256: str) -> Font:
    """Give one weight of a font from a package made by `google`."""
    return Font(file=f"{family}_{weight}.ttf", folder=weight, bytes=size, sha256=sha256)


# fmt: off
PACKAGES = (
    google(
        "noto-serif-kr", "0.4.3",
        "sha512-thoZx9Dcr4CrjFdhOAVJXuv31rkirogUHkY0XUBybyC97NBO18Q2/achY+KfvLVabEZvmEEAH829Y9YUALZbIQ==",
        cut("NotoSerifKR", "400Regular", 14075348,
            "c8c5922208f207214ce01791290621c28fda4ff788bd4dddc511aaebf61f4a74"),
        cut("NotoSerifKR", "700Bold", 14079016,
            "a73b9f92a4f18ec965695d80653d3e2b760343bd8f8169682bc0c9d26cfaeffd"),
    ),
    google(
        "noto-serif-jp", "0.4.3",
        "sha512-IxEWO9BPugsyuOf57Bx1qkR4J8EnGnF0ZPBBOPyFa1qJyfW8Dcuwn5OIGa9om+PhFO1/E1dQjZCygqaY6uAubg==",
        cut("NotoSerifJP", "400Regular", 7682584,
            "5a04846a0e23acefae825f2f459205036a166f5a63462019ce3492d07bd20e92"),
        cut("NotoSerifJP", "700Bold", 7677168,
            "370341f60a5a33dff0dd66e9fb04ddb7523846d4800e4e2cd8fba0bf715d44ea"),
    ),
    google(
        "noto-serif-sc", "0.4.3",
        "sha512-fSmUpiSFtSeyHV45/2xUOy5SdfExklQwwMKN3cQjAZAujITHDmSbpMHCVdCMhRqMjQtu0ZRgc29u8A+CU3akfw==",
        cut("NotoSerifSC", "400Regular", 14807636,
            "c358a69de3df5f423a8946a7b03e3126fb6ba116f1130a463455b4e39e1f0742"),
        cut("NotoSerifSC", "700Bold", 14806580,
            "9c6a2ba736e4b499c84f65ce366bd3625c0401885fd3e585ace50fb738b96ff6"),
    ),
    google(
        "noto-serif-tc", "0.4.4",
        "sha512-nNbTm4wez1oXI5K3296eY+S4Ud3aFigjmX0mwxV7L6F1GDCwqMdO5tfgGl4fhLti25GAmaKZy7HkiY6pYcEMlQ==",
        cut("NotoSerifTC", "400Regular", 9956844,
            "b0acf9799d5dc656cdeff077d36b2ee9032b762e05b3f8a7b76c81dee4eec08c"),
        cut("NotoSerifTC", "700Bold", 9959636,
            "98c207d0254a6b0b4b5611dd8d5bcc37af4482494477d43eba6b2409ed083140"),
    ),
    Package(
        kind="npm", name="pretendard-jp", version="1.3.9",
        integrity="sha512-F00fRLyHa9IQh80hj80Z3wEDamD1gFStFKY2yQUdugQp+54mk7LEEuB3uRxgWk2EMLvigr2Zc34hKTe2X9okuQ==",
        licence="dist/LICENSE.txt", licence_file="PretendardJP.txt",
        fonts=(
            Font(file="PretendardJP-Regular.ttf", folder="dist/public/static/alternative", bytes=5462268,
                 sha256="b14698ed6d82737f45e918d079bca6fc498a107bcb094b56c5229dbddf3246d3"),
            Font(file="PretendardJP-SemiBold.ttf", folder="dist/public/static/alternative", bytes=5439200,
                 sha256="3d5876966f063d6dea569ed843ff328557ffab56fedfef9327106c5ea638882f"),
        ),
    ),
    Package(
        kind="npm", name="d2coding", version="1.3.2",
        integrity="sha512-g+Dgy1ZSAKTgWIl2jhpr6K3keFic8aapOFlVh74eoBYPbjGq5lMdEzANG5w6hFX1fzQBsaAzhuTYICRjyt4OcA==",
        licence="", licence_file="D2Coding.txt",
        fonts=(
            Font(file="d2coding-full.ttf", folder="fonts", bytes=4185844,
                 sha256="8b1b23e5de4dff652fb0b938528150d2f531edfda281d3944618b655711aba84"),
            Font(file="d2coding-bold-full.ttf", folder="fonts", bytes=4359956,
                 sha256="dde75df435f061eaa0f6db84b1c30866aaa442d7038aaa62ea3c2be92f15d87d"),
        ),
    ),
    google(
        "source-serif-4", "0.4.1",
        "sha512-Ej4UXDjW1kwYPHG8YLq6fK1bqnJGb3K35J3S5atSL0ScKFAFLKvndxoTWeCls7mybtlS9x99hzwDeXCBkiI3rA==",
        cut("SourceSerif4", "400Regular", 329948,
            "d47da11c5f55f031d9ec54c3172865d76009b2cbab5c706dfa73866b00096639"),
        cut("SourceSerif4", "400Regular_Italic", 208212,
            "8abc06ebcf3a84d6e18763fad2fd237c9149104f16963f459c8763390048aff2"),
        cut("SourceSerif4", "700Bold_Italic", 208300,
            "e22a3787d4ee1fe51b331b4bcb342fcb4451424065e862e5569c5fd8c8706554"),
    ),
    google(
        "noto-sans", "0.4.2",
        "sha512-zYD8G2ijWLxqmquoQgghNh/x9p0yxWwArD0oxO1oXY1qx5vOd4t0Kbhnu/Cx8RTy08OgA8RtxuULZFaXwVPnPw==",
        cut("NotoSans", "400Regular", 629024,
            "fe8c022f48d8dd29f17b744d16f9346f4357e16f7d4f7be58b000ae7c291b614"),
        cut("NotoSans", "600SemiBold", 631364,
            "e691fe27813ec6ed11d0a5be4c6c1f6739996ed682462eaa3244a6185217dd6c"),
    ),
    google(
        "noto-sans-symbols", "0.4.1",
        "sha512-LlXM1nLfz0FO1UA/COHlVau8DcDsvex3uWVA/BqeT8tJt+Hk8ju5XfmoShdjiW8IP4Z3ukKp7VFh4DDmNImYKA==",
        cut("NotoSansSymbols", "400Regular", 185152,
            "aedeec1cd0514930aeeafc4a88a6deff83cda1e6b58086f0b9bb9c7dd0157578"),
    ),
    google(
        "noto-sans-symbols-2", "0.4.1",
        "sha512-jFymG5s4OLlXpy9E9FQvSXpSnf43BIYcJiPXEHSw6LFNvbahkjmUWb/cj4vsX/KdUksGLTPbjB9iRuu8L3yJ8A==",
        cut("NotoSansSymbols2", "400Regular", 1228868,
            "f67f40c65f929f029827ab37cfdc4897dfd9ae3c28d9e98ba46e0d52e39eb97e"),
    ),
    google(
        "noto-sans-math", "0.4.2",
        "sha512-Kgj0kKibznTLYcbpR8Tk2ybr76uMOyrlyoP5F9G+0UiJzAMA4zG/XIlrgXKzfFGERhA0Rc3vbwDeeTxwXPlaYg==",
        cut("NotoSansMath", "400Regular", 1004120,
            "b4a1dfdbfa13b4755e5eac20cb25c1d17ed5a745ceb89639595e8cf45a2b1e07"),
    ),
    google(
        "noto-emoji", "0.4.7",
        "sha512-Gs7URwtKmCzzdGUTYbG8MIohyaQPgGxIaQG5hvyEAaQiEGJpQy6gyP3NDICE0EJkOJFoe1JFD3Hf1L4a3qe4KA==",
        cut("NotoEmoji", "400Regular", 886572,
            "24aaa2a20c9c06ffe9bf04284bfd1f14376a329d10122f902abe2770817eb504"),
    ),
    Package(
        kind="deb", name="fonts-noto-color-emoji", version="2.042-0+deb12u1",
        integrity="sha256-pasPaceThCOGIyDZrKXdGHs/2HnWqaV91S4Xw/qNJ1E=",
        licence="usr/share/doc/fonts-noto-color-emoji/copyright", licence_file="NotoColorEmoji.txt",
        fonts=(
            Font(file="NotoColorEmoji.ttf", folder="usr/share/fonts/truetype/noto", bytes=10980856,
                 sha256="e5899ed38b8ed83e08bd3ac5de09791e9d19d288333a796de1d35ad17396f1ec"),
        ),
    ),
)
# fmt: on

# D2Coding's package has no licence text; its name table names the licence (OFL 1.1) and this owner.
D2CODING_OWNER = "Copyright (c) 2015-2016 NHN Corporation. All rights reserved. Font designed by FONTRIX Inc."


def lock_text() -> str:
    """Give the text of fonts.lock.json: one entry per font file, sorted by its name."""
    entries = {
        font.file: {
            "source": f"{package.kind} {package.spec}",
            "member": f"{font.folder}/{font.file}",
            "integrity": package.integrity,
            "licence": f"licenses/{package.licence_file}",
            "bytes": font.bytes,
            "sha256": font.sha256,
        }
        for package in PACKAGES
        for font in package.fonts
    }
    return json.dumps(entries, indent=1, sort_keys=True) + "\n"


def find_faults(folder: Path) -> list[str]:
    """Give what is wrong with the vendored fonts of `folder`, one line each; nothing if all is well."""
    faults = []
    fonts = {font.file: font for package in PACKAGES for font in package.fonts}
    for stranger in sorted({path.name for path in folder.glob("*.ttf")} - fonts.keys()):
        faults.append(f"{stranger}: not in the table of {Path(__file__).name}")
    for name, font in sorted(fonts.items()):
        if not (folder / name).is_file():
            faults.append(f"{name}: missing")
        elif (found := hash_of(folder / name)) != font.sha256:
            faults.append(f"{name}: sha256 is {found}, not {font.sha256}")
    for package in PACKAGES:
        licence = folder / "licenses" / package.licence_file
        if not licence.is_file() or "SIL OPEN FONT LICENSE" not in licence.read_text("utf-8"):
            faults.append(f"licenses/{package.licence_file}: missing, or not the licence")
    lock = folder / "fonts.lock.json"
    if not lock.is_file() or lock.read_text("utf-8") != lock_text():
        faults.append("fonts.lock.json: does not say what the table says")
    return faults


def hash_of(path: Path) -> str:
    """Give the file's sha256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(package: Package, work: Path) -> Path:
    """Fetch and unpack one package into `work`; give the folder its members are in."""
    if package.kind == "npm":
        run("npm", "pack", "--silent", package.spec, cwd=work)
        archive = next(work.glob("*.tgz"))
        verify_archive(package, archive)
        run("tar", "-xzf", archive.name, cwd=work)
        return work / "package"
    run("apt-get", "download", "-q", package.spec, cwd=work)
    archive = next(work.glob("*.deb"))
    verify_archive(package, archive)
    run("dpkg-deb", "-x", archive.name, "package", cwd=work)
    return work / "package"


def run(*command: str, cwd: Path) -> None:
    """Run a tool in a folder and stop if it fails; what it says on stdout is of no use here."""
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def verify_archive(package: Package, archive: Path) -> None:
    """Stop unless the fetched archive hashes to what the registry promised when the font was chosen."""
    algorithm, _, wanted = package.integrity.partition("-")
    with archive.open("rb") as file:
        found = base64.b64encode(hashlib.file_digest(file, algorithm).digest()).decode()
    if found != wanted:
        sys.exit(f"{package.spec}: the archive's {algorithm} is {found}, not {wanted}")


def vendor(package: Package, folder: Path) -> None:
    """Copy the package's fonts, unchanged, and their licence into `folder`."""
    with tempfile.TemporaryDirectory() as work:
        members = fetch(package, Path(work))
        for font in package.fonts:
            (folder / font.file).write_bytes((members / font.folder / font.file).read_bytes())
        if package.licence:
            licence = (members / package.licence).read_bytes()
            (folder / "licenses" / package.licence_file).write_bytes(licence)


def write_d2coding_licence(folder: Path) -> None:
    """Write the Open Font License under D2Coding's own copyright line; its package forgot to bring it."""
    text = (folder / "licenses" / "NotoSans.txt").read_text("utf-8")
    _, _, licence = text.partition("\n")
    (folder / "licenses" / "D2Coding.txt").write_text(f"{D2CODING_OWNER}\n{licence}", "utf-8", newline="\n")


def fetch_all(folder: Path) -> None:
    """Fetch every package and write the lock file."""
    (folder / "licenses").mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        print(f"fetching {package.spec}")
        vendor(package, folder)
    write_d2coding_licence(folder)
    (folder / "fonts.lock.json").write_text(lock_text(), "utf-8", newline="\n")


def main() -> int:
    """Fetch or check; give 0 if every font is what it should be."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--check", action="store_true", help="only hash the vendored files again")
    parser.add_argument("--fonts", type=Path, default=FONTS, metavar="DIR", help="another folder")
    arguments = parser.parse_args()
    if not arguments.check:
        fetch_all(arguments.fonts)
    faults = find_faults(arguments.fonts)
    count = sum(len(package.fonts) for package in PACKAGES)
    print("\n".join(faults) or f"{count} fonts are as they should be")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
