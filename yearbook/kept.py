"""What takes long to make of the program itself, kept by its compiled modules and under their rules.

Nothing is written if Python is not to write, or where it cannot; what another Python made is not read. A file
is trusted as Python trusts a compiled module.
"""

import contextlib
import marshal
import os
import sys
from pathlib import Path
from typing import Any


def place_of(name: str) -> Path | None:
    """The file of that name beside the compiled modules; None if Python keeps none."""
    spec = __spec__
    return Path(spec.cached).with_suffix(f".{name}") if spec is not None and spec.cached else None


def read(file: Path | None, form: Any) -> Any:
    """What is in the file, plain values; None if there is nothing of that form in it.

    Args:
        file: the file; None for none.
        form: what its content depends on, besides on this Python: plain values.
    """
    if file is not None:
        # Whatever is wrong with it, it is as if there were none.
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
            of, value = marshal.loads(file.read_bytes())
            if of == (sys.version, form):
                return value
    return None


def write(file: Path | None, form: Any, value: Any) -> None:
    """Puts plain values into the file, whole or not at all."""
    if file is None or sys.dont_write_bytecode:
        return
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    # Python, too, goes on if it cannot write what it compiled.
    with contextlib.suppress(OSError):
        try:
            draft.write_bytes(marshal.dumps(((sys.version, form), value)))
            draft.replace(file)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
