"""How much of a year's making is rendering Markdown: its processor time against that of laying the posts out.

    bench_render.py [--posts 60]

Both in this process, one after the other, nothing remembered; code is highlighted, as always.
"""

import argparse
import tempfile
import time
from pathlib import Path

from bench_corpus import write_blog

from yearbook import pipeline
from yearbook.compose import Composer
from yearbook.config import Config, read_config
from yearbook.desk import Volume, make_book, make_desk
from yearbook.makeup import make_shop
from yearbook.memo import Memo
from yearbook.piece import Piece, set_piece
from yearbook.pieces import chapter_pieces
from yearbook.report import Silent
from yearbook.shelf import fill_shelves, render_shelf
from yearbook.worker import Presses

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Prints one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=60)
    posts = parser.parse_args().posts
    with tempfile.TemporaryDirectory() as folder:
        config = blog_config(posts, Path(folder))
        rendering = measure_rendering(config)
        layout, pages = measure_layout(config)
    each = rendering / posts * 1000
    print(
        f"{posts} posts, {pages} pages: rendering {rendering:.2f} s ({each:.1f} ms a post), "
        f"layout {layout:.2f} s; share {rendering / layout:.1%}"
    )


def blog_config(posts: int, folder: Path) -> Config:
    """A measured blog of so many posts, nothing of it remembered."""
    blog = write_blog(ROOT / "build" / "bench", posts, "shared")
    return read_config(blog.root, None, {"cache": folder / "cache", "offline": True, "year": 2025})


def chapters_of(config: Config) -> tuple[list[Piece], Presses]:
    """Every chapter of the blog as a piece, and the engine that sets them."""
    config, year = pipeline.bring_together(config, Silent(), Memo(config.cache / "memo"))
    volume = Volume(chapters=year.chapters, blogs=year.blogs, pictures=year.pictures, number=0)
    desk = make_desk(volume, config)
    pieces = chapter_pieces(desk, make_book(desk, config), Composer(desk.theme.folder / "templates"))
    return [piece for _, piece in pieces], Presses(make_shop(desk, config))


def measure_rendering(config) -> float:
    """Processor seconds from Markdown to clean HTML."""
    _, shelves = fill_shelves(config, Silent())
    render_shelf(shelves[0], Silent())  # what is loaded late is loaded now
    began = time.process_time()
    for shelf in shelves:
        render_shelf(shelf, Silent())
    return time.process_time() - began


def measure_layout(config) -> tuple[float, int]:
    """Processor seconds of setting every chapter, and the pages they fill."""
    pieces, presses = chapters_of(config)
    began = time.process_time()
    pages = sum(len(set_piece(piece, presses).galley.leaves) for piece in pieces)
    return time.process_time() - began, pages


if __name__ == "__main__":
    main()
