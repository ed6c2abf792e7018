"""The tools that measure whole books: what they write and how they reckon. No test asserts a time."""

import doctest
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import bench_book  # noqa: E402  # scripts are no package
import bench_corpus  # noqa: E402
import bench_measure  # noqa: E402
import bench_peers  # noqa: E402
import bench_table  # noqa: E402

BLOCKS = ("\n## ", "\n- ", "\n1. ", "\n```", "\n| ", "\n> ", "![")


@pytest.fixture
def blog(tmp_path, monkeypatch):
    """Twelve posts, without the time that drawing pictures takes."""
    monkeypatch.setattr(bench_corpus, "place_pictures", lambda *_: None)
    return bench_corpus.write_blog(tmp_path, 12, "unique")


def texts(blog):
    return [path.read_text(encoding="utf-8") for path in blog.posts]


def record(row, turn, *, posts=365, wall=1.0, peak=1.0, size=1.0):
    run = bench_measure.Run(wall=wall, cpu=wall, peak_mib=peak, pdf_mib=size, pages=10)
    return bench_table.Record(posts=posts, pictures="shared", turn=turn, row=row, run=run)


@pytest.mark.parametrize("module", [bench_corpus, bench_table], ids=lambda module: module.__name__)
def test_the_examples_hold(module):
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


def test_a_blog_is_always_the_same_and_has_every_kind_of_block(blog):
    before = texts(blog)
    assert texts(bench_corpus.write_blog(blog.root.parent, 12, "unique")) == before
    everything = "".join(before)
    assert [block for block in BLOCKS if block not in everything] == []


def test_a_post_is_the_same_in_a_larger_blog(blog):
    larger = bench_corpus.write_blog(blog.root.parent, 30, "unique")
    bodies = [[text.split("---\n", 2)[2] for text in texts(one)] for one in (blog, larger)]
    assert bodies[1][:12] == bodies[0]


def test_unique_pictures_are_shown_once_and_shared_ones_again():
    unique = [name for number in range(365) for name in bench_corpus.picture_names(number, "unique")]
    shared = [name for number in range(365) for name in bench_corpus.picture_names(number, "shared")]
    assert len(set(unique)) == len(unique) == len(shared)
    assert 850 < len(unique) < 950
    assert len(set(shared)) == bench_corpus.POOL


def test_a_changed_sentence_keeps_its_letters_and_the_length_of_its_words(blog):
    before = texts(blog)
    path = bench_corpus.change_sentence(blog, 0)
    changed = [(old, new) for old, new in zip(before, texts(blog), strict=True) if old != new]
    assert [new for _, new in changed] == [path.read_text(encoding="utf-8")]
    old, new = (text.split(" ") for text in changed[0])
    assert [len(word) for word in old] == [len(word) for word in new]
    assert sorted(old) == sorted(new)


def test_each_round_changes_another_post(blog):
    assert len({bench_corpus.change_sentence(blog, turn) for turn in range(12)}) == 12


def test_the_text_of_january_can_be_taken_back(blog):
    before = texts(blog)
    path, text = bench_corpus.grow_january(blog, 3, 2)
    assert path.read_text(encoding="utf-8").startswith(text)
    assert len(path.read_text(encoding="utf-8")) > len(text) + 1500
    path.write_text(text, encoding="utf-8")
    assert texts(blog) == before


def test_every_round_has_a_colour_of_its_own(blog):
    css = blog.root / "yearbook" / "themes" / "bench" / "theme.css"
    seen = set()
    for turn in range(20):
        bench_corpus.set_colour(blog, turn)
        seen.add(css.read_text(encoding="utf-8"))
    assert len(seen) == 20


def test_pictures_are_as_heavy_as_real_ones(tmp_path):
    for name, least, most in (("unique-00000.jpg", 300, 900), ("unique-00002.png", 40, 400)):
        bench_corpus.draw(tmp_path / name)
        assert least * 1024 < (tmp_path / name).stat().st_size < most * 1024


def test_peers_read_the_posts_by_date(blog):
    titles = [title for title, _ in bench_peers.read_posts(blog.root)]
    assert [title[-4:] for title in titles] == [f"{number:04}" for number in range(12)]


def test_ratios_are_taken_inside_a_round():
    records = [record("cold", 0, wall=1), record("cold", 1, wall=30)]
    records += [record("naive", 0, wall=2), record("naive", 1, wall=100), record("naive", 2, wall=1)]
    assert bench_table.ratios(records, bench_table.GOALS[0]) == [0.5, 0.3]


def test_a_missed_target_is_called_missed():
    lines = list(bench_table.ratio_lines([record("cold", 0, wall=6), record("naive", 0, wall=10)]))
    assert "| ≤ 0.5 | 0.600 | 0.600–0.600 | **missed** |" in lines[0]
    lines = list(bench_table.ratio_lines([record("cold", 0, wall=4), record("naive", 0, wall=10)]))
    assert "| ≤ 0.5 | 0.400 | 0.400–0.400 | holds |" in lines[0]


def test_targets_are_for_365_posts():
    records = [record("cold", 0, posts=24), record("naive", 0, posts=24)]
    assert all("≤" not in line for line in bench_table.ratio_lines(records))


