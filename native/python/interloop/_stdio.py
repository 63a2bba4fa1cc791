"""Python's standard streams in a process that JavaScript shares. Private: the addon and this file change together.

Two things differ from what `python3` makes. A descriptor that somebody made non-blocking is waited for: the flag belongs to the open file, which other processes
and the JavaScript runtime share, and Python's own streams then raise or lose text. And what is in a buffer is flushed before JavaScript goes on, so that both
languages' output comes in the order in which it was made.
"""

import io
import sys
from functools import partial
from typing import Any

try:
    import _interloop
except ImportError:  # a plain Python has no use for this file
    _interloop = None  # type: ignore[assignment]

_output_written: Any = getattr(_interloop, "output_written", None)
_buffer_write = io.BufferedWriter.write


class _Descriptor(io.FileIO):
    """A descriptor that is waited for, also when it is non-blocking."""

    def __init__(self, descriptor: int, name: str, unbuffered: bool) -> None:
        super().__init__(descriptor, "r" if name == "stdin" else "w", closefd=False)
        self.name = f"<{name}>"
        # Of the instance, and not in Python: see the addon. A text stream without a buffer asks for no less than all.
        if name == "stdin":
            self.readinto = partial(_interloop.read_descriptor, descriptor)  # type: ignore[method-assign]
        else:
            self.write = partial(_interloop.write_descriptor, descriptor, unbuffered)  # type: ignore[method-assign]

    def read(self, size: "int | None" = -1) -> bytes:
        if size is None or size < 0:
            return self.readall()
        piece = bytearray(size)
        del piece[self.readinto(piece) :]
        return bytes(piece)

    def readall(self) -> bytes:
        pieces = []
        while piece := self.read(1 << 16):
            pieces.append(piece)
        return b"".join(pieces)


class _Buffer(io.BufferedWriter):
    """Flushed when the thread goes back to JavaScript; on other threads after each line, as on a terminal."""

    lines = True

    def write(self, data: Any) -> int:
        count = _buffer_write(self, data)
        if not _output_written() and self.lines and (type(data) is not bytes or b"\n" in data):
            self.flush()
        return count


# What may hold something, besides what `sys` names: a program may put others there, over these.
_made: "list[Any]" = []


def flush() -> None:
    """Flush standard output, before JavaScript goes on."""
    for stream in {id(stream): stream for stream in (sys.stdout, sys.stderr, *_made)}.values():
        try:  # noqa: SIM105 (this runs often)
            stream.flush()
        except (OSError, ValueError, AttributeError):
            # The reader has gone, or the stream is closed: whoever writes or flushes next is told, as in `python3`.
            pass


def install() -> None:
    """Put these streams in the places of those that Python has made."""
    for name in ("stdin", "stdout", "stderr"):
        _replace(name)
    _interloop.on_flush(flush)


def unbuffer() -> None:
    """What ``python3 -u`` does."""
    for name in ("stdout", "stderr"):
        _replace(name, unbuffered=True)


def buffer_blocks() -> None:
    """Buffer output as `python3` does, whole blocks, on threads that do not go back to JavaScript: a line need not come at once."""
    for stream in _made:
        if isinstance(stream.buffer, _Buffer):
            stream.buffer.lines = False


def _replace(name: str, unbuffered: bool = False) -> None:
    before: Any = getattr(sys, name)
    descriptor = ("stdin", "stdout", "stderr").index(name)
    # Something else may have put its own there, before the program began.
    if type(before) is not io.TextIOWrapper or before.fileno() != descriptor:
        return
    unbuffered = unbuffered or isinstance(before.buffer, io.RawIOBase)
    buffer: Any = _Descriptor(descriptor, name, unbuffered)
    if name == "stdin":
        buffer = io.BufferedReader(buffer)
    elif not unbuffered:
        buffer = _Buffer(buffer)
    text = io.TextIOWrapper(
        buffer,
        encoding=before.encoding,
        errors=before.errors,
        newline="\n",
        line_buffering=before.line_buffering and not unbuffered,
        # Text would wait in a buffer of its own, of which nobody hears.
        write_through=name != "stdin",
    )
    text.mode = before.mode  # type: ignore[misc]
    if name != "stdin":
        before.flush()
        _made[:] = [stream for stream in _made if stream is not before] + [text]
    setattr(sys, name, text)
    if getattr(sys, f"__{name}__") is before:
        setattr(sys, f"__{name}__", text)
