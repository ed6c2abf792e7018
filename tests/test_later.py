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
opened = cffi.FFI.dlopen
def dlopen(self, name, flags=0):
    if HIDDEN in name:
        raise OSError(name)
    return opened(self, name, flags)
cffi.FFI.dlopen = dlopen
from yearbook.typeset import load_engine
print(load_engine("/nowhere").__name__, bool(started))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="libraries have other names elsewhere")
@pytest.mark.parametrize(("hidden", "is_searched"), [("no such library", False), (".so.0", True)])
def test_libraries_are_searched_only_where_they_are_under_no_known_name(hidden, is_searched):
    program = SEARCH.replace("HIDDEN", repr(hidden))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.returncode) == (["weasyprint", str(is_searched)], 0), done.stderr
