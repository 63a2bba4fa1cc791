"""JavaScript modules as Python modules: `import_js`, and what makes ``.ts`` and ``.js`` files on ``sys.path`` importable."""

import importlib.machinery
import json
import os
import sys
import threading
import types
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from ._errors import NO_RUNTIME, InterloopError, class_of, without_own
from ._js import JsFunction
from ._main_frame import FILE, boundary

try:
    import _interloop

    from ._keep_alive import serving_thread
except ImportError:  # a plain Python
    _interloop = home = None  # type: ignore[assignment]

SUFFIXES = [".ts", ".mts", ".js", ".mjs"]


class JsThread:
    """Where modules are loaded: what loads them, and its thread."""

    def __init__(self, number: int, modules: Any, thread: int) -> None:
        self.number = number
        self.modules = modules
        self.thread = thread

    def load(self, url: str) -> Any:
        """The namespace of the module at `url`; on other threads than JavaScript's the wait ends with an error when it cannot end otherwise."""
        if threading.get_ident() == self.thread:
            return self.modules.require(url)
        outcome = _Outcome()
        self.modules.begin(url, outcome.take)
        return outcome.wait(lambda: self.modules.begin)


class _Outcome:
    """What a call on another thread comes to."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._value: Any = None
        self._error: BaseException | None = None

    def take(self, call: "Callable[[], Any]") -> None:
        try:
            self._value = call()
        except BaseException as error:
            self._error = error
        self._over.set()

    def wait(self, ask: "Callable[[], Any]") -> Any:
        """`ask` uses JavaScript, which fails where it cannot answer any more."""
        while not self._over.wait(1):
            ask()
        if self._error is not None:
            raise self._error
        return self._value


_threads: "dict[int, JsThread]" = {}
_several = False


def _source() -> JsThread:
    """What loads modules for this thread."""
    if _interloop is None:
        raise InterloopError("no-runtime", NO_RUNTIME)
    number = serving_thread()
    known = _threads.get(number)
    if known is None:
        modules = _interloop.modules.get(number)
        if modules is None:
            if number == 0:
                raise InterloopError("finalized", "Cannot load a JavaScript module: all JavaScript of this process has ended")
            raise InterloopError("import-unsupported", "The JavaScript runtime cannot load modules for Python: its adapter has no module loader")
        for ended in [other for other in _threads if not _interloop.lives(other)]:
            del _threads[ended]
        known = _threads[number] = JsThread(number, modules, _interloop.thread_of(number))
    return known


# What a module's exports are in Python


class Face:
    """A JavaScript module as one thread of JavaScript has loaded it: each evaluates it for itself."""

    def __init__(self, home: JsThread, namespace: Any) -> None:
        self.home = home
        self.namespace = namespace
        self.wrappers: dict[JsFunction, Any] = {}
        self.exported: dict[str, Any] = {}  # the wrappers, by the names of the exports


class JsModule(types.ModuleType):
    """A JavaScript module. Its attributes are the exports, looked up each time: their bindings are live. Each thread sees those of the JavaScript that serves it."""

    __all__: "list[str]"

    def __getattr__(self, name: str) -> Any:
        state = self.__dict__
        if "_faces" not in state or (name.startswith("__") and name.endswith("__")):
            raise (
                AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self)
                if sys.version_info >= (3, 10)
                else AttributeError(name)
            )
        face = _face_here(self)
        value = getattr(face.namespace, name)
        if type(value) is not JsFunction:
            return value
        wrapper = face.wrappers.get(value)
        if wrapper is None:
            wrapper = face.wrappers.setdefault(value, self._wrap(face, name, value))
        return wrapper

    def _wrap(self, face: Face, name: str, function: JsFunction) -> Any:
        from ._classes import make_class
        from ._exports import make_function
        from ._exports_by_thread import serve_each

        home = face.home
        kind = home.modules.kind(function)
        doc: str | None = self.__dict__["_docs"].get(name)
        if kind == "object":
            return function
        export = name
        if name == "default":
            name = function.name or name
        if kind == "class":
            made = face.exported[export] = make_class(function, name, self.__name__, doc)
            if _several:
                serve_each(self, [face.exported])
            return made
        if kind == "error":
            found: Any = class_of(home.modules.errorClass(function, name, self.__name__))
            if doc is not None:
                found.__doc__ = doc
            return found
        wrapper = make_function(kind, function, name, self.__name__, home.thread)
        if doc is not None:
            wrapper.__doc__ = doc
        face.exported[export] = wrapper
        if _several:
            serve_each(self, [face.exported])
        return wrapper

    def __dir__(self) -> "list[str]":
        return sorted({*super().__dir__(), *self.__dict__.get("_names", ())})


def _face_here(module: JsModule) -> Face:
    """The module as the JavaScript of this thread has it, which loads it if it has not yet."""
    faces: dict[int, Face] = module.__dict__["_faces"]
    face = faces.get(serving_thread())
    if face is None:
        source = _source()
        face = Face(source, _load(module, source, module.__dict__["_url"]))
        for ended in [other for other in faces if not _interloop.lives(other)]:
            del faces[ended]
        face = faces.setdefault(source.number, face)
    return face


# Loading

_loaded: "dict[str, JsModule]" = {}


def begin_thread() -> None:
    """JavaScript uses this Python from one more thread, or from another realm of this one, as each file of a test runner may be. What it imports it evaluates for itself, and functions and
    classes that Python code has taken from modules are those of the JavaScript that uses them."""
    global _several
    from ._exports_by_thread import serve_each

    _several = True
    number = _interloop.own_number()
    _threads.pop(number, None)
    for module in _loaded.values():
        faces: dict[int, Face] = module.__dict__["_faces"]
        serve_each(module, [face.exported for face in faces.values()])
        faces.pop(number, None)


def _load(module: JsModule, home: JsThread, url: str) -> Any:
    try:
        return home.load(url)
    except Exception as error:
        error.__traceback__ = without_own(error.__traceback__)
        raise ImportError(f"cannot import {module.__name__!r} from {_place(url)!r}: {error}", name=module.__name__, path=_place(url)) from error


def _fill(module: JsModule, url: str) -> None:
    """Load what is at `url` and show it in `module`."""
    home = _source()
    modules = home.modules
    namespace = _load(module, home, url)
    names = [name for name in modules.names(namespace).split("\0") if name]
    docs = json.loads(modules.docs(url))
    module.__doc__ = docs.get("")
    module.__all__ = [name for name in names if name != "default"]
    module.__dict__.update(_names=names, _docs=docs, _url=url, _faces={home.number: Face(home, namespace)})


def _place(url: str) -> str:
    """The path of a file, any other URL as it is."""
    parts = urlsplit(url)
    return unquote(parts.path) if parts.scheme == "file" else url


# Code of the standard library that calls what it was given (threads, executors) is nobody's place.
_STANDARD = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


def _folders_of(file: "str | None") -> "list[str]":
    """The folders that a name is looked for from, on behalf of the code in `file`."""
    if not file or (file.startswith(_STANDARD) and "site-packages" not in file):
        return [os.getcwd()]
    path = os.path.abspath(file)
    return list(dict.fromkeys([os.path.dirname(os.path.realpath(path)), os.path.dirname(path)]))


@boundary
def import_js(name: str, /) -> Any:
    """Import a JavaScript or TypeScript module: a package by its name, a file by its path, relative to the file of the caller (where JavaScript calls, to the working folder). Of a JSON file the answer is its value.

    The module's attributes are its exports. Async functions are coroutine functions, classes construct when they are called, other objects are `JsObject`.

    Raises:
        ModuleNotFoundError: There is no such module.
        ImportError: It cannot be loaded; the cause is what JavaScript threw.
        InterloopError: ``no-runtime`` outside of a JavaScript runtime.
    """
    if not isinstance(name, str) or not name:
        raise InterloopError("bad-argument", f"import_js takes the name of a package or the path of a file, not {name!r}")
    caller = sys._getframe().f_back
    file = caller.f_globals.get("__file__") if caller and caller.f_code.co_filename != FILE else None
    # As JavaScript does, from where a linked file really is: package managers link packages into place, and what these depend on is beside the original.
    folders = _folders_of(file)
    resolve = _source().modules.resolve
    url = next((found for found in (resolve(name, folder) for folder in folders) if found is not None), None)
    if url is None:
        folder = folders[-1]
        raise ModuleNotFoundError(f"No JavaScript module named {name!r}, as seen from {folder!r}", name=name)
    if url.startswith("file:") and url.endswith(".json"):
        with open(_place(url), encoding="utf-8") as source:
            return json.load(source)
    if url not in _loaded:
        module = JsModule(name)
        if url.startswith("file:"):
            module.__file__ = _place(url)
        _fill(module, url)
        _loaded.setdefault(url, module)
    return _loaded[url]


# Files on sys.path


class JsLoader:
    """Loads a file for the import system."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path
        self.exec_module = boundary(self._exec_module)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> JsModule:
        return JsModule(spec.name)

    def _exec_module(self, module: JsModule) -> None:
        if "_faces" in module.__dict__:
            raise ImportError(f"cannot reload {self.name!r}: JavaScript evaluates a module once", name=self.name, path=self.path)
        url = _source().modules.resolve(self.path, os.path.dirname(self.path))
        if url is None:
            raise ModuleNotFoundError(f"The file {self.path!r} is gone", name=self.name, path=self.path)
        # Another thread that imports this module meanwhile takes it as it is. It would wait for this thread, which waits for JavaScript; and that may be who imports it.
        if module.__spec__ is not None:
            module.__spec__._initializing = False  # type: ignore[attr-defined]
        _fill(module, url)
        _loaded.setdefault(url, module)


