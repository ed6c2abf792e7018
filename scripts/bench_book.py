"""Our whole build against a naive one of the same posts, alternating in one run; prints ratios.

    bench_book.py [--posts 24 60] [--rounds 3]

The naive build is what a person writes first: Python-Markdown, one HTML file, WeasyPrint, the same page.
Caches are empty for every "cold" build; "again" is the same command a second time.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
STEMS = ["오늘", "바람", "길", "물", "밤", "책", "사람", "말", "글", "창", "비", "산", "코드"]
ENDS = ["은", "는", "이", "가", "을", "를", "에", "에서", "으로", "와", "과", "도", "만"]
VERBS = ["보았다", "걸었다", "썼다", "고쳤다", "읽었다", "생각했다", "멈추었다", "돌아왔다"]
CODE = "def total(values):\n    result = 0\n    for value in values:\n        result += value\n"
NAIVE = """
import sys, pathlib, markdown, frontmatter
from weasyprint import HTML
blog, output = map(pathlib.Path, sys.argv[1:])
parts = []
for path in sorted((blog / "content").rglob("*.md")):
    post = frontmatter.load(path)
    body = markdown.markdown(post.content.replace("](/", "]("), extensions=["extra", "codehilite"])
    parts.append(f"<article><h1>{post['title']}</h1>{body}</article>")
css = "@page{size:148mm 210mm;margin:21mm 19mm;@bottom-right{content:counter(page)}}" \\
      "body{font:9.6pt/17pt 'Noto Serif KR'}article{break-before:page}img{width:108mm}p{text-align:justify}"
html = f"<html lang=ko><style>{css}</style>{''.join(parts)}"
HTML(string=html, base_url=str(blog / "static") + "/").write_pdf(output)
"""


def main() -> None:
    """Prints one row for each size of blog."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", nargs="*", type=int, default=[24, 60])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    heads = ("posts", "naive s", "cold/naive", "again/cold", "CPU", "memory", "size")
    print(" ".join(f"{head:>10}" for head in heads))
    for posts in options.posts:
        with tempfile.TemporaryDirectory() as folder:
            compare(write_blog(Path(folder) / "blog", posts), posts, options.rounds)


def compare(blog: Path, posts: int, rounds: int) -> None:
    """Runs both builds in turn and prints medians of ratios."""
    work = blog.parent
    (work / "naive.py").write_text(NAIVE, encoding="utf-8")
    naive, cold, again = [], [], []
    for _ in range(rounds):
        cache = work / "cache"
        shutil.rmtree(cache, ignore_errors=True)
        ours = [
            sys.executable,
            "-m",
            "yearbook",
            "build",
            str(blog),
            "-q",
            "--offline",
            "--cache",
            str(cache),
        ]
        cold.append(measure([*ours, "-o", str(work / "ours.pdf")]))
        again.append(measure([*ours, "-o", str(work / "again.pdf")]))
        conf = cache / "fonts" / "fonts-mono.conf"
        naive.append(
            measure(
                [sys.executable, str(work / "naive.py"), str(blog), str(work / "naive.pdf")],
                FONTCONFIG_FILE=str(conf),
            )
        )
    assert (work / "ours.pdf").read_bytes() == (work / "again.pdf").read_bytes()

    size = (work / "ours.pdf").stat().st_size / (work / "naive.pdf").stat().st_size
    values = (
        statistics.median(seconds for seconds, _, _ in naive),
        *(median_ratio(over, under, column) for over, under, column in ((cold, naive, 0), (again, cold, 0))),
        median_ratio(cold, naive, 1),
        median_ratio(cold, naive, 2),
        size,
    )
    print(f"{posts:>10} " + " ".join(f"{value:>10.2f}" for value in values), flush=True)


def median_ratio(over: list[tuple[float, ...]], under: list[tuple[float, ...]], column: int) -> float:
    """Median over the rounds of one measure against another, taken side by side."""
    return statistics.median(a[column] / b[column] for a, b in zip(over, under, strict=True))


MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=2)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def measure(command: list[str], **environment: str) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds, peak memory in MB of one command."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        check=True, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **environment},
    )  # fmt: skip
    cpu, memory = map(float, done.stdout.split())
    return time.monotonic() - began, cpu, memory


def write_blog(blog: Path, posts: int) -> Path:
    """A Hugo blog of so many posts in 2025, always the same: prose, lists, tables, code, shared pictures."""
    chance = random.Random(2025)
    (blog / "static").mkdir(parents=True)
    (blog / "content").mkdir()
    (blog / "hugo.toml").write_text('title = "기록"\nlanguageCode = "ko"\n', encoding="utf-8")
    for number in range(12):
        draw_picture(chance).save(blog / "static" / f"p{number}.jpg", quality=85)
    for number in range(posts):
        day = 1 + number * 364 // max(posts, 1)
        date = time.strftime("%Y-%m-%d", time.gmtime(1735689600 + day * 86400))
        text = f'---\ntitle: "{sentence(chance)[:18]}"\ndate: {date}\n---\n{body(chance)}'
        (blog / "content" / f"post-{number:04}.md").write_text(text, encoding="utf-8")
    return blog


def draw_picture(chance: random.Random) -> Image.Image:
    """A gradient with hills, 2000 × 1300."""
    picture = Image.linear_gradient("L").resize((2000, 1300)).convert("RGB")
    points = [(x, 700 + chance.randint(-150, 150)) for x in range(0, 2001, 100)]
    ImageDraw.Draw(picture).polygon(
        [*points, (2000, 1300), (0, 1300)], fill=(60, 80, chance.randint(60, 120))
    )
    return picture


def sentence(chance: random.Random) -> str:
    """One Korean-looking sentence."""
    words = [chance.choice(STEMS) + chance.choice(ENDS) for _ in range(chance.randint(4, 11))]
    return " ".join([*words, chance.choice(VERBS)]) + "."


def body(chance: random.Random) -> str:
    """One post's Markdown."""
    blocks = []
    for section in range(chance.randint(2, 4)):
        blocks.append(f"## {sentence(chance)[:14]}")
        blocks += [" ".join(sentence(chance) for _ in range(chance.randint(4, 8))) for _ in range(3)]
        if section == 0:
            blocks.append(f"![](/p{chance.randrange(12)}.jpg)")
        if chance.random() < 0.4:
            blocks.append("\n".join(f"- {sentence(chance)}" for _ in range(4)))
        if chance.random() < 0.3:
            blocks.append("```python\n" + CODE * chance.randint(1, 4) + "```")
        if chance.random() < 0.2:
            blocks.append("| 가 | 나 |\n|---|---|\n" + "\n".join(f"| {n} | {n * n} |" for n in range(6)))
    return "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    main()
