"""The command: help, mistakes, exit codes, and what goes where."""

import contextlib
import importlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from yearbook.cli import main
from yearbook.errors import ExitCode

POST = '---\ntitle: "{title}"\ndate: {date}\n---\n{body}\n'


@pytest.fixture
def blog(tmp_path, monkeypatch):
    """A tiny Hugo blog with one post in 2021 and one in 2020, and the current folder beside it."""
    root = tmp_path / "blog"
    write(root / "hugo.toml", 'title = "기록"\nlanguageCode = "ko"\ntimeZone = "Asia/Seoul"\n')
    write(root / "content/posts/a.md", POST.format(title="봄", date="2021-03-05", body="봄이 왔다."))
    write(root / "content/posts/b.md", POST.format(title="겨울", date="2020-12-31", body="눈이 왔다."))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YEARBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CI", raising=False)
    return root


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def complaint(capsys, *arguments):
    """Exit code and stderr of a run that must say one sentence and print no product."""
    code = main(list(arguments))
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    assert captured.out == ""
    return code, captured.err


def test_a_book_is_built_and_only_its_path_is_printed(blog, capsys):
    assert main(["build", "blog", "--year", "2021"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "yearbook-2021.pdf\n"
    assert Path("yearbook-2021.pdf").read_bytes().startswith(b"%PDF-")
    assert "1 posts" in captured.err


def test_without_a_year_the_latest_is_taken(blog, capsys):
    assert main(["build", "blog", "-q"]) == 0
    assert capsys.readouterr().out == "yearbook-2021.pdf\n"


def test_the_same_blog_gives_the_same_bytes(blog):
    for name in ("one.pdf", "two.pdf"):
        assert main(["build", "blog", "-q", "-o", name]) == 0
    assert Path("one.pdf").read_bytes() == Path("two.pdf").read_bytes()


def test_the_pdf_can_go_to_standard_output(blog):
    done = subprocess.run(
        [sys.executable, "-m", "yearbook", "build", "blog", "-o", "-"], capture_output=True, check=True
    )
    assert done.stdout.startswith(b"%PDF-")
    assert not list(Path().glob("*.pdf"))


def test_the_engines_input_can_be_kept(blog):
    assert main(["build", "blog", "-q", "--keep-html", "kept"]) == 0
    assert "봄이 왔다." in Path("kept/book.html").read_text(encoding="utf-8")
    assert "@page" in Path("kept/book.css").read_text(encoding="utf-8")


# --- the listing


def test_the_listing_says_what_is_in_and_what_is_out_and_why(blog, capsys):
    assert main(["list", "blog", "--year", "2021"]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].split() == ["date", "characters", "pictures", "verdict", "title", "path"]
    assert any(line.split()[:4] == ["2021-03-05", "5", "0", "in"] and "봄" in line for line in lines)
    assert any("out:" in line and "2020-12-31" in line for line in lines)
    assert main(["list", "blog", "--year", "2021", "--out"]) == 0
    assert "봄" not in capsys.readouterr().out


def test_the_listing_can_be_json(blog, capsys):
    assert main(["list", "blog", "--year", "2021", "--json"]) == 0
    listing = json.loads(capsys.readouterr().out)
    assert [post["slug"] for post in listing["posts"]] == ["a"]
    assert [post["reason"] for post in listing["left_out"]] == ["other-year"]
    assert listing["years"] == {"2020": 1, "2021": 1}


def test_columns_line_up_although_hangul_is_wide(blog, capsys):
    write(blog / "content/posts/c.md", POST.format(title="A long English title", date="2021-04-01", body="x"))
    main(["list", "blog", "--year", "2021"])
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("2021")]
    wide = [sum(2 if ord(c) > 0x1100 else 1 for c in row[: row.index("content/")]) for row in rows]
    assert len(set(wide)) == 1


# --- mistakes


def test_no_blog_here(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, said = complaint(capsys, "build")
    assert code == 2
    assert "hugo" in said.lower()
    assert "yearbook: " in said


def test_a_folder_that_does_not_exist(tmp_path, capsys):
    code, said = complaint(capsys, "build", str(tmp_path / "nowhere"))
    assert (code, "does not exist" in said) == (2, True)


def test_no_posts_in_that_year_says_which_years_have(blog, capsys):
    code, said = complaint(capsys, "build", "blog", "--year", "2019")
    assert code == 3
    assert "no posts in 2019" in said
    assert "2020 (1), 2021 (1)" in said


def test_unreadable_front_matter_names_file_and_line(blog, capsys):
    write(blog / "content/posts/bad.md", '---\ntitle: "열린 따옴표\ndate: 2021-05-01\n---\nx\n')
    code, said = complaint(capsys, "build", "blog", "--year", "2021")
    assert code == 4
    assert "content/posts/bad.md:" in said
    assert not Path("yearbook-2021.pdf").exists()
    assert main(["build", "blog", "--year", "2021", "--keep-going"]) == 5
    assert Path("yearbook-2021.pdf").exists()


def test_a_typing_error_in_the_configuration(blog, capsys):
    write(blog / "yearbook.toml", 'titel = "x"\n')
    code, said = complaint(capsys, "build", "blog")
    assert code == 2
    assert "yearbook.toml:1" in said
    assert "did you mean `title`?" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bild"], "invalid choice"),
        (["build", "blog", "--yaer", "2021"], "unrecognized arguments"),
        (["build", "blog", "--year", "twenty"], "invalid int"),
        (["build", "blog", "--trim", "a7"], "invalid choice"),
        (["build", "blog", "--from", "gestern"], "2021-03-01"),
        (["build", "blog", "--mirror", "x"], "URL=TARGET"),
        (["build", "blog", "--zone", "Asia/Soul"], "zone"),
        (["build", "blog", "--engine", "ghost"], "hugo"),
        ([], "required"),
    ],
)
def test_a_wrong_argument(blog, capsys, arguments, words):
    code, said = complaint(capsys, *arguments)
    assert code == 2
    assert words.lower() in said.lower()