class JsFinder:
    """Finds files on `sys.path` and in packages. What Python finds under the same name, wherever it is, comes first."""

    _folders: "dict[str, Any]" = {}  # noqa: RUF012

    @classmethod
    def find_spec(cls, fullname: str, path: "Sequence[str] | None" = None, target: "types.ModuleType | None" = None) -> "importlib.machinery.ModuleSpec | None":
        for entry in sys.path if path is None else path:
            spec = cls._folder(entry or os.getcwd()).find_spec(fullname, target)
            # Without a loader it is a folder of that name.
            if spec is not None and isinstance(spec.loader, JsLoader):
                return None if _is_python(fullname, path) else spec
        return None

    @classmethod
    def _folder(cls, path: str) -> Any:
        known = cls._folders.get(path)
        if known is None:
            known = cls._folders[path] = importlib.machinery.FileFinder(path, (JsLoader, SUFFIXES))  # type: ignore[arg-type]
        return known

    @classmethod
    def invalidate_caches(cls) -> None:
        for folder in cls._folders.values():
            folder.invalidate_caches()


def _is_python(fullname: str, path: "Sequence[str] | None") -> bool:
    spec = importlib.machinery.PathFinder.find_spec(fullname, path)
    # A namespace package has no origin: any folder that happens to have the name is one.
    return spec is not None and spec.origin is not None


def install() -> None:
    """Make JavaScript files on `sys.path` importable, from now on."""
    _source()
    if JsFinder not in sys.meta_path:
        finders: list[Any] = sys.meta_path
        # Before what looks at the path, which would take a folder of the same name for a package.
        at = finders.index(importlib.machinery.PathFinder) if importlib.machinery.PathFinder in finders else len(finders)
        finders.insert(at, JsFinder)
