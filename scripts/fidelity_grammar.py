"""Makes random posts: every construct of Markdown that real posts use, and the traps met in them.

A post is a few blocks put together as people do it: mostly with a blank line between, often without. The
words are Korean, English, Japanese and Chinese; a construct comes about as often as in posts.
The same seed gives the same posts.
"""

import random
from collections.abc import Callable, Sequence


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(" "))


SAFE = _words("블로그 회고 개발 서버 test deploy API 올해 정리 code 完了 日本語 함수 the of 때문에 그리고")
ODD = (
    *_words("2021년 1월 3.5 v2 开发 测试 ㅎㅎ ㅋㅋ ~하다 50% #태그 @name C++ A/B a_b snake_case_name"),
    *_words("node.js don't it's \"인용\" 'single' “따옴표” 「重要」 (괄호) [대괄호] {중괄호} a&b R&D"),
    *_words("<- -> => -- --- ... 1~3월 20~50 ~~ * ** _ $ $5 $HOME ! # + = | ^ ` ° → © 😀 👨‍👩‍👧 ㄱ a. b: c;"),
    *_words("?! … x<y 1>0 __init__ \\ //host %20 C:\\dir {{x}} === a\u2028b a\u200bb 가\u00a0나 \u3000全角"),
    *_words(
        "[[위키]] [[a|b]] \u1112\u1161\u11ab :smile: cout<<x; a\x0bb ①번 ·점 ※주의 100,000원 (주)회사 C# .NET"
    ),
    ": )",
)
LANGUAGES = _words(" js python bash java yaml go html c++ objective-c python3")
ODD_LANGUAGES = (
    *(" python", "shell script", "js {1,2}", "js{1,2}", "java title=x", "c#", ".ruby", "{.js}", "js?a=1"),
)
CODE = (
    *("x = 1", "", "    indented", "\ttab", "<b>&lt;</b>", "# comment", "- a", "  - b", "{{x}}", "``"),
    *("*a* _b_", "~~~", "  ", "> q", "if (a < b && c) {", "}", "| a |", "1. x", "{: .a}", "^", "[a]: b"),
    *("</div>", "가나다"),
)
TAGS = _words("u b span kbd sub sup small font mark del em strong code center i s strike")
BLOCK_TAGS = _words("div p center details figure blockquote section table span u ul")
IALS = (
    *("{: .notice}", "{:.center}", '{: width="50%" height="50%"}', "{: #id-1 .a .b}", "{: .a}{: .b}"),
    *("{:target='_blank'}", '{: .align-center}{:width="70%"}', "{:.prompt-info}", "{: .b width='3'}"),
)
URLS = (
    *("https://example.org/a_b_c", "/img/a.png", "../b.jpg", "http://a.b/c?d=e&f=g", "#anchor", "/a b.png"),
    *("a(b).png", "/한글/경로", "https://a.b/x*y*z", "//host/x.png", "a.png#center", "%EA%B0%80.png"),
    *(
        "data:image/png;base64,iVBORw0KGgo=",
        "https://ko.wikipedia.org/wiki/A_(B)",
        "</a b.png>",
        "./a.png?raw=true",
    ),
)
INLINE_HTML = (
    *("<br>", "<br/>", "<br />", "<img src=a.png>", '<img src="a.png" width="50%">', "<T>", "List<String>"),
    *("< b", '<a href="/x">y</a>', "<!-- c -->", '<input type="checkbox">', "<https://a.b/c>", "<a@b.c>"),
    *("<ruby>漢字<rt>かんじ</rt></ruby>", "<U>x</U><br>", "<kbd>Ctrl</kbd>+<kbd>C</kbd>", "H<sub>2</sub>O"),
    *("<3", "Map<String, Integer>", "<b>가</b>", "<U>x</U>", "</b>", '<span class="c">**가**</span>'),
)
TABLE_CELLS = (
    *("a", "b c", "**가**", "`x`", "", "1", "[l](u)", "`a|b`", "a\\|b", "<br>", "x<br>y", "![](a.png)"),
    *("*a*", "1~2", "$x$", "<b>c</b>", "-", ":", "a_b_c", "~~d~~", "나 다"),
)
ODD_LINES = (
    *("1)item", "-item", "1.item", "#heading", "===", "--", "* ", "-", ">", "|", "| |", "+ ", "1.", ":"),
    *("[x]", ": x", "^", "\\", "  ", "{::comment}", "{:/}", "</div>", "<div>", "a | b", "```", "$$"),
    *("~~~", "{:", "***", "<!--", "!", "[TOC]", ":::note", "----|----", "#", "&nbsp;", "\u3000", "[ ] x"),
    *("<br><br>", "* * a"),
)
CODE_SPANS = (
    *("x", "a < b", "<div>", "a|b", "*a*", "&lt;", "a_b", "$x$", "\\n", "가 나", " x ", "a  b", "{: .a}"),
    "[a](b)",
)
ENTITIES = _words("&amp; &lt;b&gt; &nbsp; &copy; &#39; &#x26; &nope; & &quot; &rarr;")
ADDRESSES = (
    *_words("https://example.org/x_y <https://example.org> www.example.org a@b.co http://a.b/(c)"),
    *_words(
        '(https://a.b/c) (https://a.b/c). "https://a.b/c" https://a.b/c; https://a.b/c을 http://localhost:80/x'
    ),
    *_words(
        "<<a@b.co>> (a@b.co) [https://a.b] <a@b.co>, https://a.b/?q=가&r=1 git@a.b:c/d.git 참고:https://a.b"
    ),
    '<a href="https://a.b">https://a.b</a>',
)
DEFINITIONS = ("[ref]: https://example.org", "[참고]: /a 'title'", '[ref]: <a b> "t"', "*[API]: Interface")


