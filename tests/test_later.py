"""What a worker does not use is not loaded there, and is there all the same when it is used."""

import subprocess
import sys

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
