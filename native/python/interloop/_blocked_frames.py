"""What a frame of another thread waits for. Private."""

import dis
import linecache
import os
import types
from typing import Any

# Methods of locks and queues that are written in C. Where Python has written them, their own frame is seen instead.
# From Python 3.14 on a ``with`` statement looks `__enter__` up and calls it.
_TAKING = ("acquire", "get", "__enter__")

# Files of Python's own library stand between the program and a wait; those that were installed do not.
_LIBRARY = os.path.join(os.path.dirname(os.__file__), "")
_OWN = os.path.join(os.path.dirname(__file__), "")


def takes_lock(frame: types.FrameType) -> bool:
    """Whether the frame stands at a ``with`` statement, or at the call of a method that takes a lock or an item."""
    name = ""
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset > frame.f_lasti:
            break
        opname = instruction.opname
        if opname in ("LOAD_METHOD", "LOAD_ATTR"):
            name = str(instruction.argval)
        elif opname == "LOAD_SPECIAL":
            name = instruction.argrepr
        if instruction.offset == frame.f_lasti:
            return opname in ("BEFORE_WITH", "SETUP_WITH") or (opname.startswith("CALL") and name in _TAKING)
    return False


def was_woken(frame: types.FrameType) -> bool:
    """Whether what a frame of `threading` waits for has come: on a busy machine its thread may not run for long."""
    lock, joined = frame.f_locals.get("waiter", frame.f_locals.get("lock")), getattr(frame.f_locals.get("self"), "_handle", None)
    if hasattr(lock, "locked"):
        return not lock.locked()  # type: ignore[union-attr]
    return frame.f_code.co_name == "join" and joined is not None and bool(joined.is_done())


def describe_blocked(frame: types.FrameType) -> "str | None":
    """The function of the program that waits, and where; None where the program is not in Python."""
    at: Any = frame
    while at is not None and _is_library(at.f_code.co_filename):
        at = at.f_back
    if at is None or at.f_code.co_name == "<javascript>":
        return None
    inner = "" if at is frame else f" in {frame.f_code.co_name}()"
    line = linecache.getline(at.f_code.co_filename, at.f_lineno).strip()
    return f"{at.f_code.co_name}() waits{inner} ({at.f_code.co_filename}, line {at.f_lineno}{': ' + line if line else ''})"


def _is_library(file: str) -> bool:
    return file.startswith((_OWN, "<frozen")) or (file.startswith(_LIBRARY) and "-packages" not in file)
