"""A book set piece by piece is the book set as one document, whatever was remembered and whoever died."""

import contextlib
import os
import pickle
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pdf_facts import labels_of, outline_of, page_texts
from picture_box import encode, noise
from PIL import Image, ImageChops, ImageFilter

from yearbook import crew, halves, pipeline
from yearbook.config import read_config
from yearbook.errors import EngineError
from yearbook.orders import TWIN
from yearbook.piece import Piece
from yearbook.preflight import read
from yearbook.report import Silent

ROOT = Path(__file__).parent.parent
PROSE = "봄이 오면 골목의 나무가 먼저 알고, 사람들은 그보다 조금 늦게 창을 연다. "


def write_blog(blog, posts):
    """A small Hugo blog; `posts` are bodies by name."""
    (blog / "content").mkdir(parents=True)
    (blog / "hugo.toml").write_text('title = "기록"\nlanguageCode = "ko"\n', encoding="utf-8")
    for number, (name, body) in enumerate(posts.items()):
        write_post(blog, name, number, body)
    return blog


def write_post(blog, name, number, body):
    head = f"---\ntitle: 글 {name}\ndate: 2025-{1 + number % 3:02}-{1 + number:02}\ntags: [가, 나]\n---\n"
    (blog / "content" / f"{name}.md").write_text(head + body, encoding="utf-8")


def build(blog, folder, name="book.pdf", **overrides):
    output = folder / name
    values = {"cache": folder / "cache", "output": str(output), "offline": True, "year": 2025, **overrides}
    report = pipeline.build(read_config(blog, None, values), Silent())
    return output, report


@pytest.mark.parametrize(("quality", "printed"), [("normal", 1220), ("high", 1276)])
def test_photographs_are_as_good_as_the_blog_asks(tmp_path, quality, printed):
    blog = write_blog(tmp_path / "blog", {"가": "![들](field.jpg)\n"})
    (blog / "static").mkdir()
    (blog / "static" / "field.jpg").write_bytes(encode(noise(1220, 812).resize((2440, 1624)), "JPEG"))
    book, _ = build(blog, tmp_path, **{"images.quality": quality})
    with pikepdf.open(book) as document:
        widths = {
            int(image.Width)
            for page in document.pages
            for image in page.get_images().values()
            if image.Width > 300
        }
    assert widths == {printed}


@pytest.mark.skipif(sys.platform != "linux", reason="a copy of the process helps on Linux only")
def test_a_new_book_is_read_back_with_help(tmp_path, monkeypatch):
    """Nothing that runs beside the build keeps it from being copied."""
    copies, fork = [], os.fork

    def counted():
        copies.append(fork())
        return copies[-1]

    monkeypatch.setattr(read, "_PAGES_WORTH_A_COPY", 5)
    monkeypatch.setattr(halves.os, "fork", counted)
    build(write_blog(tmp_path / "blog", {f"글{n}": PROSE * 4 for n in range(9)}), tmp_path)
    assert len(copies) == 1


