"""How long finding a year's posts takes, and how that grows: made-up blogs of 500, 1,000 and 2,000 posts.

python scripts/bench_discover.py            # all engines
python scripts/bench_discover.py --against  # beside `jekyll build` and `hugo` of the same blogs, if installed
"""

import argparse
import os
import random
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from yearbook.discover import discover
from yearbook.model import Criteria

SIZES = (500, 1000, 2000)
WORDS = [
    "아침", "저녁", "골목", "바람", "시험", "코드", "기록",
    "여행", "나무", "책상", "커피", "모임", "문장", "겨울",
    "봄비", "산책", "사진", "약속", "편지", "지도",
]  # fmt: skip
CONFIGS = {
    "hugo": (
        "hugo.toml",
        'baseURL = "https://bench.example/"\ntimeZone = "Asia/Seoul"\nlanguageCode = "ko"\n',
    ),
    "jekyll": (
        "_config.yml",
        "title: Bench\nurl: https://bench.example\ntimezone: Asia/Seoul\npermalink: pretty\n",
    ),
    "hexo": (
        "_config.yml",
        "title: Bench\nurl: https://bench.example\ntimezone: Asia/Seoul\nnew_post_name: :title.md\n",
    ),
    "plain": ("astro.config.mjs", 'export default { site: "https://bench.example" };\n'),
}
FOLDERS = {"hugo": "content/posts", "jekyll": "_posts", "hexo": "source/_posts", "plain": "src/content/blog"}


def write_blog(root, engine, count):
    """Writes a blog of that many posts over ten years, of about 4 kB each; the same each time."""
    dice = random.Random(count)
    name, text = CONFIGS[engine]
    folder = root / FOLDERS[engine]
    folder.mkdir(parents=True)
    (root / name).write_text(text, encoding="utf-8")
    for number in range(count):
        day = f"{2015 + number % 10}-{number % 12 + 1:02}-{number % 28 + 1:02}"
        stem = f"{day}-post-{number}" if engine == "jekyll" else f"post-{number}"
        head = f'title: "글 {number}: {dice.choice(WORDS)}"\ndate: {day} 09:30:00 +0900\n'
        head += f"tags: [{dice.choice(WORDS)}, {dice.choice(WORDS)}]\ncategories: {dice.choice(WORDS)}\n"
        paragraphs = (" ".join(dice.choices(WORDS, k=60)) for _ in range(9))
        body = "\n\n".join(f"## 마디 {index}\n\n{text}" for index, text in enumerate(paragraphs))
        (folder / f"{stem}.md").write_text(f"---\n{head}---\n\n{body}\n", encoding="utf-8")


def seconds(action, *, best_of):
    """The shortest of a few runs: the others had company."""
    times = []
    for _ in range(best_of):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def engine_command(engine, root):
    """The engine's own build of the blog; None if it is not installed or there is none to compare with."""
    if engine == "jekyll" and shutil.which("jekyll"):
        (root / "_layouts").mkdir(exist_ok=True)
        return ["jekyll", "build", "--quiet", "--disable-disk-cache"]
    if engine == "hugo" and shutil.which("hugo"):
        (root / "layouts" / "_default").mkdir(parents=True, exist_ok=True)
        (root / "layouts" / "_default" / "single.html").write_text("{{ .Content }}")
        return ["hugo", "--quiet", "--ignoreCache"]
    return None


def run_engine(command, root):
    """Runs the engine's build, quietly."""
    subprocess.run(command, cwd=root, env={**os.environ, "LANG": "C.UTF-8"}, check=True, capture_output=True)


def main():
    """Prints one line a blog."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--against", action="store_true", help="also time the engine itself")
    parser.add_argument("engines", nargs="*", default=list(CONFIGS), help="hugo, jekyll, hexo, plain")
    arguments = parser.parse_args()
    print(f"{'engine':8}{'posts':>7}{'seconds':>10}{'ms/post':>10}{'engine’s own build':>21}")
    for engine in arguments.engines:
        for count in SIZES:
            with tempfile.TemporaryDirectory() as folder:
                root = Path(folder)
                write_blog(root, engine, count)
                found = discover(root, Criteria(year=2021))
                assert sum(found.years.values()) == count, found.years
                took = seconds(lambda root=root: discover(root, Criteria(year=2021)), best_of=3)
                command = engine_command(engine, root) if arguments.against else None
                own = seconds(lambda c=command, r=root: run_engine(c, r), best_of=1) if command else None
                shown = f"{own:.2f} s" if own else ""
                print(f"{engine:8}{count:>7}{took:>10.2f}{took / count * 1000:>10.2f}{shown:>21}")


if __name__ == "__main__":
    main()
