"""What a worker does not use is not loaded there, and is there all the same when it is used."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from yearbook.typeset import preload_engine
preload_engine()
fonts = sys.modules["weasyprint.pdf.fonts"]
print(any(name.startswith("fontTools.ttLib.tables") for name in sys.modules), end=" ")
try:
    fonts.TTFont("/nowhere")
except FileNotFoundError:
    print("asked", end=" ")
print(fonts.subset.Options(notdef_outline=True).notdef_outline, end=" ")
print(sys.modules["weasyprint.text.fonts"].woff2.decompress.__name__, end=" ")
import fontTools.ttLib
print(fontTools.ttLib.__file__ is not None)
"""


def test_what_a_worker_does_not_use_is_loaded_when_it_is_used():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["False", "asked", "True", "decompress", "True"], "")

SEARCH = """
import sys
started = []
sys.addaudithook(lambda event, _: started.append(event) if event == "subprocess.Popen" else None)
import cffi
from yearbook.typeset import calls
def hide(find):
    def dlopen(name, flags=0):
        if HIDDEN in name:
            raise OSError(name)
        return find(name, flags)
    return dlopen
class Hiding:
    def __init__(self, made):
        self.made = made
    def __getattr__(self, name):
        found = getattr(self.made, name)
        return hide(found) if name == "dlopen" else found
load, plain = calls._load, cffi.FFI.dlopen
calls._load = lambda *given: Hiding(load(*given))
cffi.FFI.dlopen = lambda self, name, flags=0: hide(lambda *given: plain(self, *given))(name, flags)
from yearbook.typeset import load_engine
print(load_engine("/nowhere").__name__, bool(started))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="libraries have other names elsewhere")
@pytest.mark.parametrize(("hidden", "is_searched"), [("no such library", False), (".so.0", True)])
def test_libraries_are_searched_only_where_they_are_under_no_known_name(hidden, is_searched):
    program = SEARCH.replace("HIDDEN", repr(hidden))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.returncode) == (["weasyprint", str(is_searched)], 0), done.stderr


SHEETS = """
from yearbook.typeset import preload_engine
preload_engine()
import weasyprint, weasyprint.html as html
from yearbook.typeset.tune import lean_sheet
print("matcher" in vars(html.UA_STYLESHEET), "disc" in html.UA_COUNTER_STYLE, end=" ")
print(html.CSS is weasyprint.CSS, end=" ")
print(lean_sheet("li { display: list-item }") is None, "disc" in html.UA_COUNTER_STYLE, end=" ")
own, read = html.UA_STYLESHEET.matcher, weasyprint.CSS(string=html.UA).matcher
print(len(own.lower_local_name_selectors) == len(read.lower_local_name_selectors))
"""


def test_the_engine_s_own_styles_are_read_when_they_are_used():
    done = subprocess.run([sys.executable, "-c", SHEETS], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["False", "False", "True", "True", "True", "True"], "")


CALLS = """
import sys
sys.dont_write_bytecode = {writes}
import cffi
parsed = []
parse = cffi.FFI.cdef
cffi.FFI.cdef = lambda self, text: (parsed.append(text), parse(self, text))[1]
{before}
from yearbook.typeset import preload_engine
preload_engine()
from weasyprint.text.ffi import ffi, pango
rectangle, letters = ffi.new("PangoRectangle *", {{"x": 3}}), ffi.new("char[]", b"ab")
print(bool(parsed), rectangle.x, pango.pango_units_from_double(1.0), ffi.string(letters).decode())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the engine is loaded as it is")
def test_what_the_engine_calls_is_declared_once(tmp_path):
    def load(before="", *, writes=True):
        program = CALLS.format(before=before, writes=not writes)
        command, environment = [sys.executable, "-c", program], {"PYTHONPYCACHEPREFIX": str(tmp_path)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    assert load(writes=False) == ["True", "3", "1024", "ab"]
    assert not [*tmp_path.rglob("kept*.calls")]
    cannot = "cffi.FFI.emit_python_code = lambda self, name: (_ for _ in ()).throw(cffi.VerificationError)"
    assert load(cannot) == ["True", "3", "1024", "ab"]
    assert not [*tmp_path.rglob("kept*.calls")]
    assert load() == ["True", "3", "1024", "ab"]
    assert load() == ["False", "3", "1024", "ab"]
    (kept,) = tmp_path.rglob("kept*.calls")
    kept.write_bytes(kept.read_bytes()[:100])
    assert load() == ["True", "3", "1024", "ab"]
