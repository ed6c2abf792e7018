"""yearbook.toml: what it may say, and how mistakes are answered."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from yearbook.config import BlogEntry, Book, Config, Images, Page, Select, read_config
from yearbook.errors import ConfigError, ExitCode


def read(folder, text, overrides=None):
    (folder / "yearbook.toml").write_text(text, encoding="utf-8")
    return read_config(folder, None, overrides or {})


def test_without_a_file_everything_is_default(tmp_path):
    assert read_config(tmp_path, None, {}) == Config(blog=tmp_path)


def test_the_file_beats_defaults_and_arguments_beat_the_file(tmp_path):
    text = 'year = 2020\ntitle = "책"\n[page]\ntrim = "b5"\nbleed = 3\n[select]\nfrom = 2020-02-01\n'.replace(
        "from", "since"
    )
    config = read(tmp_path, text, {"year": 2021, "page.trim": "a5", "page.bleed": None})
    assert (config.year, config.title, config.page) == (2021, "책", Page(trim="a5", bleed=3.0))
    assert config.select.since == dt.date(2020, 2, 1)


def test_one_text_may_stand_for_a_list(tmp_path):
    assert read(tmp_path, 'select.include = "goodbye"\n').select.include == ("goodbye",)


def test_mirrors_are_a_table(tmp_path):
    config = read(tmp_path, '[images.mirrors]\n"https://a.example/" = "pictures"\n')
    assert config.images.mirrors == {"https://a.example/": "pictures"}


def test_the_output_in_the_file_is_meant_from_the_blog(tmp_path):
    assert read(tmp_path, 'output = "out/book.pdf"\n').output == str(tmp_path / "out/book.pdf")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('titel = "x"\n', 1, "did you mean `title`?"),
        ('title = "x"\n[page]\n\ntrimm = "a5"\n', 4, "did you mean `trim`?"),
        ("year = '2021'\n", 1, "a whole number"),
        ("[select]\ndrafts = 1\n", 2, "true or false"),
        ('[select]\norder = "random"\n', 2, "oldest, newest"),
        ("[select]\ntags = [1]\n", 2, "a list of texts"),
        ("title = \n", 1, "is not TOML"),
        ("[page]\nbleed = true\n", 2, "a number"),
        ("blog = 'x'\n", 1, "headed [[blog]]"),
        ("[[blog]]\nauthor = 'x'\n", 1, "has no `path`"),
        ("[[blog]]\npath = 'x'\nautor = 'x'\n", 3, "did you mean `author`?"),
        ("cache = 'x'\n", 1, "is not a setting"),
    ],
)
def test_a_mistake_names_file_line_and_remedy(tmp_path, text, line, words):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert f"yearbook.toml:{line}: " in str(caught.value)
    assert words in str(caught.value)
    assert caught.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    "text",
    [
        'page.trim = "a6"\n',
        "page.bleed = 40\n",
        "year = 21\n",
        'book.split = "halves"\n',
        'book.parts = ["cover", "appendix"]\n',
    ],
)
def test_values_that_cannot_be_meant_are_refused(tmp_path, text):
    with pytest.raises(ConfigError):
        read(tmp_path, text)


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path, tmp_path / "other.toml", {})


@pytest.mark.parametrize("kind", [Config, Select, Page, Images, Book, BlogEntry])
def test_every_setting_is_explained_in_the_manual(kind):
    manual = (Path(__file__).parent.parent / "docs/configuration.md").read_text(encoding="utf-8")
    for field in dataclasses.fields(kind):
        if field.metadata.get("file", True):
            name = field.metadata.get("key", field.name)
            assert f"`{name}`" in manual or f"[{name}]" in manual, name
