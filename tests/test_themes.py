"""Themes: built in, of the blog, and begun anew."""

import pytest

from yearbook.cli import main
from yearbook.errors import ConfigError, UsageError
from yearbook.themes import find_theme, list_themes, new_theme, places_pictures
from yearbook.trims import TRIMS


def test_four_themes_are_built_in(tmp_path):
    themes = list_themes(tmp_path)
    assert [theme.name for theme in themes] == ["classic", "compact", "gothic", "photo"]
    assert all(theme.label for theme in themes)


@pytest.mark.parametrize("trim", TRIMS.values(), ids=lambda trim: trim.name)
def test_a_theme_keeps_the_type_area_full_of_whole_lines(tmp_path, trim):
    for theme in list_themes(tmp_path):
        fitted = theme.set_trim(trim)
        assert 0 <= trim.type_height_pt - fitted.type_height_pt < fitted.leading_pt
        assert fitted.foot >= trim.foot


def test_a_theme_says_where_pictures_stand_and_the_user_may_say_otherwise(tmp_path):
    photo, compact = find_theme("photo", tmp_path), find_theme("compact", tmp_path)
    assert places_pictures(photo, "theme") == "plates"
    assert places_pictures(photo, "text") == "text"
    assert places_pictures(find_theme("classic", tmp_path), "openings") == "openings"
    assert places_pictures(compact, "plates") == "text"


def test_a_template_that_does_not_know_of_openings_keeps_its_pictures_in_the_text(tmp_path):
    templates = new_theme("mine", tmp_path) / "templates"
    templates.mkdir()
    (templates / "chapter.html").write_text("{{ chapter.html | html }}", encoding="utf-8")
    assert places_pictures(find_theme("mine", tmp_path), "plates") == "text"
    (templates / "chapter.html").write_text("{{ chapter.opening | html }}", encoding="utf-8")
    assert places_pictures(find_theme("mine", tmp_path), "plates") == "plates"


def test_a_new_theme_can_be_found_and_used(tmp_path):
    folder = new_theme("mine", tmp_path)
    assert (folder / "theme.css").is_file()
    assert find_theme("mine", tmp_path).label == "mine"
    with pytest.raises(UsageError, match="there already"):
        new_theme("mine", tmp_path)


def test_the_blogs_own_theme_wins(tmp_path):
    folder = tmp_path / "yearbook/themes/classic"
    folder.mkdir(parents=True)
    (folder / "theme.css").write_text("p { color: red }", encoding="utf-8")
    assert find_theme("classic", tmp_path).css == "p { color: red }"


@pytest.mark.parametrize("name", ["nowhere", "../classic", "", "a/b"])
def test_no_such_theme_names_those_there_are(tmp_path, name):
    with pytest.raises(UsageError, match="classic, compact, gothic, photo"):
        find_theme(name, tmp_path)


@pytest.mark.parametrize(
    "text", ["colour = 1", "tallest = 'x'", "continuous = 1", "label =", "pictures = 'up'"]
)
def test_a_mistake_in_theme_toml_is_named(tmp_path, text):
    folder = new_theme("mine", tmp_path)
    (folder / "theme.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"theme\.toml"):
        find_theme("mine", tmp_path)


def test_the_command_lists_shows_and_begins_themes(tmp_path, capsys):
    assert main(["theme", "list", "--blog", str(tmp_path)]) == 0
    assert "gothic" in capsys.readouterr().out
    assert main(["theme", "show", "compact", "--blog", str(tmp_path)]) == 0
    assert ".chapter" in capsys.readouterr().out
    assert main(["theme", "new", "mine", "--blog", str(tmp_path)]) == 0
    assert (tmp_path / "yearbook/themes/mine/theme.css").is_file()
    assert main(["theme", "new"]) == 2