@pytest.fixture(
    scope="module", params=("hugo-blog", pytest.param("jekyll-blog", marks=pytest.mark.long))
)
def both_ways(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ways")
    shutil.copytree(ROOT / "examples" / request.param, folder / "blog")
    pieces, report = build(folder / "blog", folder, "pieces.pdf")
    whole, _ = build(folder / "blog", folder, "whole.pdf", whole=True)
    assert report.pieces > 10
    return pieces, whole


def draw(pdf, folder):
    subprocess.run(["pdftoppm", "-r", "60", "-gray", "-png", str(pdf), str(folder / pdf.stem)], check=True)
    return sorted(folder.glob(f"{pdf.stem}-*.png"))


def links_of(pdf):
    found = []
    with pikepdf.open(pdf) as document:
        for number, page in enumerate(document.pages):
            for link in page.obj.get("/Annots", ()):
                target = str(link.Dest) if "/Dest" in link else str(link.A.URI)
                left, one, right, other = (round(float(v)) for v in link.Rect)
                found.append((number, target, left, right, *sorted((one, other))))
    return sorted(found)


def spots_of(pdf):
    """Where every name of the book leads: page and place."""
    with pikepdf.open(pdf) as document:
        names = list(document.Root.Names.Dests.Names)
        pages = {page.obj.objgen: number for number, page in enumerate(document.pages)}
        return {
            str(name): (pages[spot[0].objgen], round(float(spot[2])), round(float(spot[3])))
            for name, spot in zip(names[::2], names[1::2], strict=True)
        }


def boxes_of(pdf):
    with pikepdf.open(pdf) as document:
        return [
            tuple(round(float(v), 2) for box in ("/MediaBox", "/TrimBox", "/BleedBox") for v in page.obj[box])
            for page in document.pages
        ]


def test_every_page_looks_the_same(both_ways, tmp_path):
    pairs = list(zip(*(draw(pdf, tmp_path) for pdf in both_ways), strict=True))
    assert len(pairs) > 20
    for (one, other), text in zip(pairs, page_texts(both_ways[0]), strict=True):
        if text.startswith("사진 찾아보기"):
            continue  # photographs made very small differ in every pixel when they move by a tenth of one
        pages = [Image.open(path).convert("L").filter(ImageFilter.BoxBlur(1)) for path in (one, other)]
        difference = ImageChops.difference(*pages)
        # Anti-aliasing of one small glyph may differ; a letter that moved is dozens of pixels.
        assert sum(difference.histogram()[40:]) <= 4, one.name


def test_every_page_says_the_same(both_ways):
    one, other = (page_texts(pdf) for pdf in both_ways)
    assert one == other


def test_links_outline_labels_and_boxes_are_the_same(both_ways):
    for facts in (links_of, spots_of, outline_of, labels_of, boxes_of):
        one, other = map(facts, both_ways)
        assert one == other, facts.__name__


def test_pages_are_no_larger_than_in_one_document(both_ways):
    pieces, whole = (pdf.stat().st_size for pdf in both_ways)
    assert pieces <= whole * 1.05


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["word", "page", "heading", "link", "drop", "restore"]),
    ),
    min_size=1,
    max_size=4,
)


