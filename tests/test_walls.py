"""The walls of the house: who imports what, who prints, and that every public thing says what it gives."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "yearbook"
MODULES = sorted(PACKAGE.rglob("*.py"))
WALLS = {
    "weasyprint": ("typeset",),
    "pikepdf": ("bind", "preflight"),
    "uharfbuzz": ("bind",),
    "fontTools": ("bind",),
    "jinja2": ("compose",),
    "requests": ("store",),
    "urllib3": ("store",),
    "markdown": ("render",),
    "markdown_it": ("render",),
    "PIL": ("store", "bind"),
    "frontmatter": ("frontmatter",),
    "lxml": ("render", "localise", "listings", "dialects", "store", "typeset"),
    "nh3": ("render",),
    "pygments": ("render",),
    "emoji": ("render",),
    "ziamath": ("formula",),
    "ziafont": ("formula",),
    "latex2mathml": ("formula",),
    "segno": ("qr",),
}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            names |= {a.value.split(".")[0] for a in node.args if isinstance(a, ast.Constant)}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_library_is_imported_only_in_its_room(path):
    for library, rooms in WALLS.items():
        if library in imports_of(path):
            assert room_of(path) in rooms


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_command_prints_or_reads_the_environment(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            named = f"{node.value.id}.{node.attr}"
            assert (
                named not in {"os.getenv", "sys.argv", "sys.stdout", "sys.stderr"}
                or room_of(path) in {"cli", "__main__"}
            )
            # typeset writes one variable, because fontconfig can be told in no other way; it reads none.
            assert named != "os.environ" or room_of(path) in {"cli", "typeset"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_modules_and_public_things_say_what_they_give(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_function_is_longer_than_sixty_lines(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno <= 60, node.name


def names_everything(handler):
    return handler.type is None or getattr(handler.type, "id", "") in {"Exception", "BaseException"}


def raises_again(handler):
    return any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))


def test_one_handler_in_the_program_catches_everything():
    found = [
        room_of(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and names_everything(node) and not raises_again(node)
    ]
    # Threads of the store and of the crew, and the one that sets early, hand what happened to the caller's
    # thread, which raises it there.
    assert found == ["cli", "crew", "early", "store"]
