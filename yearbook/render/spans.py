"""Rules for what stands inside a paragraph: emphasis beside CJK, bare addresses, mathematics.

They are put into markdown-it's own chains by `commonmark`. Block structure does not belong here.
"""

import re
import string
from collections.abc import Callable

from markdown_it.rules_inline import StateInline, escape
from markdown_it.rules_inline.state_inline import Delimiter

from yearbook.render.cjk import has_cjk, is_loose_phrase, run_sides
from yearbook.render.math import Formula, find_formula

type_of_rule = Callable[[StateInline, bool], bool]

_SIGNS = r"[\n!#$%&*+:<=>@\[\]\\^_`{|}~-]"
_STOP = re.compile(rf"{_SIGNS}|(?<![A-Za-z0-9])(?=https?://|ftp://|www\.)")
_MAIL_NAME = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
_STOP_AT_MAIL = re.compile(
    rf"{_SIGNS}|(?<![A-Za-z0-9])(?=https?://|ftp://|www\.)|(?<=[\s(\"'.])(?={_MAIL_NAME}[A-Za-z0-9])"
)
_BEFORE_ADDRESS = " \n*_~("
_AFTER_SIGN = re.compile(r"(?:(?<!\w)[\"']|\.\.\.|--|<<|>>)\Z")  # what Goldmark prints as a sign of its own
_ADDRESS = re.compile(
    r"(?:(?:https?|ftp)://|www\.)[A-Za-z0-9@:%._+~#=-]{1,256}\.[A-Za-z]+(?::\d+)?"
    r"(?:[/#?][-A-Za-z0-9@:%_+.~#$!?&/=();,'\">^{}\[\]`]*)?"
)
_HOST_PART = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL = re.compile(rf"{_MAIL_NAME}{_HOST_PART}(?:\.{_HOST_PART})+(?![A-Za-z0-9_-])")
_ENTITY_TAIL = re.compile(r"&[A-Za-z0-9]+;$")
_ESCAPABLE = frozenset(string.punctuation)
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


def read_escape(state: StateInline, silent: bool) -> bool:
    r"""Take a backslash; before anything but a sign it is only itself, as is one after an escaped one.

    Goldmark breaks no line at `\\\\\\`, and two spaces after a lone backslash are still a break.
    """
    if state.src[state.pos] != "\\":
        return False
    after = state.src[state.pos + 1 : state.pos + 2]
    if not after or after in _ESCAPABLE or (after == "\n" and state.src[state.pos - 1 : state.pos] != "\\"):
        return escape(state, silent)
    if not silent:
        state.append_pending("\\")
    state.pos += 1
    return True


def read_angles(state: StateInline, silent: bool) -> bool:
    """Take `<<` whole, for it is an opening quotation mark and never the begin of an address or a tag."""
    if not state.src.startswith("<<", state.pos, state.posMax):
        return False
    if not silent:
        state.append_pending("<<")
    state.pos += 2
    return True


def read_address(state: StateInline, silent: bool) -> bool:
    """Take a bare `https://`, `ftp://`, `www.` or mail address as a link, as Goldmark does: ASCII only."""
    position = state.pos
    if silent or state.linkLevel or not state.src[position].isalnum():
        return False
    is_web = state.src.startswith(("https://", "http://", "ftp://", "www."), position)
    if not (is_web or "@" in state.src) or not _may_begin(state) or _is_in_brackets(state):
        return False
    return _read_link(state) if is_web else _read_mail(state)


def _may_begin(state: StateInline) -> bool:
    """Whether an address may begin here: at a word's begin, or right after a tag, a link, code or a sign."""
    before = state.src[state.pos - 1 : state.pos]
    if not state.pending:
        return not (state.tokens and state.tokens[-1].type == "text_special")
    return before in _BEFORE_ADDRESS or bool(_AFTER_SIGN.search(state.src[max(0, state.pos - 3) : state.pos]))


def _is_in_brackets(state: StateInline) -> bool:
    """Whether a bracket is still open, which may yet become a link and cannot hold another."""
    if "[" not in state.src:
        return False
    # The count of what has been pushed so far is kept, for a paragraph may hold thousands of addresses.
    seen, depth = state.env.get("brackets", (None, 0, 0))[1:] if _is_counted(state) else (0, 0)
    for token in state.tokens[seen:]:
        if token.type == "text":
            depth = _count_brackets(token.content, depth)
    state.env["brackets"] = (state.tokens, len(state.tokens), depth)
    return _count_brackets(state.pending, depth) > 0


def _is_counted(state: StateInline) -> bool:
    """Whether the brackets counted last are those of this paragraph."""
    tokens, seen, _depth = state.env.get("brackets", (None, 0, 0))
    return tokens is state.tokens and seen <= len(state.tokens)


def _count_brackets(text: str, depth: int) -> int:
    """The brackets open after `text`, of which `depth` were open before it."""
    for char in text:
        if char == "[":
            depth += 1
        elif char == "]" and depth:
            depth -= 1
    return depth


def _read_link(state: StateInline) -> bool:
    """Push the address that begins here as a link."""
    start = state.pos
    found = _ADDRESS.match(state.src, start, state.posMax)
    if not found:
        return False
    url = (trim_address if state.md.options.get("trim_addresses", True) else _end_as_goldmark)(found[0])
    protocol = state.md.options.get("linkify_protocol", "https")
    _push_link(state, f"{protocol}://{url}" if url.startswith("www.") else url, url)
    state.pos = start + len(url)
    return True


def _read_mail(state: StateInline) -> bool:
    """Push the mail address that begins here as a link."""
    found = _MAIL.match(state.src, state.pos, state.posMax)
    if not found:
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


def _end_as_goldmark(url: str) -> str:
    """The address where Goldmark ends it: a bracket is the sentence's only if nothing follows it.

    >>> _end_as_goldmark("https://a.org/b)"), _end_as_goldmark("https://a.org/b).")
    ('https://a.org/b', 'https://a.org/b)')
    """
    if url.endswith(")"):
        spare = min(url.count(")") - url.count("("), len(url) - len(url.rstrip(")")))
        url = url[: len(url) - max(0, spare)]
    entity = _ENTITY_TAIL.search(url)
    return url[: entity.start()] if entity else url.rstrip("?!.,:*_~")