def edited(body, edit, name):
    changes = {
        "word": body + "\n\n한 문장 더.\n",
        "page": body + "\n\n" + PROSE * 40,
        "heading": "## 새 제목\n\n" + body,
        "link": body + f"\n\n[다른 글](/{'b' if name != 'b' else 'c'}/)을 보라.\n",
        "drop": PROSE,
        "restore": PROSE * 5,
    }
    return changes[edit]


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(edits=EDITS)
def test_after_any_edits_the_book_is_that_of_empty_caches(edits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("edits")
    bodies = {name: PROSE * (10 + 5 * number) for number, name in enumerate("abcd")}
    blog = write_blog(folder / "blog", bodies)
    build(blog, folder)
    for name, edit in edits:
        bodies[name] = edited(bodies[name], edit, name)
        write_post(blog, name, "abcd".index(name), bodies[name])
        build(blog, folder)
    remembered, report = build(blog, folder)
    assert report.pieces_set == 0
    fresh, _ = build(blog, folder, "fresh.pdf", cache=folder / "other-cache")
    assert remembered.read_bytes() == fresh.read_bytes()


def test_an_engine_nobody_has_read_sets_the_book_as_one_document(tmp_path, monkeypatch):
    monkeypatch.setattr("yearbook.typeset.known.ENGINE", "99.")
    output, report = build(write_blog(tmp_path / "blog", {"a": PROSE}), tmp_path)
    assert (report.pieces, report.exit_code) == (0, 0)
    assert PROSE.split()[0] in "".join(page_texts(output))


def test_one_word_sets_one_post_again(tmp_path):
    blog = write_blog(tmp_path / "blog", dict.fromkeys("abcdefgh", PROSE * 20))
    build(blog, tmp_path)
    write_post(blog, "c", 2, PROSE * 20 + "끝.")
    _, report = build(blog, tmp_path)
    # The post, and the year at a glance, which counts characters.
    assert report.pieces_set == 2


def test_a_page_more_sets_again_only_what_prints_a_number_behind_it(tmp_path):
    posts = dict.fromkeys("abcdefgh", PROSE * 20)
    posts["h"] += "\n\n[처음](/a/)과 [두 번째](/d/)를 보라.\n"
    blog = write_blog(tmp_path / "blog", posts)
    build(blog, tmp_path)
    write_post(blog, "a", 0, PROSE * 90)
    output, report = build(blog, tmp_path)
    # a; cover and glance, which count characters; contents, months, index, where numbers get longer.
    assert report.pieces_set <= 1 + 2 + 5
    text = "\n".join(page_texts(output))
    labels, spots = labels_of(output), spots_of(output)
    assert f"→ {labels[spots['post-d'][0]]}쪽" in text


def test_numbers_that_move_set_nothing_again(tmp_path):
    """All numbers keep their digits: contents, months, index and the post that names one stay as they are."""
    posts = dict.fromkeys("abcdefgh", PROSE * 20)
    posts["h"] += "\n\n[처음](/a/)과 [두 번째](/d/)를 보라.\n"
    blog = write_blog(tmp_path / "blog", posts)
    before, _ = build(blog, tmp_path, "before.pdf")
    write_post(blog, "a", 0, PROSE * 60)
    output, report = build(blog, tmp_path)
    assert report.pieces_set == 3  # a; cover and glance, which count characters
    fresh, _ = build(blog, tmp_path, "fresh.pdf", cache=tmp_path / "other")
    assert output.read_bytes() == fresh.read_bytes()
    old, new = (f"→ {labels_of(pdf)[spots_of(pdf)['post-d'][0]]}쪽" for pdf in (before, output))
    texts = ["".join(page_texts(pdf)) for pdf in (before, output)]
    assert old != new
    assert [old in texts[0], new in texts[1], old in texts[1]] == [True, True, False]


def test_numbers_within_something_half_transparent_are_right(tmp_path):
    posts = dict.fromkeys("abcd", PROSE * 20)
    posts["d"] += "\n\n> [두 번째](/b/)를 보라.\n"
    blog = write_blog(tmp_path / "blog", posts)
    theme = blog / "yearbook/themes/pale"
    theme.mkdir(parents=True)
    (theme / "theme.css").write_text(".contents, .text blockquote { opacity: .9 }", encoding="utf-8")
    (blog / "yearbook.toml").write_text('[page]\ntheme = "pale"\n', encoding="utf-8")
    pieces, _ = build(blog, tmp_path, "pieces.pdf")
    whole, _ = build(blog, tmp_path, "whole.pdf", whole=True)
    assert page_texts(pieces) == page_texts(whole)
    page = labels_of(pieces)[spots_of(pieces)["post-b"][0]]
    assert f"→ {page}쪽" in "".join(page_texts(pieces))


def test_any_number_of_workers_gives_the_same_bytes(tmp_path):
    blog = write_blog(tmp_path / "blog", dict.fromkeys("abcdef", PROSE * 20))
    books = [build(blog, tmp_path, f"{n}.pdf", cache=tmp_path / f"c{n}", jobs=n)[0] for n in (1, 3)]
    assert books[0].read_bytes() == books[1].read_bytes()


def test_a_spoilt_entry_is_not_believed(tmp_path):
    blog = write_blog(tmp_path / "blog", dict.fromkeys("abc", PROSE * 20))
    whole = build(blog, tmp_path)[0].read_bytes()
    chance = random.Random(7)
    for path in sorted((tmp_path / "cache/memo").rglob("*")):
        if path.is_file() and path.name != ".pruned":  # which holds nothing
            data = bytearray(path.read_bytes())
            data[chance.randrange(len(data))] ^= 0xFF
            path.write_bytes(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data)
    again, report = build(blog, tmp_path)
    assert report.pieces_set == report.pieces + 1  # the running heads are a piece that stands on no page
    assert again.read_bytes() == whole


def test_a_memo_that_cannot_be_written_costs_only_time(tmp_path):
    blog = write_blog(tmp_path / "blog", {"a": PROSE})
    whole = build(blog, tmp_path)[0].read_bytes()
    other = tmp_path / "other"
    other.mkdir()
    (other / "memo").write_text("a file where the folder should be", encoding="utf-8")
    again, _ = build(blog, tmp_path, "again.pdf", cache=other)
    assert again.read_bytes() == whole


# --- dying

CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from test_pieces import build
build(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
"""


def begin(blog, folder, name="killed.pdf"):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(blog), str(folder), name, str(Path(__file__).parent)],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def workers_of(process):
    """Processes of the session that are not its first."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            session = int((entry / "stat").read_text(encoding="ascii").rpartition(")")[2].split()[3])
            if session == process.pid and int(entry.name) != process.pid:
                found.append(int(entry.name))
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc")


@pytest.mark.long
@needs_proc
def test_the_next_build_is_right_whenever_the_last_was_killed(tmp_path):
    blog = write_blog(tmp_path / "blog", dict.fromkeys("abcdef", PROSE * 30))
    expected = build(blog, tmp_path, cache=tmp_path / "clean")[0].read_bytes()
    chance = random.Random(3)
    for _ in range(5):
        process = begin(blog, tmp_path)
        time.sleep(chance.uniform(0.4, 2.2))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert not (tmp_path / "killed.pdf").exists() or (tmp_path / "killed.pdf").read_bytes() == expected
    for _ in range(100):
        if not workers_of(process):
            break
        time.sleep(0.1)
    assert workers_of(process) == []
    assert build(blog, tmp_path)[0].read_bytes() == expected


@pytest.mark.parametrize("times", [1, 2])
def test_a_part_of_the_house_is_set_again_when_its_worker_is_killed(tmp_path, monkeypatch, times):
    blog = write_blog(tmp_path / "blog", {"a": PROSE})
    expected = build(blog, tmp_path, cache=tmp_path / "clean")[0].read_bytes()
    ask, killed = crew._Hand._ask, []

    def killing(self, question, *seconds):
        piece = None if question.startswith(TWIN) else pickle.loads(question)
        if isinstance(piece, Piece) and piece.name == "colophon" and len(killed) < times:
            killed.append(self._process)
            self._process.kill()
        return ask(self, question, *seconds)

    monkeypatch.setattr(crew._Hand, "_ask", killing)
    if times == 1:
        assert build(blog, tmp_path)[0].read_bytes() == expected
    else:
        with pytest.raises(EngineError, match=r"`colophon` .*: the typesetting process died"):
            build(blog, tmp_path)
    assert len(set(killed)) == times


@pytest.mark.long
@needs_proc
def test_a_killed_worker_is_replaced_and_its_piece_set(tmp_path):
    blog = write_blog(tmp_path / "blog", dict.fromkeys("abcdef", PROSE * 30))
    expected = build(blog, tmp_path, cache=tmp_path / "clean")[0].read_bytes()
    process = begin(blog, tmp_path)
    time.sleep(1.2)
    for pid in workers_of(process)[:1]:
        os.kill(pid, signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, b"")
    again, _ = build(blog, tmp_path)
    assert again.read_bytes() == (tmp_path / "killed.pdf").read_bytes() == expected


def test_a_post_the_engine_cannot_set_costs_only_itself(tmp_path, monkeypatch):
    """Deep nesting beyond all bounds, and a paragraph that would take minutes."""
    deep = "<div>" * 3000 + "깊은 곳" + "</div>" * 3000
    blog = write_blog(tmp_path / "blog", {"a": PROSE, "b": deep, "c": PROSE + "끝"})
    output, report = build(blog, tmp_path)
    text = re.sub(r"\s", "", "".join(page_texts(output)))
    assert "조금늦게창을연다.끝" in text
    named = {finding.place for finding in report.findings if finding.kind in {"simplified", "not-typeset"}}
    assert named <= {"content/b.md"}


def test_a_sentence_leaves_listings_as_they_were_coloured(tmp_path, monkeypatch):
    listing = "\n\n```python\ndef go():\n    return 1\n```\n\n"
    blog = write_blog(tmp_path / "blog", {"a": PROSE + listing + PROSE, "b": PROSE})
    build(blog, tmp_path)
    asked = []
    monkeypatch.setattr("yearbook.render.highlight.find_runs", lambda *given: asked.append(given) or ())
    write_post(blog, "a", 0, "한 문장 더. " + PROSE + listing + PROSE)
    remembered, _ = build(blog, tmp_path)
    assert asked == []
    monkeypatch.undo()
    fresh, _ = build(blog, tmp_path, "fresh.pdf", cache=tmp_path / "other")
    assert remembered.read_bytes() == fresh.read_bytes()
    write_post(blog, "a", 0, PROSE + listing.replace("1", "2") + PROSE)
    changed, _ = build(blog, tmp_path)
    fresh, _ = build(blog, tmp_path, "fresh.pdf", cache=tmp_path / "third")
    assert changed.read_bytes() == fresh.read_bytes()