def test_growth_is_an_exponent_from_120_posts_on():
    records = [record("cold", 0, posts=posts, wall=posts**1.5) for posts in (24, 120, 1000)]
    (line,) = bench_table.growth_lines(records)
    assert "120 to 1,000" in line
    assert "≤ 1.05 | 1.500 |" in line
    assert "missed" in line
    assert list(bench_table.growth_lines(records[:1])) == []


def test_an_interrupted_run_can_be_printed(tmp_path, capsys):
    records = [record("cold", 0, wall=3), record("naive", 0, wall=4)]
    bench_table.save(records, ["2 cores"], tmp_path / "kept.json")
    bench_book.main(["--print", str(tmp_path / "kept.json")])
    assert capsys.readouterr().out == bench_table.tables(records, ["2 cores"])


def write_pdf(path, size):
    """A program that writes the smallest PDF, holds so many bytes for a moment in a child, and ends."""
    child = f"import time; held = bytes(range(256)) * ({size} // 256); time.sleep(3)"
    return (
        "import pathlib, pikepdf, subprocess, sys\n"
        f"subprocess.run([sys.executable, '-c', {child!r}], check=True)\n"
        f"pdf = pikepdf.new(); pdf.add_blank_page(); pdf.save({str(path)!r})\n"
    )


@pytest.mark.skipif(not bench_measure.PROC.is_dir(), reason="needs /proc")
def test_memory_of_children_counts(tmp_path):
    pdf = tmp_path / "a.pdf"
    runs = [
        bench_measure.measure([sys.executable, "-c", write_pdf(pdf, mib * 1024 * 1024)], pdf, {})
        for mib in (1, 101)
    ]
    # Without the child both would be the same: what the parent itself takes at another moment.
    assert runs[0].peak_mib < 60
    assert 90 < runs[1].peak_mib < 160
    assert runs[1].pages == 1
    assert runs[1].cpu > 0


@pytest.mark.skipif(not bench_measure.PROC.is_dir(), reason="needs /proc")
def test_memory_that_a_child_shares_counts_once(tmp_path):
    pdf = tmp_path / "a.pdf"
    code = (
        "import os, time, pikepdf\n"
        "held = bytearray(200 * 1024 * 1024)\n"
        "child = os.fork()\n"
        "time.sleep(.6)\n"
        "if child:\n"
        "    os.waitpid(child, 0)\n"
        f"    pdf = pikepdf.new(); pdf.add_blank_page(); pdf.save({str(pdf)!r})\n"
    )
    run = bench_measure.measure([sys.executable, "-c", code], pdf, {})
    assert 200 < run.peak_mib < 330


@pytest.mark.parametrize("code", ["import sys; print('no ink'); sys.exit(3)", "print('no ink')"])
def test_a_build_that_fails_or_writes_nothing_ends_the_run(tmp_path, code):
    (tmp_path / "a.pdf").write_bytes(b"of an earlier run")
    with pytest.raises(SystemExit, match="no ink"):
        bench_measure.measure([sys.executable, "-c", code], tmp_path / "a.pdf", {})


def test_a_watching_command_is_measured_until_its_pdf_is_replaced(tmp_path):
    pdf, post = tmp_path / "a.pdf", tmp_path / "post.md"
    post.write_text("1", encoding="utf-8")
    code = (
        "import os, pathlib, time, pikepdf\n"
        f"post, pdf, before = pathlib.Path({str(post)!r}), {str(pdf)!r}, ''\n"
        "while True:\n"
        "    now = post.read_text()\n"
        "    if now and now != before:\n"
        "        made = pikepdf.new()\n"
        "        for _ in range(int(now)): made.add_blank_page()\n"
        "        made.save(pdf + '.new'); os.replace(pdf + '.new', pdf)\n"
        "        time.sleep(.2); print('made', flush=True); before = now\n"
        "    time.sleep(.01)\n"
    )
    with bench_measure.watched([sys.executable, "-c", code], pdf, {}, done="made") as watching:
        run, given = watching.after(lambda: post.write_text("3", encoding="utf-8"))
        assert (run.pages, given) == (3, 1)
        assert watching.said.read_bytes().count(b"made") == 2, "it waits until all is said"
    assert watching.process.returncode

    with (
        pytest.raises(SystemExit, match="no ink"),
        bench_measure.watched([sys.executable, "-c", "print('no ink')"], pdf, {}, done="made"),
    ):
        pass


def test_an_interrupted_run_ends_what_it_started(tmp_path):
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    process = subprocess.Popen(sleeper, start_new_session=True)
    with pytest.raises(KeyboardInterrupt), bench_measure.ended_with_us(process):
        raise KeyboardInterrupt
    assert process.wait(timeout=30) < 0


def test_the_family_of_a_process_is_all_below_it():
    if not bench_measure.PROC.is_dir():
        pytest.skip("needs /proc")
    inner = "import time; time.sleep(60)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    process = subprocess.Popen([sys.executable, "-c", outer], start_new_session=True)
    try:
        deadline = time.monotonic() + 30
        while len(bench_measure.family(process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(bench_measure.family(process.pid)) == 2
    finally:
        with pytest.raises(KeyboardInterrupt), bench_measure.ended_with_us(process):
            raise KeyboardInterrupt
        process.wait(timeout=30)


def test_random_sentences_need_no_global_state():
    random.seed(1)
    first = bench_corpus.post_text(5, 24, ["a.jpg", "b.png"])
    random.seed(2)
    assert bench_corpus.post_text(5, 24, ["a.jpg", "b.png"]) == first
