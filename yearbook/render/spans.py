"""Rules for what stands inside a paragraph: emphasis beside CJK, bare addresses, mathematics.

They are put into markdown-it's own chains by `commonmark`. Block structure does not belong here.
"""

import re
from collections.abc import Callable

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

from yearbook.render.cjk import has_cjk, is_loose_phrase, run_sides
from yearbook.render.math import Formula, find_formula

type_of_rule = Callable[[StateInline, bool], bool]

_SIGNS = r"[\n!#$%&*+:<=>@\[\]\\^_`{|}~-]"
_STOP = re.compile(rf"{_SIGNS}|(?<![A-Za-z0-9])(?=https?://|ftp://|www\.)")
_STOP_AT_MAIL = re.compile(
    rf"{_SIGNS}|(?<![A-Za-z0-9])(?=https?://|ftp://|www\.)|(?<=[\s(])(?=[A-Za-z0-9.+_-]{{1,64}}@[A-Za-z0-9])"
)
_BEFORE_ADDRESS = " \n*_~("
_ADDRESS = re.compile(
    r"(?:(?:https?|ftp)://|www\.)[A-Za-z0-9@:%._+~#=-]{1,256}\.[A-Za-z]+(?::\d+)?"
    r"(?:[/#?][-A-Za-z0-9@:%_+.~#$!?&/=();,'\">^{}\[\]`]*)?"
)
_LOCALHOST = re.compile(r"https?://localhost(?::\d+)?(?:[/#?][-A-Za-z0-9@:%_+.~#$!?&/=();,']*)?")
_MAIL = re.compile(r"[A-Za-z0-9.+_-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+(?![A-Za-z0-9_-])")
_ENTITY_TAIL = re.compile(r"&[A-Za-z0-9]+;$")
_PAIR_TAGS = {"~": "del", "=": "mark"}


def read_text(state: StateInline, silent: bool) -> bool:
    """Take plain text up to the next character that a rule may want, or the next `www.`."""
    stop = _STOP_AT_MAIL if "@" in state.src else _STOP
    found = stop.search(state.src, state.pos, state.posMax)
    end = found.start() if found else state.posMax
    if end == state.pos:
        return False
    if not silent:
        state.append_pending(state.src[state.pos : end])
    state.pos = end
    return True


def emphasis_rule(*, cjk: bool) -> type_of_rule:
    """The rule that notes every run of `*` or `_` as a possible begin or end of emphasis."""

    def read_emphasis(state: StateInline, silent: bool) -> bool:
        char = state.src[state.pos]
        if silent or char not in "*_":
            return False
        end = _run_end(state, char)
        _note_run(state, char, end, step=1, cjk=cjk, sides=None)
        return True

    return read_emphasis


def pair_rule(char: str, *, cjk: bool) -> type_of_rule:
    """The rule that notes runs of exactly two `~` or `=`; a single `~` is a range, never a strike."""

    def read_pair(state: StateInline, silent: bool) -> bool:
        if silent or state.src[state.pos] != char:
            return False
        end = _run_end(state, char)
        if end - state.pos != 2:
            state.append_pending(state.src[state.pos : end])
            state.pos = end
            return True
        sides = _equals_sides(state, end, cjk=cjk) if char == "=" else None
        _note_run(state, char, end, step=2, cjk=cjk, sides=sides)
        return True

    return read_pair


def close_pairs(state: StateInline) -> None:
    """Turn matched `~~` and `==` runs into tags, once markdown-it has paired them."""
    lists = [state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta)]
    for delimiters in lists:
        for opener in delimiters:
            tag = _PAIR_TAGS.get(chr(opener.marker))
            if tag and opener.end >= 0:
                _make_tag(state, opener, tag, 1)
                _make_tag(state, delimiters[opener.end], tag, -1)


def rescue_strong(state: StateInline) -> None:
    """Pair `**` that found no partner because of a space inside, as in `**중요 **합니다`."""
    lists = [state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta)]
    for delimiters in lists:
        free = _free_stars(delimiters)
        index = 0
        while index + 3 < len(free):
            first, second, third, fourth = free[index : index + 4]
            if second == first + 1 and fourth == third + 1 and _is_meant(state, delimiters, second, third):
                delimiters[first].end, delimiters[second].end = fourth, third
                index += 4
            else:
                index += 1


def _free_stars(delimiters: list[Delimiter]) -> list[int]:
    """Places of the stars that neither open nor close anything."""
    closing = {delimiter.end for delimiter in delimiters if delimiter.end >= 0}
    return [
        index
        for index, delimiter in enumerate(delimiters)
        if delimiter.marker == ord("*")
        and delimiter.length == 2
        and delimiter.end < 0
        and index not in closing
    ]


def _is_meant(state: StateInline, delimiters: list[Delimiter], opener: int, closer: int) -> bool:
    """Whether what stands between two free runs is a CJK phrase that no other emphasis crosses."""
    inside = range(opener + 1, closer)
    crosses = any(delimiters[index].end >= closer for index in inside) or any(
        delimiter.end in inside for delimiter in delimiters[: opener + 1]
    )
    start = state.tokens[delimiters[opener].token].meta["at"] + 1
    stop = state.tokens[delimiters[closer].token].meta["at"]
    return not crosses and is_loose_phrase(state.src, start, stop)


