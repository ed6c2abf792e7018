"""Which engine is known: whether it can set pieces is asked without loading it."""

from yearbook.assets import version_of

ENGINE = "70."
"""Versions of the engine whose private parts were read."""


def knows_engine() -> bool:
    """Whether the installed engine is one whose private parts were read; it is not loaded for this."""
    return version_of("weasyprint").startswith(ENGINE)
