"""The engine's own results, sooner: remembers what it works out again and again while it lays out one piece.

Some of its functions get a quicker way to the same value, and fall back to the engine's own code for every
case that is not plain: lengths in pixels, properties that no rule sets, one font for all the lines of a
paragraph, one style for all elements that the same rules reach. Nothing here decides what a page looks like;
a test sets pages with and without, and compares them.
"""

import functools
import importlib
import re
from typing import Any

from yearbook.typeset.engine import Undo, replace_function, replace_method
from yearbook.typeset.paging import follow_pages
from yearbook.typeset.tune_boxes import is_bare, tune_boxes
from yearbook.typeset.tune_draw import Blanks, find_blanks, tune_drawing
from yearbook.typeset.tune_lines import tune_lines
from yearbook.typeset.tune_text import tune_breaking

_SIDES = ("top", "right", "bottom", "left")
_LENGTHS = (
    *(f"{kind}_{side}" for kind in ("margin", "padding") for side in _SIDES),
    "width", "min_width", "max_width", "height", "min_height", "max_height",
)  # fmt: skip
_BORDERS = tuple(f"border_{side}_width" for side in _SIDES)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_FLOATS = re.compile(r"float:\s*footnote")
_EVERYWHERE = re.compile(r"^(::[\w-]+)\s*\{[^}]*\}", re.MULTILINE)
_LEAN = {"::marker": "li", "::footnote-call": ".note", "::footnote-marker": ".note"}
"""What has the parts that are kept: list items, and the one thing in our styles that becomes a footnote."""
_CHANGING = re.compile(
    r"flex|grid|first-letter|first-line|\d(?:vw|vh|vi|vb|vmin|vmax)\b"
    r"|(?:html|body|:root)[^{}]*\{[^}]*overflow"
)
"""What makes the engine change styles while it lays out, or depend on a page: then nothing is kept."""
_MOST_STYLES = 4000
_MOST_KINDS = 200
"""How many kinds of pages are remembered."""


_UNDO: list[Undo] = []
"""What undoes the tuning of this process's engine, step by step; empty if it is not tuned."""


def tune(css: str) -> None:
    """Makes the engine of this process quicker, if the styles allow it."""
    if _UNDO or _CHANGING.search(_COMMENT.sub("", css)):
        return
    own = (_tune_percentages, _tune_strut, _tune_styles, _share_styles, _tune_margins, _tune_text)
    _UNDO.extend(step() for step in (*own, _share_pages, _untie_pictures))
    for steps in (tune_boxes, tune_lines, tune_breaking, tune_drawing, follow_pages):
        _UNDO.extend(steps())


def untune() -> None:
    """Leaves the engine as it was."""
    while _UNDO:
        _UNDO.pop()()


def lean_sheet(css: str) -> list[Any] | None:
    """The engine's own style sheet without rules for parts that no element here has; None keeps all of it.

    Six of its rules match a part of every element there is (its marker, its footnote's call, …), and the
    engine works out a style for each of them.
    """
    plain = _COMMENT.sub("", css)
    sheets = importlib.import_module("weasyprint.html")
    if len(_FLOATS.findall(plain)) != 1 or "list-item" in plain:
        # A worker has not read it yet, and it is what teaches the engine the styles of counters.
        _read_now = sheets.UA_STYLESHEET.matcher
        return None

    def kept(rule: re.Match[str]) -> str:
        return _LEAN[rule[1]] + rule[0] if rule[1] in _LEAN else ""

    text = _EVERYWHERE.sub(kept, sheets.UA)
    engine = importlib.import_module("weasyprint")
    return [engine.CSS(string=text, counter_style=sheets.UA_COUNTER_STYLE)]


def match_root_only(sheet: Any) -> None:
    """Asks a sheet that has rules for `:root` alone about no other element."""
    match = sheet.matcher.match
    sheet.matcher.match = lambda element: match(element) if element.parent is None else ()


