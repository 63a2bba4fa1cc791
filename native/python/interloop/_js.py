"""The types of JavaScript values, made by the addon; outside a JavaScript runtime they are empty classes that cannot be made."""

from collections.abc import Iterable
from typing import Any

from ._errors import NO_RUNTIME, InterloopError
from ._main_frame import boundary

try:
    from _interloop import JsBuffer, JsFunction, JsObject, JsPromise, construct
except ImportError:

    class JsObject:  # type: ignore[no-redef]
        """A JavaScript object."""

        def __init__(self) -> None:
            raise InterloopError("no-runtime", NO_RUNTIME)

    class JsFunction(JsObject):  # type: ignore[no-redef]
        """A JavaScript function."""

    class JsPromise(JsObject):  # type: ignore[no-redef]
        """A JavaScript promise."""

    class JsBuffer(JsObject):  # type: ignore[no-redef]
        """A typed array, a DataView or an ArrayBuffer."""

    def construct(constructor: JsFunction, arguments: Iterable[Any], keywords: "dict[str, Any]", /) -> Any:
        """Stand in for the addon's function."""
        raise InterloopError("no-runtime", NO_RUNTIME)


@boundary
def new(constructor: JsFunction, *args: Any, **kwargs: Any) -> Any:
    """Construct a JavaScript object: ``new constructor(...args)``. Keyword arguments arrive as a trailing object.

    Raises:
        JsError: What the constructor threw.
    """
    return construct(constructor, args, kwargs)


__all__ = ["JsBuffer", "JsFunction", "JsObject", "JsPromise", "new"]
