"""Tables, record batches and vectors of the JavaScript package apache-arrow, as Python's libraries take Arrow data. Called by the addon.

They are handed over through Arrow's C data interface: the libraries read the memory that JavaScript has, where the engine lets Python hold it, and a copy of it elsewhere.
"""

import struct
import sys
from collections.abc import Callable
from typing import Any

import _interloop
from _interloop import JsObject


class _Description:
    """What `target` consists of, with its memory: nothing of JavaScript is needed from here on."""

    __slots__ = ("chunks", "kind", "schema")

    def __init__(self, target: JsObject, kind: str) -> None:
        schema, chunks = _interloop.member(target, "arrow")
        self.kind = kind
        self.schema: Any = _schema(schema)
        self.chunks: Any = tuple(map(_chunk, chunks))


def describe(target: JsObject) -> "_Description | None":
    """What `target` consists of; None where it is nothing of Arrow's."""
    kind: Any = _interloop.member(target, "arrowKind")
    return None if kind is None else _Description(target, kind)


def protocol(target: JsObject, described: _Description, name: str) -> "Callable[..., Any] | None":
    """The method of this name; None where `target` has none."""
    schema, chunks = described.schema, described.chunks
    if name == "__arrow_c_stream__":
        return lambda requested_schema=None: _interloop.arrow_stream(schema, chunks)
    if name == "__arrow_c_array__" and described.kind in ("batch", "array"):
        return lambda requested_schema=None: (_interloop.arrow_schema(schema), _interloop.arrow_array(chunks[0]))
    if name == "__arrow_c_schema__":
        return lambda: _interloop.arrow_schema(schema)
    if name == "__array__":
        return lambda dtype=None, copy=None: _numpy_array(target, described, dtype, copy)
    return None


def _chunk(described: Any) -> "tuple[Any, ...]":
    length, null_count, buffers, children, dictionary = described
    memory = tuple(None if buffer is None else _interloop.arrow_memory(buffer) for buffer in buffers)
    return length, null_count, memory, tuple(map(_chunk, children)), None if dictionary is None else _chunk(dictionary)


def _schema(described: Any) -> "tuple[Any, ...]":
    kind, name, metadata, flags, children, dictionary = described
    return kind, name, _encoded(metadata), flags, tuple(map(_schema, children)), None if dictionary is None else _schema(dictionary)


def _encoded(entries: "tuple[str, ...]") -> bytes:
    """Names and values in turn, as Arrow's C interface has metadata."""
    if not entries:
        return b""
    texts = [entry.encode() for entry in entries]
    return struct.pack("=i", len(texts) // 2) + b"".join(struct.pack("=i", len(text)) + text for text in texts)


# The types of numpy by Arrow's format.
_NUMPY = {"c": "i1", "C": "u1", "s": "i2", "S": "u2", "i": "i4", "I": "u4", "l": "i8", "L": "u8", "e": "f2", "f": "f4", "g": "f8"}


def _numpy_array(target: Any, described: _Description, dtype: Any, copy: Any) -> Any:
    if described.kind in ("table", "batch"):
        raise TypeError(
            f"{target!r} of JavaScript is a table and no array: pyarrow.table(), polars.from_arrow() and pandas.DataFrame.from_arrow() take it as it is, "
            "and its vectors (table.getChild()) are arrays"
        )
    numpy: Any = sys.modules["numpy"]
    schema, chunks = described.schema, described.chunks
    form = _NUMPY.get(schema[0]) if schema[5] is None else None
    if form is None and not schema[0].startswith(("u", "U", "b")) and schema[5] is None:
        raise TypeError(f"{target!r} of JavaScript has Arrow's type {schema[0]!r}, which numpy has not: pyarrow.array() and polars.Series() take it as it is")
    if form is None or any(null_count for _, null_count, *_ in chunks):
        found = numpy.array(list(target))
    else:
        parts = [numpy.frombuffer(buffers[1], form, length) if length else numpy.empty(0, form) for length, _, buffers, *_ in chunks]
        found = parts[0] if len(parts) == 1 else numpy.concatenate(parts or [numpy.empty(0, form)])
    if dtype is not None and found.dtype != dtype:
        return found.astype(dtype)
    return found.copy() if copy else found