def _tune_percentages() -> Undo:
    """Used lengths of a box without percentages are the same each time: they are set at once."""
    original = importlib.import_module("weasyprint.layout.percent").resolve_percentages

    def resolve_percentages(box: Any, containing_block: Any) -> None:
        style = box.style
        known = style.__dict__.get("_plain_lengths")
        if known is None:
            known = style._plain_lengths = _plain_lengths(style)
        if not known:
            original(box, containing_block)
            return
        box.__dict__.update(known)
        if style["border_collapse"] == "collapse":
            # What was settled between neighbouring cells stays.
            for name in _BORDERS:
                box.__dict__.setdefault(name, style[name])

    return replace_function("resolve_percentages", original, resolve_percentages)


def _plain_lengths(style: Any) -> dict[str, Any]:
    """Used lengths of the style, but borders that cells share; empty if one depends on what is around."""
    if style["box_sizing"] != "content-box":
        return {}
    found: dict[str, Any] = {}
    for name in _LENGTHS:
        value = style[name]
        if value is None or value == "auto":
            found[name] = 0 if value == "auto" and name.startswith("min_") else value
        elif getattr(value, "unit", "") == "px":
            found[name] = value.value
        else:
            return {}
    is_shared = style["border_collapse"] == "collapse"
    return found if is_shared else found | {name: style[name] for name in _BORDERS}


def _tune_strut() -> Undo:
    """Height and baseline of a style's line are asked for with every line."""
    original = importlib.import_module("weasyprint.text.line_break").strut

    def strut(style: Any) -> Any:
        known = style.__dict__.get("_strut")
        if known is None:
            known = style._strut = original(style)
        return known

    return replace_function("strut", original, strut)


def _tune_styles() -> Undo:
    """Most properties of most elements are set by no rule: then they are inherited or initial."""
    css = importlib.import_module("weasyprint.css")
    style_type = css.ComputedStyle
    original = style_type.__missing__
    inherited, initial = css.INHERITED, css.INITIAL_VALUES
    special = {"float", "display", "position", "page", "direction"} | css.INITIAL_NOT_COMPUTED
    plain = frozenset(
        key for key in initial if key not in special and not key.startswith(("text_decoration_", "__"))
    )
    physical = frozenset(css.PHYSICAL_FUNCTIONS)
    logical = frozenset(
        function(block="ttb", inline=way)
        for function in css.PHYSICAL_FUNCTIONS.values()
        for way in ("ltr", "rtl")
    )

    def is_logical(self: Any) -> bool:
        """Whether a rule sets `margin-inline` or the like, which would count here too."""
        known = self.__dict__.get("_is_logical")
        if known is None:
            known = self._is_logical = not logical.isdisjoint(self.cascaded)
        return bool(known)

    def missing(self: Any, key: str) -> Any:
        if key in plain:
            cascaded = self.cascaded
            if key not in cascaded and (key not in physical or not is_logical(self)):
                if key not in inherited:
                    value = self[key] = initial[key]
                    return value
                if self.parent_style is not None:
                    value = self[key] = self.parent_style[key]
                    return value
        return original(self, key)

    return replace_method(style_type, "__missing__", missing)


def _tune_margins() -> Undo:
    """Most pages have nothing in their margins: then the engine need not look into each of sixteen boxes."""
    original = importlib.import_module("weasyprint.layout.page").make_margin_boxes
    sides = [f"{side}-{place}" for side in ("left", "right") for place in ("top", "middle", "bottom")]
    places = ("left", "center", "right", "left-corner", "right-corner")
    names = [f"@{name}" for name in (*sides, *(f"{side}-{p}" for side in ("top", "bottom") for p in places))]

    def make_margin_boxes(context: Any, page: Any, state: Any) -> Any:
        # A style is an empty dict until somebody asks it for something.
        styles = [style for name in names if (style := context.style_for(page.page_type, name)) is not None]
        if all(_is_silent(style, context.string_set) for style in styles):
            return ()
        return original(context, page, state)

    return replace_function("make_margin_boxes", original, make_margin_boxes)


def _is_silent(style: Any, strings: Any) -> bool:
    """Whether a margin box of that style shows nothing: its words, if any, are strings that no page sets."""
    content = style["content"]
    if isinstance(content, str):
        return content in {"normal", "inhibit", "none"}
    unset = all(kind == "string()" and value[0] not in strings for kind, value in content)
    return unset and is_bare(style) and not any(style[name] for name in _BORDERS)


