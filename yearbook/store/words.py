"""Reasons, as a person reads them in the box on the page and in the report.

Pure. Every slug that `MissingImage.reason` can hold is a row of the table.
"""

from yearbook.model import MissingImage
from yearbook.store.addresses import Address

_HINTS = {
    "missing": "check the address; if the repository is private, run once with --auth",
    "no-rights": "run with --auth and a token that may read the repository, then `yearbook images vendor`",
    "signed-link": "this link lived for five minutes only: paste the Markdown link of the picture instead",
    "malformed": "write the address anew; spaces and backslashes are not allowed in it",
    "blocked": "add the host to images.allow_hosts in yearbook.toml, or use --allow-any-host",
    "private-address": "a picture on a private network needs --mirror, or a copy in the blog",
    "offline": "run `yearbook fetch` with a network, or `yearbook images vendor` where the pictures are",
    "not-locked": "run `yearbook fetch` without --frozen and commit yearbook.lock",
    "html": "the address shows a page, perhaps a sign-in page: link the picture itself",
    "empty": "upload the picture again",
    "truncated": "try again; if it stays so, upload the picture again",
    "corrupt": "try again; if it stays so, upload the picture again",
    "damaged": "run once with a network: the picture is fetched anew",
    "not-image": "link a JPEG, PNG, GIF, WebP, AVIF or SVG",
    "unsupported": "pip install 'yearbook[heic]', or save the picture as JPEG",
    "video": "paper shows no video: link a still picture",
    "lfs-pointer": "the file is in Git LFS and could not be had there: run `git lfs pull`",
    "too-large": "make the file smaller; GitHub itself takes 10 MB",
    "too-many-pixels": "make the picture smaller; 4000 pixels fill any page",
    "svg-unsafe": "export the drawing again as plain SVG, or as PNG",
    "svg-too-complex": "export the drawing as PNG",
    "timeout": "try again, or put a copy of the picture into the blog",
    "unreachable": "check the network and the address, then try again",
    "certificate": "the server does not prove who it is; on a company network set REQUESTS_CA_BUNDLE",
    "redirects": "link the address where the picture ends up",
    "rate-limited": "wait, then run again: what has arrived is kept",
    "server-error": "the server is in trouble: try again later",
    "pin-mismatch": "the picture was changed on the server: see `yearbook images update`",
    "outside": "keep pictures inside the blog's folder",
    "budget": "the pictures are larger than one build may fetch: run again, what has arrived is kept",
}


def missing(address: Address, reason: str, detail: str) -> MissingImage:
    """The bad news about one picture."""
    return describe(address.key, address.printable_url, reason, detail)


def describe(key: str, url: str, reason: str, detail: str) -> MissingImage:
    """The bad news about one picture that has no `Address`, such as a file of the blog."""
    is_file = reason == "missing" and key.startswith("file:")
    hint = "check the path in the post, and that the file is in the blog" if is_file else _HINTS[reason]
    return MissingImage(key=key, url=url, reason=reason, detail=detail, hint=hint)


REASONS: frozenset[str] = frozenset(_HINTS)
"""Every reason there is."""
