"""From a plain Python into a JavaScript runtime: the process becomes one that runs the same program."""

import json
import os
import shutil
import sys
import threading
from typing import NoReturn

from ._errors import InterloopError

RUNTIMES = ("node", "deno", "bun")
_MARK = "INTERLOOP_BECAME"

# Options of python3 that interloop's command takes itself, and those that have a variable instead.
_TAKEN = "iu"
_VARIABLES = {"B": "PYTHONDONTWRITEBYTECODE", "O": "PYTHONOPTIMIZE", "s": "PYTHONNOUSERSITE", "v": "PYTHONVERBOSE"}


def inside() -> bool:
    """Whether there is JavaScript in this process."""
    return "_interloop" in sys.modules


def become(args: "list[str]") -> NoReturn:
    """Replace this process by a runtime that runs the Python program that `args` name as on the command line of `python3`.

    Raises:
        InterloopError: ``runtime-not-found``, listing what was tried; ``became-twice`` when this process is such a one and still has no JavaScript.
    """
    if os.environ.get(_MARK) == str(os.getpid()):
        raise InterloopError("became-twice", f"{_named() or 'The runtime'} was started for this program and has no interloop in it; correct INTERLOOP_RUNTIME")
    environment = {**os.environ, _MARK: str(os.getpid()), "INTERLOOP_PYTHON": sys.executable}
    command = [*find(_start(args)), *_translated(args, environment)]
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os.execve(command[0], command, environment)


def become_again() -> NoReturn:
    """Replace this process by a runtime that runs the same program from its beginning."""
    arguments = _own_arguments()
    if arguments is None or hasattr(sys, "ps1") or arguments == []:
        raise InterloopError("no-runtime", "An interactive Python cannot become a JavaScript runtime; start one that is with `python3 -m interloop`")
    if threading.active_count() > 1:
        raise InterloopError("no-runtime", "This program runs threads already, which would be lost; `import interloop.auto` must be its first line")
    become(arguments)


def _own_arguments() -> "list[str] | None":
    """What this Python was started with; None where that is not known."""
    original = getattr(sys, "orig_argv", None)
    if original is None:  # Python 3.9
        try:
            with open("/proc/self/cmdline", "rb") as file:
                original = [os.fsdecode(part) for part in file.read().split(b"\0")[:-1]]
        except OSError:
            return None
    return list(original[1:])


def _translated(args: "list[str]", environment: "dict[str, str]") -> "list[str]":
    """The arguments as interloop's command takes them; what it does not take goes into the environment."""
    taken: list[str] = []
    rest = list(args)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        option = rest.pop(0)
        for at, letter in enumerate(option[1:], 1):
            if letter in "cm":
                return [*taken, "-" + option[at:], *rest]
            if letter in "WX":
                value = option[at + 1 :] or (rest.pop(0) if rest else "")
                _set_variable(letter, value, environment)
                break
            if letter in _TAKEN:
                taken.append("-" + letter)
            elif letter in _VARIABLES:
                environment[_VARIABLES[letter]] = str(int(environment.get(_VARIABLES[letter]) or 0) + 1)
            else:
                raise InterloopError("bad-argument", f"Python's option -{letter} cannot be passed on to a JavaScript runtime; leave it out")
    return [*taken, *rest]


def _set_variable(letter: str, value: str, environment: "dict[str, str]") -> None:
    if letter == "W":
        environment["PYTHONWARNINGS"] = ",".join(filter(None, [environment.get("PYTHONWARNINGS"), value]))
    elif value in ("dev", "utf8"):
        environment["PYTHONDEVMODE" if value == "dev" else "PYTHONUTF8"] = "1"
    else:
        raise InterloopError("bad-argument", f"Python's option -X {value} cannot be passed on to a JavaScript runtime; leave it out")


# Which runtime


def _named() -> str:
    return os.environ.get("INTERLOOP_RUNTIME", "")


def _start(args: "list[str]") -> str:
    """The folder of the program: its packages are near."""
    script = next((arg for arg in args if not arg.startswith("-")), "")
    path = os.path.realpath(script)
    return os.path.dirname(path) if script and os.path.exists(path) else os.getcwd()


def find(folder: str) -> "list[str]":
    """The command of a runtime that has interloop, for a program in `folder`: the one that ``INTERLOOP_RUNTIME`` names, or the first that is there."""
    named = _named()
    if os.path.sep in named:
        if os.access(named, os.X_OK):
            return [os.path.abspath(named)]
        raise InterloopError(
            "runtime-not-found", f'INTERLOOP_RUNTIME names "{named}", which is no executable file; name node, deno, bun, or the path of an interloop command'
        )
    if named and named not in RUNTIMES:
        raise InterloopError("runtime-not-found", f'INTERLOOP_RUNTIME names "{named}"; name node, deno, bun, or the path of an interloop command')
    tried = []
    for name in [named] if named else RUNTIMES:
        command, why = _command(name, folder)
        if command:
            return command
        tried.append(f"{name} ({why})")
    advice = 'install one with its adapter, for example "npm install @interloop/node" beside the program, or choose with INTERLOOP_RUNTIME'
    raise InterloopError("runtime-not-found", f"No JavaScript runtime with interloop was found; tried {', '.join(tried)}: {advice}")


def _command(name: str, folder: str) -> "tuple[list[str], str]":
    """The command, or why there is none."""
    executable = shutil.which(name)
    if executable is None:
        return [], "not on PATH"
    run = [executable, "run", "--allow-all"] if name == "deno" else [executable]
    for start in (folder, os.getcwd()):
        adapter = _adapter(name, start)
        if adapter:
            return [*run, adapter], ""
    installed = shutil.which(f"interloop-{name}")
    if installed:
        return [installed], ""
    return [], f'no package "@interloop/{name}" in "{folder}" or above it'


def _adapter(name: str, folder: str) -> "str | None":
    """The file of the adapter's command, as the folder sees it."""
    while True:
        home = os.path.join(folder, "node_modules", "@interloop", name)
        manifest = os.path.join(home, "package.json")
        if os.path.exists(manifest):
            with open(manifest, encoding="utf-8") as file:
                bins = json.load(file).get("bin", {})
            command = os.path.normpath(os.path.join(home, bins.get(f"interloop-{name}", "")))
            if os.path.isfile(command):
                return command
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
