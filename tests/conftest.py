"""What every test lives with: no network but loopback, and small values to start from."""

import datetime as dt
import socket
import zoneinfo
from pathlib import Path

import pytest

from yearbook.assets import asset_dir
from yearbook.fonts import write_fontconfig
from yearbook.model import Blog, Chapter, Post, Syntax
from yearbook.typeset.tune import untune

SEOUL = zoneinfo.ZoneInfo("Asia/Seoul")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Connections leave this machine in no test; servers of ours listen on loopback."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in {
            "127.0.0.1",
            "::1",
            "localhost",
        }:
            message = f"a test tried to reach {address}"
            raise AssertionError(message)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def engine_as_it_was():
    """The test begins and ends with the engine's own code."""
    untune()
    yield
    untune()


@pytest.fixture(scope="module")
def font_config(tmp_path_factory):
    """The private fontconfig file of the bundled fonts."""
    return write_fontconfig(asset_dir("fonts"), tmp_path_factory.mktemp("fonts"))


def make_blog(root=Path("/nowhere"), **changes):
    values = {
        "root": root,
        "engine": "hugo",
        "why": "hugo.toml",
        "title": "기록",
        "author": "글쓴이",
        "language": "ko",
        "zone": SEOUL,
        "zone_source": "default",
        "base_url": "https://blog.example",
        "syntax": Syntax(),
    }
    return Blog(**{**values, **changes})


def make_post(**changes):
    slug = changes.get("slug", "a-day")
    values = {
        "source": Path(f"/nowhere/{slug}.md"),
        "place": f"posts/{slug}.md",
        "slug": slug,
        "title": "어느 날",
        "date": dt.datetime(2021, 3, 5, 9, 0, tzinfo=SEOUL),
        "updated": None,
        "language": "ko",
        "authors": (),
        "tags": (),
        "categories": (),
        "series": "",
        "summary": "",
        "hero": "",
        "permalink": f"/posts/{slug}/",
        "body": "본문",
        "body_line": 5,
        "engine": "hugo",
        "syntax": Syntax(),
    }
    return Post(**{**values, **changes})


def make_chapter(html="<p>본문</p>", **changes):
    return Chapter(
        post=make_post(**changes),
        html=html,
        headings=(),
        findings=(),
        characters=2,
        pictures=html.count("<img"),
    )