def test_an_output_that_is_a_folder(blog, capsys):
    code, said = complaint(capsys, "build", "blog", "-o", ".")
    assert (code, "is a folder" in said) == (7, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_write_permission(blog, tmp_path, capsys):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    code, said = complaint(capsys, "build", "blog", "-o", str(closed / "book.pdf"))
    assert (code, "cannot be written" in said) == (7, True)


def test_an_output_below_a_file_cannot_be_written(blog, capsys):
    code, said = complaint(capsys, "build", "blog", "-o", "blog/hugo.toml/book.pdf")
    assert code == 7
    assert "blog/hugo.toml/book.pdf" in said


def test_an_old_book_survives_a_failed_build(blog, monkeypatch, capsys):
    write(Path("yearbook-2021.pdf"), "the old book")

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("yearbook.drafts.os.fsync", full)
    code, said = complaint(capsys, "build", "blog")
    assert (code, "No space left" in said) == (7, True)
    assert Path("yearbook-2021.pdf").read_text(encoding="utf-8") == "the old book"
    assert not list(Path().glob(".yearbook-*"))


def test_a_missing_system_library_is_named_with_its_remedy(blog, tmp_path, monkeypatch, capsys):
    # The engine as it behaves on a bare system: it cannot be imported, in whatever process that is tried.
    broken = tmp_path / "path/weasyprint/__init__.py"
    write(broken, "raise OSError(\"cannot load library 'libharfbuzz-subset.so.0': not found\")")
    monkeypatch.setenv("PYTHONPATH", str(broken.parent.parent))
    code, said = complaint(capsys, "build", "blog", "-q")
    assert code == 6
    assert "libharfbuzz-subset.so.0" in said
    assert "apt-get install" in said


def test_a_missing_picture_is_a_box_a_line_and_exit_5(blog, capsys):
    write(
        blog / "content/posts/a.md",
        POST.format(
            title="봄",
            date="2021-03-05",
            body="\n![벚꽃](https://user-images.githubusercontent.com/1/2-x.png)",
        ),
    )
    assert main(["build", "blog", "--offline"]) == 5
    said = capsys.readouterr().err
    assert "error: content/posts/a.md:6: picture missing: https://user-images" in said
    assert main(["build", "blog", "--offline", "--allow-missing"]) == 0


def test_the_report_can_be_json(blog):
    write(blog / "content/posts/a.md", POST.format(title="봄", date="2021-03-05", body="![벚꽃](/gone.png)"))
    assert main(["build", "blog", "-q", "--report", "report.json"]) == 5
    report = json.loads(Path("report.json").read_text(encoding="utf-8"))
    assert (report["version"], report["exit_code"], report["missing"]) == (1, 5, 1)
    (finding,) = report["findings"]
    assert (finding["kind"], finding["place"], finding["line"]) == ("missing-image", "content/posts/a.md", 5)
    assert finding["page"] > 5


def test_interrupting_leaves_nothing_half_done(blog, monkeypatch, capsys):
    def interrupted(*_arguments, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr("yearbook.press.make_up", interrupted)
    code, said = complaint(capsys, "build", "blog")
    assert (code, "interrupted" in said) == (130, True)
    assert not list(Path().glob("*.pdf"))


def test_a_bug_shows_its_traceback_and_asks_to_be_reported(blog, monkeypatch, capsys):
    monkeypatch.setattr("yearbook.bind.book.bind_galleys", lambda *_a, **_k: 1 / 0)
    assert main(["build", "blog"]) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "bug in yearbook" in said


# --- help


@pytest.mark.parametrize("command", [[], ["build"], ["list"], ["fetch"]])
def test_help_teaches_with_examples(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert "examples:" in said
    assert "yearbook build ~/blog --year 2021" in said


def subcommands(parser):
    for action in parser._actions:
        if isinstance(action.choices, dict):
            for name, command in action.choices.items():
                yield name, command
                yield from subcommands(command)


def test_the_manual_knows_every_argument():
    manual = (Path(__file__).parent.parent / "docs/command.md").read_text(encoding="utf-8")
    from yearbook.cli.arguments import make_parser

    for name, parser in subcommands(make_parser()):
        assert f"`{name}`" in manual or f"yearbook {name}" in manual
        for action in parser._actions:
            for option in action.option_strings:
                assert f"`{option}" in manual, (name, option)



# --- what a blog may add to its book


def test_a_preface_stands_before_the_contents(blog):
    write(blog / "yearbook/preface.md", "책을 **펴내며** 씁니다.\n")
    assert main(["build", "blog", "-q", "--keep-html", "kept"]) == 0
    html = Path("kept/book.html").read_text(encoding="utf-8")
    assert html.index("<strong>펴내며</strong>") < html.index('id="contents"')
    assert html.count("펴내며") == 1


def test_a_preface_that_leads_outside_is_refused(blog, tmp_path, capsys):
    write(tmp_path / "secret.md", "비밀")
    (blog / "yearbook").mkdir()
    (blog / "yearbook/preface.md").symlink_to(tmp_path / "secret.md")
    code, said = complaint(capsys, "build", "blog")
    assert code == 2
    assert "outside the blog" in said


def test_a_shortcode_of_the_blogs_own(blog):
    write(blog / "yearbook/shortcodes/stamp.html", "<strong>{{ params['0'] }} {{ inner }}</strong>")
    write(
        blog / "content/posts/a.md",
        POST.format(title="봄", date="2021-03-05", body="앞 {{< stamp 도장 >}}꾹{{< /stamp >}} 뒤"),
    )
    assert main(["build", "blog", "-q", "--keep-html", "kept"]) == 0
    assert "도장" in Path("kept/book.html").read_text(encoding="utf-8")


def test_a_shortcode_template_cannot_reach_the_program(blog, capsys):
    write(blog / "yearbook/shortcodes/evil.html", "{{ ''.__class__.__mro__[1].__subclasses__() }}")
    write(blog / "content/posts/a.md", POST.format(title="봄", date="2021-03-05", body="{{< evil >}}"))
    code, said = complaint(capsys, "build", "blog")
    assert code == 6
    assert "shortcodes/evil.html" in said


# --- signals, from outside


@pytest.mark.parametrize(
    ("command", "code"), [(["list", "blog"], 0), (["list", "nowhere"], 2), (["--version"], 0), (["odd"], 2)]
)
def test_the_process_ends_with_its_code_and_all_it_had_to_say(blog, command, code):
    ended = subprocess.run(
        [sys.executable, "-m", "yearbook", *command], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == code
    assert ended.stdout.endswith("\n") if code == 0 else ended.stderr.endswith("\n")


def test_a_profiler_still_says_what_it_saw(blog):
    ended = subprocess.run(
        [sys.executable, "-m", "cProfile", "-m", "yearbook", "list", "blog"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "function calls" in ended.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("command", [["list", "blog"], ["list", "blog", "--json"]])
def test_what_cannot_be_said_is_an_error_too(blog, command):
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "yearbook", *command], stdout=full, stderr=subprocess.PIPE, timeout=60
        )
    assert ended.returncode == ExitCode.OUTPUT
    assert b"Traceback" not in ended.stderr


BEGIN = """
import sys
import yearbook.__main__ as program
sys.argv = ["yearbook", "build", "blog"]
print("loading", file=sys.stderr, flush=True)
sys.exit(program.main())
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("moment", ["loading", "render", "typeset"])
def test_a_signal_ends_the_command_at_any_moment(blog, number, code, moment):
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What starts the tests in the background has Ctrl-C ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    next(line for line in process.stderr if line.startswith(moment))
    time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code, err
    assert out == ""
    assert "Traceback" not in err
    assert not list(Path().glob("*.pdf"))


def test_a_signal_waits_until_what_is_loaded_is_there(blog, tmp_path, monkeypatch):
    """An extension of another language that is interrupted while it is loaded takes the program with it."""
    (tmp_path / "slow_module.py").write_text(
        "import signal, time\nsignal.raise_signal(signal.SIGTERM)\ntime.sleep(0.1)\nWHOLE = True\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)

    def loading(*_arguments, **_more):
        importlib.import_module("slow_module")
        time.sleep(10)

    monkeypatch.setattr("yearbook.press.make_up", loading)
    assert main(["build", "blog", "-q"]) == 143
    assert sys.modules.pop("slow_module").WHOLE


def test_a_signal_that_the_engine_swallowed_comes_again(blog, monkeypatch, capsys):
    def deaf(*_arguments, **_more):
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        time.sleep(10)

    monkeypatch.setattr("yearbook.press.make_up", deaf)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    assert main(["build", "blog", "-q"]) == 130
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_that_does_not_wake_the_program_is_heard_all_the_same(blog, monkeypatch):
    """It comes to another thread, or just before the main one waits; the system wakes nobody then."""
    queued, given_up = queue.SimpleQueue(), threading.Event()
    late = threading.Timer(10, lambda: (given_up.set(), queued.put(None)))
    late.daemon = True

    def hit():
        time.sleep(0.2)
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    def waiting(*_arguments, **_more):
        threading.Thread(target=hit, daemon=True).start()
        late.start()
        queued.get()

    monkeypatch.setattr("yearbook.press.make_up", waiting)
    assert main(["build", "blog", "-q"]) == 143
    late.cancel()
    assert not given_up.is_set()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
