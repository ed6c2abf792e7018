"""The folders beside the package are found in every shape the package is installed in."""

from __future__ import annotations

from pathlib import Path

import pytest

from yearbook.assets import asset_dir
from yearbook.errors import EngineError

HERE = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", ["styles", "fonts"])
def test_source_tree_and_editable_install(name: str) -> None:
    # An editable install is a line pointing here, so both are the same lookup.
    assert asset_dir(name) == HERE / name


@pytest.mark.parametrize("name", ["styles", "fonts"])
def test_wheel(tmp_path: Path, name: str) -> None:
    package = tmp_path / "site-packages" / "yearbook"
    (package / name).mkdir(parents=True)
    assert asset_dir(name, package) == package / name


def test_a_strangers_folder_in_site_packages_is_not_ours(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "yearbook"
    package.mkdir(parents=True)
    (tmp_path / "site-packages" / "fonts").mkdir()
    with pytest.raises(EngineError, match="fonts/") as caught:
        asset_dir("fonts", package)
    assert caught.value.where == str(package / "fonts")
    assert "install" in caught.value.hint
