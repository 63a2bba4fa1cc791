"""Modules and functions of Python's that JavaScript makes."""

import contextlib
import sys
import types
from collections.abc import Callable, Coroutine
from threading import get_ident
from typing import Any

from ._exports_by_thread import fill, is_ours, remember
from ._js import JsFunction
from ._js_call import call_there
from ._main_frame import rename


def _can_find(name: str) -> bool:
    import importlib.util

    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, AttributeError, ValueError):
        return False


def make_module(name: str) -> "types.ModuleType | None":
    """A new, empty module, not published yet; None when a real one has the name."""
    existing = sys.modules.get(name)
    if existing is not None and not is_ours(existing):
        return None
    if existing is None and _can_find(name):
        return None
    module = types.ModuleType(name, "Made by JavaScript.")
    module.__interloop__ = True  # type: ignore[attr-defined]
    module.__path__ = []
    return module


def export(module: types.ModuleType, name: str, value: Any) -> None:
    setattr(module, name, value)


def publish(module: types.ModuleType) -> types.ModuleType:
    """Let Python import it. One that was made before under the name stays, with what this one has; who has imported it sees that. The answer is the module that Python has."""
    name = module.__name__
    existing = sys.modules.get(name)
    if existing is None or not is_ours(existing):
        remember(module)
        sys.modules[name] = module
    else:
        fill(existing, module)
    made = sys.modules[name]
    while "." in name:
        parent_name, _, child = name.rpartition(".")
        parent = sys.modules.get(parent_name)
        if parent is None:
            if _can_find(parent_name):
                parent = __import__(parent_name, fromlist=["*"])
            else:
                parent = make_module(parent_name)
                assert parent is not None
                sys.modules[parent_name] = parent
        setattr(parent, child, sys.modules[name])
        name = parent_name
    return made


def make_function(kind: str, js: JsFunction, name: str, module: str, home: "int | None" = None) -> "Callable[..., Any]":
    """A Python function that calls a JavaScript one, whose thread is `home`, this one unless given; frameworks ask `inspect` what it is."""
    function: Callable[..., Any]
    if kind == "async":
        home = home or get_ident()

        async def function(*args: Any, **kwargs: Any) -> Any:
            if get_ident() == home:
                return await js(*args, **kwargs)
            return await call_there(js, *args, **kwargs)

    elif kind == "generator":

        def function(*args: Any, **kwargs: Any) -> Any:
            return (yield from js(*args, **kwargs))

    elif kind == "async generator":

        async def function(*args: Any, **kwargs: Any) -> Any:
            source = js(*args, **kwargs)
            with contextlib.suppress(StopAsyncIteration):
                value = await source.__anext__()
                while True:
                    try:
                        sent = yield value
                    except GeneratorExit:
                        await source.aclose()
                        raise
                    except BaseException as error:
                        value = await source.athrow(error)
                    else:
                        value = await source.asend(sent)

    else:

        def function(*args: Any, **kwargs: Any) -> Any:
            return js(*args, **kwargs)

    from ._signature import annotations_of, doc_of, signature_of

    # Where tracebacks show its frame, they name what it stands for.
    rename(function, name)
    function.__name__ = name
    function.__qualname__ = name
    function.__module__ = module
    function.__doc__ = doc_of(js) or f"The JavaScript function {name}."
    function.__dict__["__signature__"] = signature_of(js)
    function.__annotations__ = annotations_of(js)
    return function


def make_coroutine(js: JsFunction, name: str) -> "Coroutine[Any, Any, Any]":
    """A coroutine that calls an async JavaScript function when it is awaited."""
    home = get_ident()

    async def run() -> Any:
        return await (js() if get_ident() == home else call_there(js))

    coroutine: Any = run()
    coroutine.__name__ = coroutine.__qualname__ = name
    return coroutine  # type: ignore[no-any-return]
