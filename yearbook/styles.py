"""The text of the styles the engine is given, in the order of the cascade."""

from yearbook.assets import asset_dir
from yearbook.compose import page_css
from yearbook.config import Config
from yearbook.desk import Desk

_CONCERNS = ("tokens", "base", "page", "text", "figures", "plates", "code", "embeds", "parts")
"""Files of `styles/`, in the order of the cascade."""


def whole_css(desk: Desk, config: Config, *, unnumbered: int) -> str:
    """For a book set as one document: pages know whether they are left or right, and their number."""
    page = page_css(desk.setting.trim, config.page.bleed, facing=True, unnumbered=unnumbered)
    return page + _layer(*_CONCERNS, "heads") + desk.theme.css


def galley_css(desk: Desk, config: Config) -> str:
    """For a book set piece by piece: the type area is in the middle, and nothing stands in the margins."""
    page = page_css(desk.setting.trim, config.page.bleed, facing=False)
    return page + _layer(*_CONCERNS, "furniture") + desk.theme.css


def safe_css() -> str:
    """Added for a piece that the engine could not set."""
    return (asset_dir("styles") / "safe.css").read_text(encoding="utf-8")


def _layer(*names: str) -> str:
    folder = asset_dir("styles")
    text = "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in names)
    return f"@layer yearbook {{\n{text}\n}}\n"