def _named(cascaded: dict[str, Any]) -> tuple[Any, ...]:
    """What the cascade gave, for comparing; a list of tokens, which its style keeps, is like itself alone."""
    named = tuple(cascaded.items())
    try:
        hash(named)
    except TypeError:
        return tuple((name, _comparable(value), str(weight)) for name, (value, weight) in named)
    return named


def _comparable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value


def _share_styles() -> Undo:
    """The same rules below the same rules give the same style, in every piece that one process sets.

    An element's own anchor is nothing that its children inherit: they inherit from its twin without one.
    """
    css = importlib.import_module("weasyprint.css")
    known: dict[Any, Any] = {}

    def set_computed_styles(
        self: Any, element: Any, parent: Any, root: Any = None, pseudo_type: Any = None,
        base_url: Any = None, target_collector: Any = None,
    ) -> None:  # fmt: skip
        computed = self._computed_styles
        is_root = element == root and pseudo_type is None
        if is_root and len(known) > _MOST_STYLES:
            known.clear()
        above = None if is_root else computed[parent, None]
        above = above if above is None else above.__dict__.get("_twin", above)
        cascaded = self._cascaded_styles.get((element, pseudo_type), {})
        plain = {name: value for name, value in cascaded.items() if name != "anchor"}
        key = (id(above), pseudo_type, base_url, id(self.font_config), _named(plain))
        root_style = css.InitialStyle(self.font_config) if is_root else computed[root, None]
        shared = (pseudo_type, root_style, base_url, self.font_config, self.initial_page_sizes)
        style = known.get(key)
        if style is None:
            style = known[key] = css.ComputedStyle(above, plain, *shared)
        if "anchor" in cascaded:
            own = css.ComputedStyle(above, cascaded, *shared)
            own._twin, style = style, own
            if target_collector and own["anchor"]:
                target_collector.collect_anchor(own["anchor"])
        computed[element, pseudo_type] = style

    return replace_method(css.StyleFor, "set_computed_styles", set_computed_styles)


def _share_pages() -> Undo:
    """The same rules reach all pages of one kind, and give the same styles below the same root."""
    original = importlib.import_module("weasyprint.layout.page").set_page_type_computed_styles
    known: dict[Any, tuple[Any, list[dict[Any, Any]]]] = {}

    def set_page_type_computed_styles(page_type: Any, html: Any, style_for: Any) -> None:
        cascaded, computed = style_for._cascaded_styles, style_for._computed_styles
        root = computed[html.etree_element, None]
        sheets = [sheet for sheet, *_ in style_for._sheets]
        kind = (page_type.side, page_type.blank, page_type.index == 0, page_type.name)
        key = (kind, id(root), html.base_url, *map(id, sheets))
        found = known.get(key)
        if found is None:
            original(page_type, html, style_for)
            if not any(_asks_for_number(sheet) for sheet in sheets):
                if len(known) > _MOST_KINDS:
                    known.clear()
                own = [
                    {pseudo: style for (element, pseudo), style in styles.items() if element == page_type}
                    for styles in (cascaded, computed)
                ]
                known[key] = ((root, sheets), own)
            return
        _, (rules, styles) = found
        cascaded.update(((page_type, pseudo), rule) for pseudo, rule in rules.items())
        computed.update(((page_type, pseudo), style) for pseudo, style in styles.items())

    return replace_function("set_page_type_computed_styles", original, set_page_type_computed_styles)


def _asks_for_number(sheet: Any) -> bool:
    """Whether a rule of that sheet reaches pages by their number, of which only the first is told apart."""
    return any(kind.index is not None for _, selectors, _ in sheet.page_rules for _, _, kind in selectors)


def _untie_pictures() -> Undo:
    """Lets go of a layout as soon as nobody needs it, without Python's collector.

    What loads pictures for a layout knows the layout, and the layout knows it: for that one ring the
    collector would have to walk through all boxes. So pictures are told of what a drawing asks for, only.
    """
    context_type = importlib.import_module("weasyprint.layout").LayoutContext
    original = context_type.__init__

    def init(self: Any, style_for: Any, get_image_from_uri: Any, *others: Any) -> None:
        original(self, style_for, get_image_from_uri, *others)
        told = object.__new__(context_type)
        told.font_config, told.dictionaries = self.font_config, self.dictionaries
        told.get_image_from_uri = functools.partial(get_image_from_uri, context=told)
        self.get_image_from_uri = told.get_image_from_uri

    return replace_method(context_type, "__init__", init)


