"""The text of the styles the engine is given, in the order of the cascade."""

from yearbook.assets import asset_dir
from yearbook.compose import page_css
from yearbook.config import Config
from yearbook.desk import Desk
from yearbook.themes import Theme

_CONCERNS = ("tokens", "base", "page", "text", "figures", "plates", "code", "embeds", "parts")
"""Files of `styles/`, in the order of the cascade."""


def whole_css(desk: Desk, config: Config, *, unnumbered: int) -> str:
    """For a book set as one document: pages know whether they are left or right, and their number."""
    page = page_css(desk.setting.trim, config.page.bleed, facing=True, unnumbered=unnumbered)
    return page + _layer(*_CONCERNS, "heads") + desk.theme.css


def galley_page_css(desk: Desk, config: Config) -> str:
    """The page of a book set piece by piece: the type area is in the middle, nothing stands in the margins.

    It is apart from all other styles because the gutter, and so the margins, are known after the posts are.
    """
    return page_css(desk.setting.trim, config.page.bleed, facing=False)


def galley_css(theme: Theme) -> str:
    """All other styles of a book set piece by piece."""
    return _layer(*_CONCERNS, "furniture") + theme.css


def safe_css() -> str:
    """Added for a piece that the engine could not set."""
    return (asset_dir("styles") / "safe.css").read_text(encoding="utf-8")


def _layer(*names: str) -> str:
    folder = asset_dir("styles")
    text = "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in names)
    return f"@layer yearbook {{\n{text}\n}}\n"