def _make_tag(state: StateInline, delimiter: Delimiter, tag: str, nesting: int) -> None:
    """Rewrite a delimiter's text token as an opening or closing tag."""
    token = state.tokens[delimiter.token]
    token.type = "s_open" if nesting > 0 else "s_close"
    token.tag, token.nesting, token.markup, token.content = tag, 1 if nesting > 0 else -1, token.content, ""


def _run_end(state: StateInline, char: str) -> int:
    """Position after the run of `char` that begins here."""
    end = state.pos + 1
    while end < state.posMax and state.src[end] == char:
        end += 1
    return end


def _equals_sides(state: StateInline, end: int, *, cjk: bool) -> tuple[bool, bool]:
    """The two answers for `==`, which between Latin letters is a comparison."""
    before, after = state.src[state.pos - 1 : state.pos], state.src[end : end + 1]
    opens, closes = run_sides(state.src, state.pos, end, cjk=cjk)
    return (
        opens and not (before.isascii() and before.isalnum()),
        closes and not (after.isascii() and after.isalnum()),
    )


def _note_run(
    state: StateInline, char: str, end: int, *, step: int, cjk: bool, sides: tuple[bool, bool] | None
) -> None:
    """Push the run as text tokens of `step` characters, each with its delimiter."""
    opens, closes = sides or run_sides(state.src, state.pos, end, cjk=cjk)
    length = end - state.pos
    if cjk and length == 4 and opens and closes and has_cjk(state.src[max(0, state.pos - 40) : end + 40]):
        length = 2  # `**가****나**` is one end and one begin, not a run of four
    for number in range((end - state.pos) // step):
        token = state.push("text", "", 0)
        token.content = char * step
        token.meta = {"at": state.pos + number * step}
        state.delimiters.append(
            Delimiter(
                marker=ord(char),
                length=length if step == 1 else 0,  # 0: the rule of three is for emphasis alone
                token=len(state.tokens) - 1,
                end=-1,
                open=opens,
                close=closes,
            )
        )
    state.pos = end


def read_math(state: StateInline, silent: bool) -> bool:
    """Take a formula whole, so that its `_` and `*` stay what they are."""
    if state.src[state.pos] not in "$\\":
        return False
    formula = find_formula(state.src, state.pos)
    if formula is None or formula.end > state.posMax:
        return False
    if not silent:
        _push_math(state, formula)
    state.pos = formula.end
    return True


def _push_math(state: StateInline, formula: Formula) -> None:
    """Push a formula as finished HTML."""
    token = state.push("html_inline", "", 0)
    token.content = formula.html()
    token.meta = {"math": True}


def read_address(state: StateInline, silent: bool) -> bool:
    """Take a bare `https://`, `ftp://`, `www.` or mail address as a link, as Goldmark does: ASCII only."""
    position = state.pos
    if silent or state.linkLevel or not state.src[position].isalnum():
        return False
    before = state.src[position - 1 : position]
    if before and before not in _BEFORE_ADDRESS and state.pending:
        return False  # only at a word's begin, or right after a tag, a link or code
    if state.src.startswith(("https://", "http://", "ftp://", "www."), position):
        return _read_link(state)
    return "@" in state.src and _read_mail(state)


def _read_link(state: StateInline) -> bool:
    """Push the address that begins here as a link."""
    start = state.pos
    found = _ADDRESS.match(state.src, start, state.posMax) or _LOCALHOST.match(state.src, start, state.posMax)
    if not found:
        return False
    url = trim_address(found[0])
    protocol = state.md.options.get("linkify_protocol", "https")
    _push_link(state, f"{protocol}://{url}" if url.startswith("www.") else url, url)
    state.pos = start + len(url)
    return True


def _read_mail(state: StateInline) -> bool:
    """Push the mail address that begins here as a link."""
    found = _MAIL.match(state.src, state.pos, state.posMax)
    if not found or found[0][-1] == "-":
        return False
    _push_link(state, f"mailto:{found[0]}", found[0])
    state.pos = found.end()
    return True


def _push_link(state: StateInline, href: str, text: str) -> None:
    """Push a link around a text."""
    state.push("link_open", "a", 1).attrs = {"href": state.md.normalizeLink(href)}
    state.push("text", "", 0).content = text
    state.push("link_close", "a", -1)


def trim_address(url: str) -> str:
    """The address without what belongs to the sentence around it.

    >>> trim_address("https://a.org/b)."), trim_address("https://a.org/(b)"), trim_address("https://a.org/x&lt;")
    ('https://a.org/b', 'https://a.org/(b)', 'https://a.org/x')
    """
    while True:
        entity = _ENTITY_TAIL.search(url)
        if entity:
            url = url[: entity.start()]
        elif url[-1:] in tuple("?!.,:*_~;'\"`") or (url.endswith(")") and url.count(")") > url.count("(")):
            url = url[:-1]
        else:
            return url