class Grammar:
    """Random text, piece by piece."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.depth = 0
        blocks: dict[Callable[[], list[str]], int] = {
            self.paragraph: 26,
            self.heading: 12,
            self.listing: 18,
            self.fence: 8,
            self.quote: 6,
            self.table: 4,
            self.html: 7,
            self.indented: 2,
            self.picture: 7,
            self.attribute_line: 2,
            self.rule: 2,
            self.math: 2,
            self.footnote: 1,
            self.definition: 1,
            self.reference: 1,
            self.odd: 1,
        }
        self._blocks = list(blocks)
        self._weights = list(blocks.values())

    def one_of(self, choices: Sequence[str]) -> str:
        """One of the choices."""
        return self.random.choice(choices)

    def happens(self, share: float) -> bool:
        """True in this share of calls."""
        return self.random.random() < share

    def post(self) -> str:
        """A whole post."""
        self.depth = 0
        lines: list[str] = []
        for _ in range(self.random.randint(1, 7)):
            lines += self.block()
            lines += self.gap()
        text = "\n".join(lines) + "\n"
        return text.replace("\n", "\r\n") if self.happens(0.02) else text

    def gap(self) -> list[str]:
        """What stands between two blocks."""
        chosen = self.random.random()
        if chosen < 0.78:
            return [""]
        if chosen < 0.94:
            return []
        if chosen < 0.97:
            return ["", ""]
        return [self.one_of(("  ", "^", "<br>", "<!-- x -->", "&nbsp;", "\u00a0", "<!--more-->", "---"))]

    def block(self) -> list[str]:
        """One block."""
        return self.random.choices(self._blocks, self._weights)[0]()

    # -- inside a line --------------------------------------------------------------------------------------

    def words(self, most: int = 6) -> str:
        """A few words and marks."""
        pool = ODD if self.happens(0.15) else SAFE
        return " ".join(self.one_of(pool) for _ in range(self.random.randint(1, most)))

    def line(self) -> str:
        """Text without a line break."""
        return self.inline().split("\n")[0]

    def inline(self) -> str:
        """A line of text, which a hard break may end."""
        parts = [self.words() if self.happens(0.6) else self.span() for _ in range(self.random.randint(1, 4))]
        return ("" if self.happens(0.15) else " ").join(parts)

    def span(self) -> str:
        """One construct inside a line."""
        makers: dict[Callable[[], str], int] = {
            self.emphasis: 6,
            self.code: 5,
            self.link: 4,
            self.image: 2,
            self.tag: 2,
            self.escape: 1,
            self.entity: 1,
            self.autolink: 1,
            self.strike: 1,
            self.span_math: 1,
            self.note_mark: 1,
            self.hard_break: 2,
        }
        return self.random.choices(list(makers), list(makers.values()))[0]()

    def emphasis(self) -> str:
        """Emphasis, well or badly closed."""
        mark = self.one_of(("*", "**", "**", "**", "_", "__", "***"))
        inner = self.words(3) if self.happens(0.8) else f"{self.words(1)} {self.span()}"
        before = self.one_of(("", "", " ", "가", "a", "("))
        after = self.one_of(("", "", " ", "은", "을", "s", ")", "."))
        if self.happens(0.05):
            inner += " "
        return f"{before}{mark}{inner}{mark}{after}" if self.happens(0.95) else f"{before}{mark}{inner}"

    def code(self) -> str:
        """A code span."""
        tick = self.one_of(("`", "`", "`", "`", "``", "```"))
        inner = self.one_of(CODE_SPANS)
        return f"{tick}{inner}{tick}" if self.happens(0.96) else f"{tick}{inner}"

    def target(self) -> str:
        """The part of a link in parentheses."""
        title = self.one_of((' "title"', " 'title'", ' "a (b)"')) if self.happens(0.2) else ""
        return self.one_of(URLS) + title

    def link(self) -> str:
        """A link of any form."""
        text = self.words(2) if self.happens(0.8) else self.span()
        chosen = self.random.random()
        if chosen < 0.8:
            made = f"[{text}]({self.target()})"
        elif chosen < 0.93:
            made = f"[{text}][{self.one_of(('ref', 'Ref', '참고', 'nope', ''))}]"
        else:
            made = f"[{self.one_of(('ref', 'nope', '참고'))}]"
        return made + (self.one_of(IALS) if self.happens(0.1) else "")

    def image(self) -> str:
        """An image, often with attribute lists."""
        made = f"![{'' if self.happens(0.4) else self.words(2)}]({self.target()})"
        if self.happens(0.3):
            made += self.one_of(IALS)
        return f"[{made}]({self.one_of(URLS)})" if self.happens(0.05) else made

    def tag(self) -> str:
        """HTML in a line."""
        name = self.one_of(TAGS)
        inner = self.words(2) if self.happens(0.7) else self.emphasis()
        chosen = self.random.random()
        if chosen < 0.4:
            return f"<{name}>{inner}</{name}>"
        if chosen < 0.5:
            return f'<{name} style="color:red">{inner}</{name}>'
        return f"<{name}>" if chosen < 0.52 else self.one_of(INLINE_HTML)

    def escape(self) -> str:
        """A backslash and something."""
        return "\\" + self.one_of("*_`#[]()<>!|~\\-+.{}\"'$&%:^/aㄱ=@")

    def entity(self) -> str:
        """A character reference, right or wrong."""
        return self.one_of(ENTITIES)

    def autolink(self) -> str:
        """An address."""
        return self.one_of(ADDRESSES)

    def strike(self) -> str:
        """Tildes."""
        return self.one_of(
            (f"~~{self.words(2)}~~", f"~{self.words(1)}~", "1~2", "~~~~", f"~~{self.words(1)}", "10~20 3~4")
        )

    def span_math(self) -> str:
        """TeX in a line."""
        return self.one_of(("$x_1$", "$$x_1 + y^2$$", "$5", "\\\\(a\\\\)", "$$a < b$$", "$a_b$ and $c_d$"))

    def note_mark(self) -> str:
        """The mark of a footnote."""
        return self.one_of(("[^1]", "[^note]", "[^nope]"))

    def hard_break(self) -> str:
        """A line break of some kind."""
        ending = self.one_of(("  \n", "  \n", "\\\n", "<br>\n", "<br/>\n", "\\\\\n", "   \n", "\n"))
        return f"{self.words(1)}{ending}{self.words(1)}"

    # -- blocks ---------------------------------------------------------------------------------------------

    def paragraph(self) -> list[str]:
        """Lines of text."""
        lines = "\n".join(self.inline() for _ in range(self.random.randint(1, 3))).split("\n")
        if self.happens(0.05):
            lines = [self.one_of(("", " ", "   ", "    ", "\u3000")) + line for line in lines]
        return lines

    def heading(self) -> list[str]:
        """A heading, with or without blanks and closing marks."""
        if self.happens(0.1):
            return [self.words(3), self.one_of(("===", "---", "=", "-", "--- "))]
        blank = self.one_of((" ", " ", " ", " ", " ", " ", "  ", ""))
        ending = self.one_of(("", "", "", "", "", " #", " ##", " {#my-id}", "  ", "#"))
        return ["#" * self.random.randint(1, 6) + blank + self.line() + ending]

    def listing(self) -> list[str]:
        """A list: any marker, any indentation, lists and code inside."""
        if self.depth > 2:
            return [f"- {self.words(2)}"]
        self.depth += 1
        marker = self.one_of(("-", "-", "*", "*", "+", "1.", "1.", "1)"))
        step = self.random.choices(("  ", "    ", "   ", "\t", " "), (40, 44, 6, 8, 2))[0]
        lines: list[str] = []
        for number in range(self.random.randint(1, 4)):
            mark = f"{number + 1}{marker[1:]}" if marker[0] == "1" else marker
            lines += self.item(mark, step)
            if self.happens(0.12):
                lines.append("")
        self.depth -= 1
        return lines

    def item(self, mark: str, step: str) -> list[str]:
        """One item of a list."""
        pad = self.random.choices((" ", "  ", "   ", "\t", "     ", ""), (80, 8, 6, 2, 2, 2))[0]
        box = self.one_of(("[ ] ", "[x] ", "[X] ", "[] ")) if self.happens(0.04) else ""
        first = self.inline().split("\n")
        lines = [f"{mark}{pad}{box}{first[0]}", *(step + line for line in first[1:])]
        chosen = self.random.random()
        if chosen < 0.2:
            lines += [step + line for line in self.listing()]
        elif chosen < 0.28:
            lines += ["", *(step + line if line else "" for line in self.block())]
        elif chosen < 0.34:
            lines += [step + line if line else "" for line in self.block()]
        elif chosen < 0.4:
            lines.append(self.one_of((step, step, "", " ")) + self.line())
        return lines

    def fence(self) -> list[str]:
        """Fenced code."""
        mark = self.one_of(("```", "```", "```", "```", "~~~", "````"))
        indent = self.random.choices(("", " ", "  ", "   "), (90, 4, 3, 3))[0]
        info = self.one_of(ODD_LANGUAGES if self.happens(0.1) else LANGUAGES)
        code = [self.one_of(CODE) for _ in range(self.random.randint(1, 5))]
        end = [mark] if self.happens(0.97) else []
        return [indent + line for line in [mark + info, *code, *end]]

    def indented(self) -> list[str]:
        """Indented code."""
        pad = self.one_of(("    ", "    ", "\t", "     "))
        return [pad + self.one_of(CODE) for _ in range(self.random.randint(1, 3))]

    def quote(self) -> list[str]:
        """A quotation, sometimes lazy."""
        inner = self.block() + (["", *self.block()] if self.happens(0.25) else [])
        mark = self.one_of(("> ", "> ", "> ", "> ", ">", ">  "))
        lines = [mark + line if line else self.one_of((">", "> ")) for line in inner]
        if self.happens(0.15) and len(lines) > 1:
            lines[-1] = inner[-1]
        return lines + ([self.one_of(IALS)] if self.happens(0.15) else [])

    def table(self) -> list[str]:
        """A table, with or without edge pipes and header."""
        width, edge = self.random.randint(1, 4), self.happens(0.8)
        rule = self.one_of(("---", "---", ":-:", "--:", ":--", "-", "------", " --- "))

        def row(texts: list[str], divider: str = " | ") -> str:
            made = divider.join(texts)
            return f"| {made} |" if edge else made

        lines = [row([self.one_of(TABLE_CELLS) for _ in range(width)])]
        if self.happens(0.9):
            lines.append(row([rule] * width, self.one_of(("|", " | ", "|", "|", "+"))))
        for _ in range(self.random.randint(1, 3)):
            cells = width if self.happens(0.9) else width + 1
            lines.append(row([self.one_of(TABLE_CELLS) for _ in range(cells)]))
        return ["  " + line for line in lines] if self.happens(0.05) else lines

    def html(self) -> list[str]:
        """HTML blocks of the kinds that posts have."""
        inner = self.inline().split("\n")
        name = self.one_of(BLOCK_TAGS)
        summary = ["<details>", f"<summary>{inner[0]}</summary>"]
        forms: tuple[Callable[[], list[str]], ...] = (
            lambda: [f"<{name}>{inner[0]}</{name}>"],
            lambda: [f"<{name}>", *inner, f"</{name}>"],
            lambda: [f"<{name}>", "", *inner, "", f"</{name}>"],
            lambda: [f'<{name} markdown="1">', *self.block(), f"</{name}>"],
            lambda: [f'<{name} markdown="1">', "", *self.block(), "", f"</{name}>"],
            lambda: ['<p align="center">', '  <img src="a.png" width="50%">', "</p>"],
            lambda: ["<figure>", '<img src="a.png">', f"<figcaption>{inner[0]}</figcaption>", "</figure>"],
            lambda: [*summary, "", *self.block(), "", "</details>"],
            lambda: [*summary, '<div markdown="1">', *self.block(), "</div>", "</details>"],
            lambda: ['<iframe width="560" src="https://a.b/c" allowfullscreen></iframe>'],
            lambda: ["<!-- comment", "", "  *a* -->"],
            lambda: [self.one_of(("<br>", "<br/>", "<hr>", "<br><br>"))],
            lambda: ["<script>", "if (a < b && c) { x(); }", "</script>"],
            lambda: ["<style>", ".a > b { color: red }", "</style>"],
            lambda: ['<img src="a.png">', *inner],
            lambda: [f"<{name} class='x'>{inner[0]}</{name}> {self.words(2)}"],
            lambda: ["<table>", "  <tr><td>", inner[0], "  </td></tr>", "</table>"],
            lambda: ['<a href="/x">', '  <img src="a.png"', '       width="3">', "</a>"],
            lambda: [f"<center>{self.image()}</center>"],
            lambda: ["<div>", *self.block()],
        )
        return self.random.choice(forms)()

    def picture(self) -> list[str]:
        """Pictures alone in a paragraph, with attributes on the next line."""
        lines = [self.image()]
        if self.happens(0.3):
            lines.append(self.one_of(IALS))
        if self.happens(0.3):
            lines.append(self.one_of(("*caption*", "캡션", self.image(), "_그림 1_")))
        return lines

    def attribute_line(self) -> list[str]:
        """An attribute list on its own line."""
        return [self.one_of((*IALS, "{:toc}", "{:.no_toc}", "{:name: .a .b}", "{: name}", "* toc\n{:toc}"))]

    def rule(self) -> list[str]:
        """A rule."""
        return [self.one_of(("---", "---", "***", "* * *", "___", "- - -", "----------", " ---"))]

    def math(self) -> list[str]:
        """Displayed TeX."""
        environment = "\\begin{align}\na &= b \\\\\n\\end{align}"
        forms = ("$$\na_1 < b \\\\\n$$", "$$ a + b $$", environment, "\\\\[ a_b \\\\]")
        return self.one_of(forms).split("\n")

    def footnote(self) -> list[str]:
        """The text of a footnote."""
        lines = [f"[^{self.one_of(('1', 'note'))}]: {self.line()}"]
        return lines + (["", "    " + self.words()] if self.happens(0.2) else [])

    def definition(self) -> list[str]:
        """Terms and definitions."""
        gap = [""] if self.happens(0.2) else []
        return [self.words(2), *gap, *(f": {self.words()}" for _ in range(self.random.randint(1, 2)))]

    def reference(self) -> list[str]:
        """Definitions of links and abbreviations."""
        return [self.one_of(DEFINITIONS)]

    def odd(self) -> list[str]:
        """Lines that look like something else."""
        return [self.one_of(ODD_LINES)]
