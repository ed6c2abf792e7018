"""Carries styles/ and fonts/, which stand beside the package, into the wheel as part of it."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface[Any]):
    """Adds the folders to a real wheel only: an editable install reads them where they stand."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Tell hatchling which folders travel, and where they land."""
        # Plain `force-include` would also copy the 91 MB of fonts into every editable install.
        if version != "editable":
            build_data["force_include"] |= {"styles": "yearbook/styles", "fonts": "yearbook/fonts"}
