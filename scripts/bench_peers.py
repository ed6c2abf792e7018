"""The peers: what a person writes who has no yearbook.

Each makes A5 pages in the same bundled fonts, with page numbers in the contents, running heads and folios.

    bench_peers.py naive BLOG PDF      Python-Markdown, one HTML text, WeasyPrint
    bench_peers.py typst BLOG PDF      pandoc, one Typst text, Typst; with the Python of their own environment

Libraries are loaded inside the functions: each peer runs in the environment that has its own.
"""

import html
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "fonts"
PACKAGES = ("typst>=0.15,<0.16", "pypandoc_binary>=1.17,<2")
STYLE = """
@page { size: 148mm 210mm; margin: 21mm 20mm;
  @bottom-left { content: string(title); font: 7.2pt 'Pretendard JP'; color: #6d6860 }
  @bottom-right { content: counter(page); font: 7.2pt 'Pretendard JP'; color: #6d6860 } }
body { font: 9.6pt/17pt 'Noto Serif KR'; color: #1b1a18; text-align: justify; margin: 0 }
p { margin: 0; text-indent: 1em }
article { break-before: page }
h1 { font: 600 15pt/24pt 'Pretendard JP'; margin: 0 0 34pt; string-set: title content() }
h2 { font: 600 11pt/17pt 'Pretendard JP'; margin: 17pt 0 8.5pt; break-after: avoid }
img { display: block; max-width: 100%; margin: 8.5pt 0 }
pre, code { font-family: D2Coding; font-size: 8pt }
pre { line-height: 12pt; white-space: pre-wrap; text-align: left; margin: 8.5pt 0; padding: 4pt }
pre { background: #f1ece3 }
table { width: 100%; border-collapse: collapse; margin: 8.5pt 0 }
th, td { border-bottom: .4pt solid #6d6860 }
ul, ol, blockquote { margin: 8.5pt 0 }
.k, .kn, .ow { font-weight: bold } .s, .s1, .s2, .sd { color: #6d6860 }
nav p { text-indent: 0 }
nav a { color: inherit; text-decoration: none }
nav a::after { content: leader('.') target-counter(attr(href), page) }
"""
TEMPLATE = """
#set document(title: "느린 기록")
#set page(width: 148mm, height: 210mm, margin: (x: 20mm, y: 21mm), footer: context {
  set text(font: "Pretendard JP", size: 7.2pt, fill: rgb("#6d6860"))
  let heads = query(selector(heading.where(level: 1)).before(here()))
  if heads.len() > 0 { heads.last().body }
  h(1fr)
  counter(page).display()
})
#set text(font: "Noto Serif KR", size: 9.6pt, fill: rgb("#1b1a18"), lang: "ko")
#set text(top-edge: 0.8em, bottom-edge: -0.2em)
#set par(justify: true, leading: 7.4pt, spacing: 7.4pt, first-line-indent: 1em)
#show heading: set text(font: "Pretendard JP", weight: 600)
#show heading.where(level: 2): set block(above: 17pt, below: 12pt)
#show raw.where(block: true): set par(leading: 4pt)
#show heading.where(level: 1): it => { pagebreak(weak: true); block(below: 34pt, it) }
#show raw: set text(font: "D2Coding", size: 8pt)
#show raw.where(block: true): it => block(fill: rgb("#f1ece3"), inset: 4pt, width: 100%, it)
#set table(stroke: (bottom: 0.4pt + rgb("#6d6860")))
#show figure.where(kind: image): set figure(supplement: none, numbering: none)
#show figure.where(kind: table): set figure(supplement: none, numbering: none)
#let horizontalrule = line(length: 100%)
#outline(title: none, depth: 1)
"""


def install(folder: Path) -> str:
    """Makes the environment of pandoc and Typst, once; gives why it could not, or nothing."""
    python = python_of(folder)
    if not python.exists():
        done = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True)
        if done.returncode:
            return done.stderr[-400:] or done.stdout[-400:]
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "-q", *PACKAGES], capture_output=True, text=True, check=False
    )
    return done.stderr[-400:] if done.returncode else ""


def python_of(folder: Path) -> Path:
    """The environment's Python."""
    return folder / "bin" / "python"


def versions(folder: Path) -> str:
    """Which Typst and which pandoc."""
    code = (
        "import importlib.metadata, pypandoc;"
        "print('Typst', importlib.metadata.version('typst'), '· pandoc', pypandoc.get_pandoc_version())"
    )
    return subprocess.run(
        [str(python_of(folder)), "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def read_posts(blog: Path) -> list[tuple[str, str]]:
    """Title and Markdown of each post, oldest first. The measured blog names its files by date."""
    posts = []
    for path in sorted((blog / "content").glob("*.md")):
        _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
        title = next(line for line in head.splitlines() if line.startswith("title: "))
        posts.append((title.removeprefix("title: ").strip('"'), body))
    return posts


def naive(blog: Path, pdf: Path) -> None:
    """One HTML text, one call."""
    import markdown
    import weasyprint

    contents, articles = [], []
    for number, (title, body) in enumerate(read_posts(blog)):
        text = markdown.markdown(body.replace("](/", "]("), extensions=["extra", "codehilite"])
        contents.append(f'<p><a href="#post-{number}">{html.escape(title)}</a></p>')
        articles.append(f'<article id="post-{number}"><h1>{html.escape(title)}</h1>{text}</article>')
    page = (
        f'<!doctype html><html lang="ko"><meta charset="utf-8"><title>느린 기록</title><style>{STYLE}</style>'
        f"<nav>{''.join(contents)}</nav>{''.join(articles)}</html>"
    )
    weasyprint.HTML(string=page, base_url=f"{blog / 'static'}/").write_pdf(pdf)


def typeset(blog: Path, pdf: Path) -> None:
    """One Markdown text through pandoc, then Typst, which is told of the bundled fonts only."""
    import pypandoc
    import typst

    text = "".join(f"# {title}\n\n{body}\n\n" for title, body in read_posts(blog)).replace("](/", "](")
    static = blog / "static"
    with tempfile.TemporaryDirectory(dir=static) as folder:
        done = subprocess.run(
            [pypandoc.get_pandoc_path(), "-f", "markdown", "-t", "typst", "--syntax-highlighting=idiomatic"],
            input=text, check=True, capture_output=True, text=True, encoding="utf-8",
        )  # fmt: skip
        source = Path(folder) / "book.typ"
        body = done.stdout.replace('image("images/', 'image("/images/')
        source.write_text(f"{TEMPLATE}\n{body}", encoding="utf-8")
        typst.compile(
            str(source), str(pdf), root=str(static), font_paths=[str(FONTS)], ignore_system_fonts=True
        )


PEERS = {"naive": naive, "typst": typeset}

if __name__ == "__main__":
    PEERS[sys.argv[1]](Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve())
