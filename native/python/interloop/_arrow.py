"""Tables as Arrow's IPC stream, which Arrow's JavaScript reads. The libraries are found among the loaded modules, never imported."""

import sys
from typing import Any

from ._errors import InterloopError


def is_table(value: Any) -> bool:
    """Whether the object can give its content as Arrow tables."""
    kind = type(value)
    name = (kind.__module__.partition(".")[0], kind.__name__)
    return name == ("pandas", "DataFrame") or (hasattr(kind, "__arrow_c_stream__") and name not in _COLUMNS)


_COLUMNS = (("polars", "Series"), ("pandas", "Series"), ("pyarrow", "ChunkedArray"))


def stream_of(value: Any) -> Any:
    """What has the bytes of the stream, written once: an object with the buffer protocol."""
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(value, polars.DataFrame):
        # Not the newest forms of text, which few readers know.
        return value.write_ipc_stream(None, compat_level=polars.CompatLevel.oldest()).getbuffer()
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is None:
        raise InterloopError("not-convertible", f'A {type(value).__name__} needs pyarrow to become an Arrow stream: call python.import("pyarrow") first')
    pandas = sys.modules.get("pandas")
    is_pandas = pandas is not None and isinstance(value, pandas.DataFrame)
    table = pyarrow.Table.from_pandas(value) if is_pandas else value if isinstance(value, pyarrow.Table) else pyarrow.table(value)
    sink = pyarrow.BufferOutputStream()
    with _writer_of(pyarrow)(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _writer_of(pyarrow: Any) -> Any:
    import importlib

    return importlib.import_module("pyarrow.ipc").new_stream  # part of the library that is there
