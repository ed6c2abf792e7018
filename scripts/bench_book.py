"""Whole books: ours, cold and after small changes, against naive WeasyPrint and against pandoc + Typst.

    bench_book.py                                  24 and 120 posts, 3 rounds: what `make bench` runs
    bench_book.py --full                           everything docs/performance.md asks for
    bench_book.py --posts 365 --pictures unique --peers naive,typst --rows again,sentence --rounds 5
    bench_book.py --print FILE                     tables of a run that was kept

The builds alternate: each round makes every book once, and a ratio is taken inside one round. Ours is the
command as a person runs it. On the way it is proved that the same posts give the same bytes, that a build
after changes gives the bytes of a build from empty caches, and that a peer's contents name the right page.
What is drawn once, and the peers' environment, stay in `build/bench`; so do the figures of the last run.
"""

import argparse
import contextlib
import hashlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import bench_peers
from bench_corpus import Blog, change_sentence, grow_january, set_colour, write_blog
from bench_measure import Run, measure, watched
from bench_table import Record, facts, load, save, tables

from yearbook.fonts import write_fontconfig

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench"
ROWS = ("again", "sentence", "page", "colour", "watched")
PEERS = tuple(bench_peers.PEERS)
MOST_PAGES_ADDED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked for."""

    work: Path
    """Folder of everything made."""
    posts: tuple[int, ...]
    """Sizes of blog for which all rows are measured."""
    growth: tuple[int, ...]
    """Sizes for which only our cold build is, with shared pictures."""
    pictures: tuple[str, ...]
    """`shared`, `unique`."""
    rounds: int
    """How often."""
    rows: tuple[str, ...]
    """Builds of ours besides the cold one."""
    peers: tuple[str, ...]
    """Peers that can run."""
    ours: tuple[str, ...]
    """Further arguments of our command."""
    whole: tuple[str, ...]
    """Arguments that make ours typeset the book in one piece; empty when that is not measured."""


@dataclass(slots=True, kw_only=True)
class Case:
    """One blog, as its rounds go by."""

    blog: Blog
    plan: Plan
    rows: tuple[str, ...]
    peers: tuple[str, ...]
    digest: str = ""
    """Of the last book, if it was made from the posts and styles as they are now."""
    january_pages: int = 1
    """Pages to be added in January for the book to become longer: a blank page may take the first."""

    @property
    def name(self) -> str:
        """For file names and people."""
        return f"{len(self.blog.posts)}-{self.blog.pictures}"

    @property
    def caches(self) -> Path:
        """Everything that ours keeps."""
        return self.plan.work / f"caches-{self.name}"

    @property
    def pdf(self) -> Path:
        """Our book."""
        return self.plan.work / f"ours-{self.name}.pdf"


def main(arguments: Sequence[str]) -> None:
    """Measures, and prints the tables."""
    options = parse(arguments)
    if options.print:
        print(tables(*load(options.print)), end="")
        return
    work = WORK
    work.mkdir(parents=True, exist_ok=True)
    plan = make_plan(options, work)
    said = [*facts(), *([bench_peers.versions(work / "peers")] if "typst" in plan.peers else [])]
    records: list[Record] = []
    for record in run_all(plan):
        records.append(record)
        save(records, said, options.keep)
    print(tables(records, said), end="")
    say(f"kept in {options.keep}")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments; `--full` is a set of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--full", action="store_true", help="what docs/performance.md asks for")
    parser.add_argument("--posts", nargs="*", type=int, default=[24, 120])
    parser.add_argument("--growth", nargs="*", type=int, default=[], help="sizes for our cold build only")
    parser.add_argument("--pictures", choices=("shared", "unique", "both"), default="shared")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=names_of(ROWS), default=ROWS, help=f"of {','.join(ROWS)}; '' for none")
    parser.add_argument("--peers", type=names_of(PEERS), default=("naive",), help=f"of {','.join(PEERS)}")
    parser.add_argument("--ours", default="", metavar="ARGS", help="further arguments of our command")
    parser.add_argument("--whole", default="", metavar="ARGS", help="arguments by which ours sets one piece")
    parser.add_argument("--keep", type=Path, default=WORK / "results.json", metavar="FILE")
    parser.add_argument("--print", type=Path, metavar="FILE", help="print the tables of an earlier run")
    full = ["--posts", "365", "--growth", "120", "1000", "--pictures", "both", "--rounds", "5"]
    full += ["--peers", ",".join(PEERS), "--keep", str(WORK / "results-full.json")]
    arguments = [*full, *arguments] if "--full" in arguments else arguments
    return parser.parse_args(arguments)


def names_of(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    """A reader of a list of these names with commas between them."""

    def names(text: str) -> tuple[str, ...]:
        found = tuple(filter(None, text.split(",")))
        if unknown := set(found) - set(known):
            message = f"{', '.join(sorted(unknown))}: not one of {', '.join(known)}"
            raise argparse.ArgumentTypeError(message)
        return tuple(name for name in known if name in found)

    return names


def make_plan(options: argparse.Namespace, work: Path) -> Plan:
    """The plan, without a peer that cannot be installed, which is said."""
    peers = options.peers
    if "typst" in peers and (reason := bench_peers.install(work / "peers")):
        say(f"pandoc + Typst cannot be installed and is left out: {reason}")
        peers = tuple(peer for peer in peers if peer != "typst")
    return Plan(
        work=work,
        posts=tuple(options.posts),
        growth=tuple(options.growth),
        pictures=("shared", "unique") if options.pictures == "both" else (options.pictures,),
        rounds=options.rounds,
        rows=options.rows,
        peers=peers,
        ours=tuple(shlex.split(options.ours)),
        whole=tuple(shlex.split(options.whole)),
    )


def run_all(plan: Plan) -> Iterator[Record]:
    """All builds: one blog after the other, and the sizes of growth in turn within each round."""
    for posts in plan.posts:
        for pictures in plan.pictures:
            say(f"{posts} posts, {pictures} pictures")
            blog = write_blog(plan.work, posts, pictures)
            yield from run_rounds([Case(blog=blog, plan=plan, rows=plan.rows, peers=plan.peers)], plan.rounds)
    if plan.growth:
        say(f"growth: {', '.join(map(str, plan.growth))} posts")
        blogs = [write_blog(plan.work, posts, "shared") for posts in plan.growth]
        yield from run_rounds([Case(blog=blog, plan=plan, rows=(), peers=()) for blog in blogs], plan.rounds)


def run_rounds(cases: Sequence[Case], rounds: int) -> Iterator[Record]:
    """Every build of these blogs once in each round, then the proof; their caches and books are removed."""
    for turn in range(rounds):
        for case in cases:
            for row, run in run_round(case, turn):
                posts = len(case.blog.posts)
                say(
                    f"  round {turn + 1}  {case.name}  {row:9} {run.wall:7.1f} s  {run.cpu:7.1f} CPU s  "
                    f"{run.peak_mib:7.0f} MiB  {run.pdf_mib:6.1f} MiB PDF  {run.pages:,} pages"
                )
                yield Record(posts=posts, pictures=case.blog.pictures, turn=turn, row=row, run=run)
    for case in cases:
        if case.rows:
            prove_never_stale(case, rounds)
        shutil.rmtree(case.caches, ignore_errors=True)
        case.pdf.unlink(missing_ok=True)


def run_round(case: Case, turn: int) -> Iterator[tuple[str, Run]]:
    """Peers and ours once each; who begins changes from round to round."""
    order = [*case.peers, "ours"]
    shift = turn % len(order)
    for name in order[shift:] + order[:shift]:
        if name == "ours":
            yield from run_ours(case, turn)
        else:
            yield name, run_peer(case, name)


def run_peer(case: Case, peer: str) -> Run:
    """One build by a peer. Fontconfig's own cache is warm for it, as on anybody's machine."""
    work = case.plan.work
    python = Path(sys.executable) if peer == "naive" else bench_peers.python_of(work / "peers")
    pdf = work / f"{peer}-{case.name}.pdf"
    command = [str(python), bench_peers.__file__, peer, str(case.blog.root), str(pdf)]
    conf = write_fontconfig(bench_peers.FONTS, work / "fontconfig")
    run = measure(command, pdf, {"FONTCONFIG_FILE": str(conf)})
    check_page_numbers(case.blog, pdf, peer)
    pdf.unlink()
    return run


def check_page_numbers(blog: Blog, pdf: Path, peer: str) -> None:
    """The contents name the page on which the last post begins, and that page says so at its foot."""
    if not shutil.which("pdftotext"):
        say("  pdftotext is not installed: the peers' page numbers are not checked")
        return
    title = bench_peers.read_posts(blog.root)[-1][0]
    front = text_of(pdf, 1, len(blog.posts) // 20 + 3)
    entry = re.search(rf"^\s*{re.escape(title)}[^\w\n]*?(\d+)$", front, re.MULTILINE)
    begins = text_of(pdf, int(entry[1]), int(entry[1])) if entry else ""
    if not entry or title not in begins or not re.search(rf"\b{entry[1]}\s*$", begins):
        message = f"{peer}: the contents do not name the page of “{title}”; see {pdf}"
        raise SystemExit(message)


def text_of(pdf: Path, first: int, last: int) -> str:
    """The words on these pages."""
    command = ["pdftotext", "-layout", "-f", str(first), "-l", str(last), str(pdf), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.rstrip("\f\n")


# Ours.


def run_ours(case: Case, turn: int) -> Iterator[tuple[str, Run]]:
    """The cold build, then each change on top of it. Changes stay: the next cold build proves the last.

    Only the page in January is taken back, or the book would grow from round to round.
    """
    before = case.digest
    cold = build(case, cold=True)
    check(before in {"", case.digest}, f"{case.name}: a build after changes was stale")
    yield "cold", cold
    if "again" in case.rows:
        before = case.digest
        yield "again", build(case)
        check(before == case.digest, f"{case.name}: the same posts gave different bytes")
    if "sentence" in case.rows:
        path, before = change_sentence(case.blog, turn), case.digest
        run = build(case)
        check(before != case.digest, f"{case.name}: a sentence of {path.name} changed, and the book did not")
        check(run.pages == cold.pages, f"{case.name}: {path.name} was to keep its pages")
        yield "sentence", run
    if "page" in case.rows:
        yield "page", run_january(case, turn, cold.pages)
    if "colour" in case.rows:
        set_colour(case.blog, turn + 1)
        before, run = case.digest, build(case)
        check(before != case.digest, f"{case.name}: the colour changed, and the book did not")
        yield "colour", run
    if "watched" in case.rows:
        yield from run_watched(case, turn)
    if case.plan.whole and case.rows and turn == 0:
        yield "whole", build_whole(case)


def run_watched(case: Case, turn: int) -> Iterator[tuple[str, Run]]:
    """The same changes under `--watch`. What the last one leaves is proved by the next cold build."""
    command = [*command_of(case, case.caches / "cache", case.pdf), "--watch"]
    with watched(command, case.pdf, caches_of(case), done="pieces set anew") as watching:
        # The first change in a process loads what only changes need.
        first, _ = watching.after(lambda: change_sentence(case.blog, turn + 100))
        run, _ = watching.after(lambda: change_sentence(case.blog, turn + 200))
        check(run.pages == first.pages, f"{case.name}: a changed sentence was to keep its pages")
        yield "watched", run

        def grow() -> Run:
            # Not the text of `run_january`: the memo has its pages.
            more = case.january_pages
            run, (path, text) = watching.after(lambda: grow_january(case.blog, turn + 100, more))
            watching.after(lambda: path.write_text(text, encoding="utf-8"))
            return run

        yield "watched-page", grow_until_longer(case, run.pages, grow)
    case.digest = digest_of(case.pdf)


def run_january(case: Case, turn: int, pages: int) -> Run:
    """The build after which every later page has another number; the text is taken back afterwards."""

    def grow() -> Run:
        path, text = grow_january(case.blog, turn, case.january_pages)
        run = build(case)
        path.write_text(text, encoding="utf-8")
        case.digest = ""
        return run

    return grow_until_longer(case, pages, grow)


def grow_until_longer(case: Case, pages: int, grow: Callable[[], Run]) -> Run:
    """The first build with more pages in January whose book is longer: a blank page may take the first.

    Raises:
        SystemExit: no number of pages made it longer.
    """
    while case.january_pages <= MOST_PAGES_ADDED:
        run = grow()
        if run.pages > pages:
            return run
        case.january_pages += 1
    message = f"{case.name}: {MOST_PAGES_ADDED} more pages of text in January made the book no longer"
    raise SystemExit(message)


def prove_never_stale(case: Case, turn: int) -> None:
    """Several changes at once, on top of all earlier ones: the bytes of a build from empty caches."""
    change_sentence(case.blog, turn)
    grow_january(case.blog, turn, case.january_pages)
    build(case)
    after_changes = case.digest
    build(case, cold=True)
    check(after_changes == case.digest, f"{case.name}: a build after changes is stale")
    say("  proved: the book after all changes has the bytes of one from empty caches")


def build(case: Case, *, cold: bool = False) -> Run:
    """One build by our command; with `cold`, nothing is left of any earlier one."""
    if cold:
        shutil.rmtree(case.caches, ignore_errors=True)
    run = measure(command_of(case, case.caches / "cache", case.pdf), case.pdf, caches_of(case))
    case.digest = digest_of(case.pdf)
    return run


def digest_of(pdf: Path) -> str:
    """Digest of a book."""
    return hashlib.sha256(pdf.read_bytes()).hexdigest()


def build_whole(case: Case) -> Run:
    """The book in one piece, from caches of its own. Only its size is of interest, so once is enough."""
    pdf = case.plan.work / f"whole-{case.name}.pdf"
    with contextlib.ExitStack() as after:
        after.callback(pdf.unlink, missing_ok=True)
        command = [*command_of(case, case.caches / "whole", pdf), *case.plan.whole]
        return measure(command, pdf, caches_of(case))


def command_of(case: Case, cache: Path, pdf: Path) -> list[str]:
    """Our command."""
    command = [sys.executable, "-m", "yearbook", "build", str(case.blog.root), "-o", str(pdf)]
    return [*command, "--cache", str(cache), "--offline", "--quiet", *case.plan.ours]


def caches_of(case: Case) -> dict[str, str]:
    """Whatever is kept outside `--cache` is kept in a folder that is emptied too."""
    return {"XDG_CACHE_HOME": str(case.caches / "user")}


def check(is_so: bool, message: str) -> None:
    """Ends the run when something that must hold does not.

    Raises:
        SystemExit: it does not.
    """
    if not is_so:
        raise SystemExit(message)


def say(text: str) -> None:
    """How far we are; standard output carries the tables only."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
