"""Addresses as a person would type them."""

import re
from urllib.parse import unquote, urlsplit

_TRACKING = re.compile(r"(^|&)(utm_[a-z]+|fbclid|gclid|igshid)=[^&]*", re.IGNORECASE)


def readable(url: str) -> str:
    """The address as a person would type it: no scheme, no tracking, letters instead of percent signs."""
    parts = urlsplit(url)
    query = _TRACKING.sub("", parts.query).lstrip("&")
    text = parts.netloc + parts.path.rstrip("/") + (f"?{query}" if query else "")
    text += f"#{parts.fragment}" if parts.fragment else ""
    readable = unquote(text, errors="strict") if _decodes(text) else text
    return readable if len(readable) <= 240 else f"{readable[:239]}…"


def _decodes(text: str) -> bool:
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        return False
    return plain.isprintable() and " " not in plain
