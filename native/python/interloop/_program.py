"""A Python program on the process's main thread, as `python3` runs it, with JavaScript on another one. Private: core's ``program.ts`` and this file change together."""

import atexit
import contextlib
import importlib.machinery
import io
import json
import linecache
import os
import runpy
import signal
import sys
import threading
import types
import zipfile
from typing import Any

import _interloop

from . import _modules, _stdio
from ._forked import ended_by
from ._main import _START, Main, _take_signals, set_main, status_of
from ._remote_loop import leave

# Seconds within which the thread of JavaScript has to end, once Python has.
_LIMIT = 5.0


class Program(Main):
    """The program stands where otherwise a loop runs."""

    lends = False

    def __init__(self, request: "dict[str, Any]") -> None:
        # Not Main's: there is no loop until the program makes one.
        self._request = request
        self._limit = _LIMIT
        self._descriptor = -1
        self._home = None
        self._commands = []
        self._waiter = None
        self._began = False
        self._exits = False
        self._ready = threading.Event()

    # On the main thread

    def run(self) -> int:
        _take_signals()
        if not self._ready.wait(_START):
            print("interloop: the thread of JavaScript did not start", file=sys.stderr, flush=True)
            leave()
            os._exit(1)
        _modules.install()
        spawn_here(self._request["command"])
        status = _run(self._request)
        if _interloop.in_child():  # the program has forked this process, and ends here too
            raise ended_by(status)
        try:
            # What Python's own end does first, while JavaScript is there.
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
        except KeyboardInterrupt:
            status = -signal.SIGINT
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        self._exits = True
        self._command("exit")
        if not self._has_left(self._limit):
            os._exit(status if status >= 0 else 1)
        if status == -signal.SIGINT:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        return status

    # On the thread of JavaScript

    def begin(self) -> None:
        super().begin()
        self._ready.set()

    def finished(self, status: int) -> None:
        """An error that nobody caught in JavaScript, or `process.exit()`, is the end of the program."""
        if not self._exits:
            leave()
            os._exit(status)

    def exiting(self, status: int) -> None:
        self.finished(status)

    def _tell(self, method: Any, *args: Any) -> None:
        """Nobody listens while the program runs."""


def prepare_program(request: str) -> None:
    set_main(Program(json.loads(request)))


# As python3 does it


def _run(request: "dict[str, Any]") -> int:
    """Run the program. Answers with the exit status, or with the negative number of the signal by which to die."""
    main = sys.modules["__main__"]
    # As python3 does it: where the program calls JavaScript they are flushed all the same.
    _stdio.buffer_blocks()
    if request["unbuffered"]:
        _stdio.unbuffer()
    sys.argv = [*request["argv"]]
    # To be asked for before it is used up.
    terminal = sys.stdin is not None and sys.stdin.isatty()
    mode = request["mode"] if request["mode"] != "stdin" or not terminal else "interactive"
    status = _guarded(lambda: _MODES[mode](request["value"], main))
    if request["interactive"] and mode != "interactive":
        status = _guarded(lambda: _interact("", main))
    return status


def _guarded(body: Any) -> int:
    try:
        body()
    except SystemExit as exit:
        return status_of(exit)
    except BaseException as error:
        _report(error)
        return -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _report(error: BaseException) -> None:
    """Show an error as if the program stood alone: without the functions of this file."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_filename == __file__:
        traceback = traceback.tb_next
    error = error.with_traceback(traceback)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, traceback
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    if sys.stdout is not None:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
    sys.excepthook(type(error), error, traceback)


def _script(path: str, main: types.ModuleType) -> None:
    file = os.path.join(os.getcwd(), path)
    if os.path.isdir(file) or zipfile.is_zipfile(file):
        sys.path.insert(0, file)
        _as_main("__main__", False)
        return
    _first_on_path(os.path.dirname(os.path.realpath(path)))
    try:
        with io.open_code(file) as source:
            text = source.read()
    except OSError as error:
        print(f"{sys.executable}: can't open file {file!r}: [Errno {error.errno}] {error.strerror}", file=sys.stderr)
        raise SystemExit(2) from None
    main.__dict__.update(__file__=file, __cached__=None, __loader__=importlib.machinery.SourceFileLoader("__main__", file))
    exec(compile(text, file, "exec", dont_inherit=True), main.__dict__)


def _module(name: str, _main: types.ModuleType) -> None:
    _first_on_path(os.getcwd())
    _as_main(name, True)


def _as_main(name: str, alter: bool) -> None:
    run: Any = runpy._run_module_as_main  # type: ignore[attr-defined]
    run(name, alter)


def _command(text: str, main: types.ModuleType) -> None:
    _first_on_path("")
    code = compile(text, "<string>", "exec", dont_inherit=True)
    if sys.version_info >= (3, 13):
        # As python3 does since then: tracebacks show the lines.
        linecache.cache["<string>"] = (len(text), None, [f"{line}\n" for line in text.splitlines()], "<string>")
    exec(code, main.__dict__)


def _stdin(_value: str, main: types.ModuleType) -> None:
    _first_on_path("")
    text = sys.stdin.buffer.read() if sys.stdin is not None else b""
    exec(compile(text, "<stdin>", "exec", dont_inherit=True), main.__dict__)


def _interact(_value: str, main: types.ModuleType) -> None:
    if not sys.path or sys.path[0] != "":
        _first_on_path("")
    hook = getattr(sys, "__interactivehook__", None)
    if sys.stdin.isatty() and hook is not None:
        # Completion, and the history in the user's file.
        hook()
    import code

    console = code.InteractiveConsole(main.__dict__, "<stdin>")
    console.interact(exitmsg="")


_MODES = {"script": _script, "module": _module, "command": _command, "stdin": _stdin, "interactive": _interact}


def _first_on_path(folder: str) -> None:
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, folder)


# Processes that multiprocessing spawns


def spawn_here(command: "list[str]") -> None:
    """Let the processes that multiprocessing spawns run under this runtime, too: their main module is the program's, which may import JavaScript."""
    finder = _SpawnFinder(command)
    sys.meta_path.insert(0, finder)


class _SpawnFinder:
    """Sees the import of ``multiprocessing.spawn``, once."""

    def __init__(self, command: "list[str]") -> None:
        self._command = command

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> "importlib.machinery.ModuleSpec | None":
        if fullname != "multiprocessing.spawn":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        loader: Any = None if spec is None else spec.loader
        if loader is not None:
            execute = loader.exec_module

            def exec_module(module: Any) -> None:
                execute(module)
                self._patch(module)

            loader.exec_module = exec_module
        return spec

    def _patch(self, module: Any) -> None:
        of_python = module.get_command_line

        def get_command_line(**kwargs: Any) -> "list[str]":
            python, *_, source, flag = of_python(**kwargs)
            command = [*self._command, "-c", source, flag]
            # The descriptors that are handed over go along: it is the same process.
            become = f"import os; os.execv({command[0]!r}, {command!r})"
            return [python, "-c", become, flag]

        module.get_command_line = get_command_line
