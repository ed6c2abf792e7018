"""Looks a book over: its chapters' text before it is typeset, and the finished PDF as a printer would.

    text      chapters: characters, leftover tags, titles, links     coverage    what the fonts can print
    read      facts of a PDF, back from the file itself              contents    what a page draws
    judge     facts against what was wanted                          sheets      what a page says of itself
    provenance   what a book was made from, carried in its PDF       facts       the values between them
    inspection   all of a PDF

Nothing here is believed because we wrote it: `inspect` knows a PDF's bytes and what was wished for, and no
room of the program.
"""

from typing import TYPE_CHECKING

from yearbook.lazy import members_of

if TYPE_CHECKING:
    from yearbook.preflight.contents import fetch_ahead
    from yearbook.preflight.inspection import guess_expectations, inspect, join
    from yearbook.preflight.judge import Expectations
    from yearbook.preflight.provenance import (
        Provenance,
        compare,
        describe,
        read_provenance,
        selecting,
        write_provenance,
    )
    from yearbook.preflight.read import read_facts
    from yearbook.preflight.text import inspect_chapters, look_at

__all__ = [
    "Expectations",
    "Provenance",
    "compare",
    "describe",
    "fetch_ahead",
    "guess_expectations",
    "inspect",
    "inspect_chapters",
    "join",
    "look_at",
    "read_facts",
    "read_provenance",
    "selecting",
    "write_provenance",
]

# A PDF is read when all else is done, and many a command reads none.
__getattr__ = members_of(
    __name__,
    {
        "Expectations": "judge",
        "Provenance": "provenance",
        "compare": "provenance",
        "describe": "provenance",
        "fetch_ahead": "contents",
        "guess_expectations": "inspection",
        "inspect": "inspection",
        "inspect_chapters": "text",
        "join": "inspection",
        "look_at": "text",
        "read_facts": "read",
        "read_provenance": "provenance",
        "selecting": "provenance",
        "write_provenance": "provenance",
    },
)
