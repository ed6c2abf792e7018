"""The blog that is measured: always the same posts and pictures, and the changes a writer makes to them.

Nothing here is anybody's text: sentences are put together from words. A post depends on its number only, so
the first 24 of 365 posts are the 24 posts. Pictures are drawn once and kept in the work folder.
"""

import datetime as dt
import os
import random
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parent.parent
YEAR = 2025
POOL = 60
PICTURES_VERSION = "2"

NOUNS = (
    "바람", "강물", "골목", "서랍", "편지", "창문", "새벽", "계단", "우산", "달력", "연필", "책상", "의자",
    "지도", "기차", "정류장", "시장", "부엌", "마당", "감나무", "그림자", "발자국", "목소리", "약속",
    "습관", "기억", "질문", "대답", "문장", "단어", "쉼표", "밑줄", "여백", "초안", "공책", "사전",
    "도서관", "서점", "찻집", "빵집", "텃밭", "호박", "고추", "상추", "된장", "국수", "만두", "귤",
    "복숭아", "수박", "안개", "소나기", "첫눈", "햇살", "구름", "노을", "별자리", "등대", "섬", "포구",
    "함수", "변수", "색인", "캐시", "서버", "질의", "화면", "단추", "목록", "오류", "기록", "시험", "배포",
    "가지", "병합", "검토", "회의", "일정", "계획", "마감", "자전거", "운동화", "산책", "등산", "수영",
    "낮잠", "감기", "안경", "사진", "필름", "렌즈", "액자", "음악", "기타", "건반", "박자", "노래", "영화",
    "극장", "무대", "동생", "이웃", "친구", "선생님", "할머니", "고양이", "까치", "참새", "제비", "은행잎",
    "단풍", "눈사람", "썰매", "난로", "이불", "베개", "촛불", "성냥", "열쇠", "자물쇠",
)
PARTICLES = (
    "은는", "이가", "을를", "와과", "에", "에서", "도", "만", "까지", "부터", "보다", "처럼", "으로",
    "에게",
)
MODIFIERS = (
    "조용한", "느린", "오래된", "낯선", "익숙한", "짧은", "두꺼운", "얇은", "따뜻한", "차가운", "작은",
    "넓은", "깊은", "가벼운", "무거운", "밝은", "흐린", "빠르게", "천천히", "가만히", "문득", "다시",
    "아직", "이미", "겨우", "조금", "오래", "자주", "가끔", "몰래", "함께", "혼자", "나란히", "곧",
)
VERBS = (
    "보았다", "걸었다", "적었다", "고쳤다", "읽었다", "생각했다", "멈추었다", "돌아왔다", "지웠다",
    "열었다", "닫았다", "찾아냈다", "잊었다", "떠올렸다", "기다렸다", "물었다", "들었다", "웃었다", "남겨",
    "두었다", "옮겨", "따라갔다", "나누었다", "배웠다", "헷갈렸다", "미루었다", "끝냈다", "시작했다",
)
NAMES = (
    "Docker", "Kubernetes", "Redis", "PostgreSQL", "GitHub", "Linux", "Python", "Rust", "HTTP", "JSON",
    "API", "CSS", "SQL", "Vim", "Kafka",
)
CODE = (
    "def total(values: list[int]) -> int:\n    result = 0\n    for value in values:\n"
    "        result += value\n    return result\n",
    'class Shelf:\n    """책을 꽂아 두는 곳."""\n\n    def __init__(self, name: str) -> None:\n'
    "        self.name = name\n        self.books = []\n",
    "const rows = await db.query('select id, title from posts where year = $1', [2025]);\n"
    "for (const row of rows) {\n  console.log(`${row.id}: ${row.title}`);\n}\n",
    "SELECT month, count(*) AS posts\nFROM entries\nWHERE year = 2025\nGROUP BY month\nORDER BY month;\n",
    "$ docker run --rm -it -v $PWD:/src alpine:3.20 sh\n$ ls -la /src | head -5\n$ du -sh /src\n",
)
LANGUAGES = ("python", "python", "javascript", "sql", "sh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blog:
    """A blog on disk."""

    root: Path
    """Its folder."""
    posts: tuple[Path, ...]
    """Its posts, oldest first."""
    pictures: str
    """`shared` or `unique`."""


def write_blog(work: Path, posts: int, pictures: str) -> Blog:
    """A Hugo blog of so many posts over one year, with its pictures; what stood there before is replaced."""
    root = work / f"blog-{posts}-{pictures}"
    shutil.rmtree(root, ignore_errors=True)
    (root / "content").mkdir(parents=True)
    (root / "static" / "images").mkdir(parents=True)
    (root / "hugo.toml").write_text('title = "느린 기록"\nlanguageCode = "ko"\n', encoding="utf-8")
    (root / "yearbook.toml").write_text('[page]\ntheme = "bench"\n', encoding="utf-8")
    paths = tuple(root / "content" / f"post-{number:04}.md" for number in range(posts))
    names: dict[str, None] = {}
    for number, path in enumerate(paths):
        shown = picture_names(number, pictures)
        path.write_text(post_text(number, posts, shown), encoding="utf-8")
        names |= dict.fromkeys(shown)
    place_pictures(work / f"pictures-{PICTURES_VERSION}", root / "static" / "images", list(names))
    blog = Blog(root=root, posts=paths, pictures=pictures)
    set_colour(blog, 0)
    return blog


# What a writer changes.


def change_sentence(blog: Blog, turn: int) -> Path:
    """Two words of one sentence of one post change places: the same widths, so the same lines and pages."""
    count = len(blog.posts)
    path = blog.posts[(count // 2 + 7 * turn) % count]
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    lines = body.split("\n")
    for index, line in enumerate(lines):
        if (changed := swap_words(line)) != line:
            lines[index] = changed
            path.write_text(head + "\n\n" + "\n".join(lines), encoding="utf-8")
            return path
    message = f"{path} has no sentence to change"
    raise SystemExit(message)


def swap_words(line: str) -> str:
    """The line with two different Hangul words of one length exchanged; itself if it is no prose."""
    words = line.split(" ")
    if len(words) < 20:
        return line
    for first, word in enumerate(words[:12]):
        for second in range(first + 1, 12):
            other = words[second]
            if word != other and len(word) == len(other) and is_hangul(word + other):
                words[first], words[second] = other, word
                return " ".join(words)
    return line


def is_hangul(text: str) -> bool:
    """Whether it is nothing but syllables, which are all of one width."""
    return all("가" <= letter <= "힣" for letter in text)


def grow_january(blog: Blog, turn: int, pages: int) -> tuple[Path, str]:
    """The first post gets a paragraph of about so many pages; gives its path and its text before that."""
    path = blog.posts[0]
    before = path.read_text(encoding="utf-8")
    chance = random.Random(f"january {turn}")
    added = ""
    while len(added) < 760 * pages:
        added += sentence(chance) + " "
    path.write_text(f"{before}\n{added.strip()}\n", encoding="utf-8")
    return path, before


def set_colour(blog: Blog, turn: int) -> None:
    """The colour of all text, in the blog's own theme: another one each turn, and none seen before."""
    theme = blog.root / "yearbook" / "themes" / "bench"
    theme.mkdir(parents=True, exist_ok=True)
    (theme / "theme.toml").write_text('label = "measured"\n', encoding="utf-8")
    (theme / "theme.css").write_text(f":root {{ --ink: #1b{turn % 64:02x}18 }}\n", encoding="utf-8")


# Text.


def post_text(number: int, posts: int, pictures: list[str]) -> str:
    """One post, front matter and all. Its date depends on how many there are, its text does not."""
    chance = random.Random(f"post {number}")
    moment = dt.datetime(YEAR, 1, 1, 9, tzinfo=dt.UTC) + dt.timedelta(minutes=number * 525_000 // posts)
    title = f"{chance.choice(MODIFIERS)} {chance.choice(NOUNS)} {number:04}"
    tags = ", ".join(f'"{name}"' for name in chance.sample(NOUNS[:24], 2))
    head = f'---\ntitle: "{title}"\ndate: {moment:%Y-%m-%dT%H:%M:%S+00:00}\ntags: [{tags}]\n---\n'
    return head + "\n" + post_body(chance, pictures)


def post_body(chance: random.Random, pictures: list[str]) -> str:
    """Markdown: an opening, then sections of prose, most with a list, a table, code or a picture."""
    blocks = [paragraph(chance), paragraph(chance)]
    sections = chance.choice((2, 3, 3, 3, 4, 4, 5))
    waiting = list(pictures)
    for section in range(sections):
        blocks.append(f"## {' '.join(chance.choice(NOUNS) for _ in range(chance.randint(2, 3)))}")
        blocks += [paragraph(chance) for _ in range(chance.randint(2, 4))]
        if waiting and (section % 2 == 0 or len(waiting) >= sections - section):
            blocks.append(f"![{chance.choice(MODIFIERS)} {chance.choice(NOUNS)}](/images/{waiting.pop(0)})")
        blocks += extras(chance)
        blocks.append(paragraph(chance))
    blocks += [f"![{chance.choice(NOUNS)}](/images/{name})" for name in waiting]
    return "\n\n".join([*blocks, paragraph(chance)]) + "\n"


def extras(chance: random.Random) -> list[str]:
    """What stands between paragraphs: nothing, or a list, code, a table, a quotation."""
    kind = chance.random()
    if kind < 0.22:
        mark = chance.choice(("-", "1."))
        return ["\n".join(f"{mark} {sentence(chance)}" for _ in range(chance.randint(4, 7)))]
    if kind < 0.42:
        which = chance.randrange(len(CODE))
        return [f"```{LANGUAGES[which]}\n{CODE[which] * chance.randint(1, 2)}```"]
    if kind < 0.54:
        rows = [f"| {chance.choice(NOUNS)} | {chance.choice(MODIFIERS)} | {n * n} |" for n in range(2, 8)]
        return ["\n".join(["| 이름 | 모습 | 수 |", "|---|---|--:|", *rows])]
    return ["> " + sentence(chance)] if kind < 0.64 else []


def paragraph(chance: random.Random) -> str:
    """Three to seven sentences."""
    return " ".join(sentence(chance) for _ in range(chance.randint(3, 7)))


def sentence(chance: random.Random) -> str:
    """One sentence as Korean looks; now and then with a foreign name, emphasis or code."""
    words = []
    for _ in range(chance.randint(2, 5)):
        if chance.random() < 0.4:
            words.append(chance.choice(MODIFIERS))
        words.append(with_particle(chance.choice(NOUNS), chance.choice(PARTICLES)))
    if chance.random() < 0.15:
        name = chance.choice(NAMES)
        words[0] = chance.choice((name, f"**{name}**", f"`{name.lower()}`"))
    return " ".join([*words, chance.choice(VERBS)]) + "."


def with_particle(noun: str, particle: str) -> str:
    """The noun with the form of the particle that its last syllable asks for.

    >>> with_particle("강물", "은는"), with_particle("편지", "은는"), with_particle("섬", "에서")
    ('강물은', '편지는', '섬에서')
    """
    if particle not in {"은는", "이가", "을를", "와과"}:
        return noun + particle
    is_closed = (ord(noun[-1]) - ord("가")) % 28 > 0
    first, second = particle if particle != "와과" else "과와"
    return noun + (first if is_closed else second)


# Pictures.


def picture_names(number: int, pictures: str) -> list[str]:
    """The pictures of a post: two or three, of the pool that all posts share or all its own."""
    count = 2 if random.Random(f"count {number}").random() < 0.53 else 3
    if pictures == "shared":
        chance = random.Random(f"pictures {number}")
        return [file_name("shared", which) for which in chance.sample(range(POOL), count)]
    return [file_name("unique", 3 * number + which) for which in range(count)]


def file_name(kind: str, which: int) -> str:
    """Two photographs to each screenshot."""
    return f"{kind}-{which:05}.{'png' if which % 3 == 2 else 'jpg'}"


def place_pictures(kept: Path, folder: Path, names: list[str]) -> None:
    """Draws what was never drawn, on all cores, and puts every picture into the blog."""
    kept.mkdir(parents=True, exist_ok=True)
    missing = [kept / name for name in names if not (kept / name).exists()]
    if missing:
        with ProcessPoolExecutor() as pool:
            list(pool.map(draw, missing, chunksize=8))
    for name in names:
        try:
            os.link(kept / name, folder / name)
        except OSError:  # another file system, or one without links
            shutil.copyfile(kept / name, folder / name)


def draw(path: Path) -> None:
    """Draws the picture of that name; it appears whole or not at all."""
    chance = random.Random(path.name)
    draft = path.with_name(f"draft-{path.name}")
    if path.suffix == ".png":
        screenshot(chance).save(draft, "PNG")
    else:
        photograph(chance).save(draft, "JPEG", quality=86)
    draft.replace(path)


def photograph(chance: random.Random) -> Image.Image:
    """2400 × 1600: soft light, hills with hard edges, and the grain of a sensor."""
    size = (2400, 1600)
    cells = (chance.randint(12, 36), chance.randint(8, 24))
    soft = Image.frombytes("RGB", cells, chance.randbytes(cells[0] * cells[1] * 3))
    light = Image.new("RGB", cells, tuple(chance.randint(120, 220) for _ in range(3)))
    picture = ImageChops.blend(soft, light, 0.8).resize(size, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    for layer in range(3):
        height = 800 + 230 * layer
        ridge = [(x, height + chance.randint(-120, 120)) for x in range(0, 2401, 60)]
        pen.polygon([*ridge, (2400, 1600), (0, 1600)], fill=tuple(chance.randint(20, 150) for _ in range(3)))
    cells = (1200, 800)
    grain = Image.frombytes("L", cells, chance.randbytes(cells[0] * cells[1]))
    grain = grain.resize(size, Image.Resampling.BILINEAR)
    strength = chance.uniform(0.04, 0.13)
    return ImageChops.blend(picture, Image.merge("RGB", (grain, grain, grain)), strength)


def screenshot(chance: random.Random) -> Image.Image:
    """1400 × 900: a window with a side bar and lines of text in a few colours."""
    picture = Image.new("RGB", (1400, 900), (250, 250, 248))
    pen = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(ROOT / "fonts" / "d2coding-full.ttf"), 19)
    pen.rectangle((0, 0, 1400, 44), fill=(44, 48, 58))
    pen.rectangle((0, 44, 260, 900), fill=(234, 236, 240))
    colours = ((40, 44, 52), (166, 38, 164), (64, 120, 242), (80, 161, 79), (160, 161, 167))
    for row in range(32):
        top = 58 + 26 * row
        pen.text((18, top), chance.choice(NOUNS), font=font, fill=(90, 94, 102))
        if chance.random() < 0.85:
            left = 290 + 40 * chance.randrange(3)
            pen.text((left, top), sentence(chance), font=font, fill=chance.choice(colours))
    return picture
