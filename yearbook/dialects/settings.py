"""Read an engine's configuration files."""

from collections.abc import Mapping
from pathlib import Path

from yearbook import frontmatter
from yearbook.dialects.texts import UnreadableFileError, read_text
from yearbook.errors import ConfigError


def read_settings(path: Path, root: Path) -> dict[str, object]:
    """The table a TOML, YAML or JSON file holds; empty if the file is.

    Raises:
        ConfigError: with file and line, when it cannot be read.
    """
    place = path.relative_to(root).as_posix()
    try:
        text = read_text(path, place=place).text.removeprefix("\ufeff")
        value = _parse(text, path.suffix.lower())
    except UnreadableFileError as error:
        raise ConfigError(error.reason, where=place, hint=error.hint) from error
    except frontmatter.FrontMatterError as error:
        raise ConfigError(error.reason, where=f"{place}:{error.line}", hint=error.hint) from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        message = "the configuration is not a table of keys and values"
        raise ConfigError(message, where=place, hint="write `key: value` lines")
    return {str(key): entry for key, entry in value.items()}


def _parse(text: str, ending: str) -> object:
    if ending == ".toml":
        return frontmatter.load_toml(text)
    if ending == ".json":
        return frontmatter.load_json(text) if text.strip() else {}
    return frontmatter.load_yaml(text)


def table(settings: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    """The table under these keys, one inside the other; empty if there is none."""
    current: object = settings
    for key in keys:
        current = current.get(key) if isinstance(current, Mapping) else None
    return current if isinstance(current, Mapping) else {}


def text_of(value: object) -> str:
    """A setting as text; empty if it is none."""
    return str(value).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def listed(value: object) -> tuple[str, ...]:
    """A setting that is one text or a list of them."""
    if isinstance(value, (list, tuple)):
        return tuple(text_of(each) for each in value if text_of(each))
    return (text_of(value),) if text_of(value) else ()


def merged(base: Mapping[str, object], top: Mapping[str, object]) -> dict[str, object]:
    """Two tables as one; the second wins, tables inside are merged alike."""
    result = dict(base)
    for key, value in top.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result