def _tune_text() -> Undo:
    """All lines of a paragraph have one font: it is described to Pango once."""
    breaks = importlib.import_module("weasyprint.text.line_break")
    ffi, gobject, pango = breaks.ffi, breaks.gobject, breaks.pango

    def setup(self: Any, style: Any) -> None:
        """A layout of Pango's for one line, from what is known of the line's style."""
        known = style.__dict__.get("_font")
        if known is None:
            known = style._font = _Font(style, breaks)
        self.style = style
        self.first_line_direction = 0
        self.language = known.language
        self.layout = ffi.gc(pango.pango_layout_new(known.context), gobject.g_object_unref)
        pango.pango_layout_set_auto_dir(self.layout, False)
        pango.pango_layout_set_font_description(self.layout, known.description)
        self.__dict__.update(known.metrics)
        if known.features is not None:
            attributes = pango.pango_attr_list_new()
            pango.pango_attr_list_insert(attributes, known.features)
            pango.pango_layout_set_attributes(self.layout, attributes)

    return replace_method(breaks.Layout, "setup", setup)


class _Font:
    """What Pango has to know to set text of one style."""

    def __init__(self, style: Any, breaks: Any) -> None:
        ffi, gobject, pango = breaks.ffi, breaks.gobject, breaks.pango
        self.context = ffi.gc(
            pango.pango_font_map_create_context(style.font_config.font_map), gobject.g_object_unref
        )
        pango.pango_context_set_round_glyph_positions(self.context, False)
        pango.pango_context_set_base_dir(self.context, breaks.PANGO_DIRECTION[style["direction"]])
        self.language = self._speak(style, breaks)
        self.description = breaks.get_font_description(style)
        self.metrics = self._measure(style, breaks)
        self.features = self._list_features(style, breaks)
        self._breaks = breaks
        self._blanks: Blanks | None = None

    def blanks(self, style: Any) -> Blanks:
        """What widened spaces are in that style, which is the one this was made for."""
        if self._blanks is None:
            self._blanks = find_blanks(style, self._breaks)
        return self._blanks

    def _speak(self, style: Any, breaks: Any) -> Any:
        pango, override = breaks.pango, style["font_language_override"]
        name = style["lang"] if override == "normal" else breaks.LST_TO_ISO.get(override.lower(), override)
        if not name:
            return pango.pango_language_get_default()
        pointer, _kept = breaks.unicode_to_char_p(name)
        language = pango.pango_language_from_string(pointer)
        pango.pango_context_set_language(self.context, language)
        return language

    def _measure(self, style: Any, breaks: Any) -> dict[str, Any]:
        names = ("underline_position", "strikethrough_position")
        wide = ("underline_thickness", "strikethrough_thickness")
        if style["text_decoration_line"] == "none":
            return dict.fromkeys(("ascent", *names))
        ffi, pango = breaks.ffi, breaks.pango
        metrics = ffi.gc(
            pango.pango_context_get_metrics(self.context, self.description, self.language),
            pango.pango_font_metrics_unref,
        )
        return {
            name: breaks.FROM_UNITS * getattr(pango, f"pango_font_metrics_get_{name}")(metrics)
            for name in ("ascent", *names, *wide)
        }

    @staticmethod
    def _list_features(style: Any, breaks: Any) -> Any:
        wished = breaks.font_features(
            style["font_kerning"], style["font_variant_ligatures"], style["font_variant_position"],
            style["font_variant_caps"], style["font_variant_numeric"], style["font_variant_alternates"],
            style["font_variant_east_asian"], style["font_feature_settings"],
        )  # fmt: skip
        if not wished:
            return None
        text = ",".join(f"{key} {value}" for key, value in wished.items()).encode()
        known = style.font_config.font_features
        if text not in known:
            known[text] = breaks.pango.pango_attr_font_features_new(text)
        return known[text]
