"""interloop: JavaScript promises and Python coroutines await each other inside one process.

This package is the Python side. It is carried by the addon that embeds CPython in Node, Deno and Bun; what needs a
JavaScript runtime raises `InterloopError` with the code ``no-runtime`` outside one.
"""

from ._errors import InterloopError, JsError
from ._js import JsArray, JsBuffer, JsFunction, JsMapping, JsObject, JsPromise, new
from ._js_dict import JsDict
from ._loop import GuestLoop
from ._modules import import_js

__all__ = [
    "GuestLoop",
    "InterloopError",
    "JsArray",
    "JsBuffer",
    "JsDict",
    "JsError",
    "JsFunction",
    "JsMapping",
    "JsObject",
    "JsPromise",
    "import_js",
    "new",
]
