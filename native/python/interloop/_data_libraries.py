"""What objects of data libraries are as plain data. The libraries are found among the loaded modules, never imported."""

import datetime
import sys
import warnings
from typing import Any

from ._errors import InterloopError


class _Absent:
    pass


ABSENT = _Absent()  # the object is none of a data library's


def plain_of(value: Any) -> Any:
    """The list, dict, scalar or None that stands for `value`, or ABSENT."""
    root = type(value).__module__.partition(".")[0]
    convert = _LIBRARIES.get(root)
    return ABSENT if convert is None or root not in sys.modules else convert(value, sys.modules[root])


def is_null(value: Any) -> bool:
    """Whether it is what a data library has for None."""
    root = type(value).__module__.partition(".")[0]
    library = sys.modules.get(root)
    if library is None:
        return False
    if root == "pandas":
        return value is library.NaT or value is library.NA
    if root == "numpy":
        return getattr(value, "ndim", 1) == 0 and value.dtype.kind in "mM" and bool(library.isnat(value))
    return root == "pyarrow" and isinstance(value, library.Scalar) and not value.is_valid


def columns_of(value: Any) -> "dict[str, Any] | None":
    """The columns of a frame by name: numpy arrays of numbers where memory has them so, lists otherwise; None for anything but a frame."""
    if not is_frame(value):
        return None
    _refuse_twins(value)
    root = type(value).__module__.partition(".")[0]
    if root == "pyarrow":
        return {name: value.column(name).to_pylist() for name in value.column_names}
    return {str(name): _column(value[name]) for name in value.columns}


def is_frame(value: Any) -> bool:
    """Whether the object is a table with named columns of pandas, polars or pyarrow."""
    kind = type(value)
    root = kind.__module__.partition(".")[0]
    return (root, kind.__name__) in _FRAMES


_FRAMES = frozenset((("pandas", "DataFrame"), ("polars", "DataFrame"), ("pyarrow", "Table"), ("pyarrow", "RecordBatch")))


def _refuse_twins(frame: Any) -> None:
    names = frame.column_names if hasattr(frame, "column_names") else list(frame.columns)
    if len(set(names)) < len(names):
        twin = next(name for index, name in enumerate(names) if name in names[:index])
        raise InterloopError(
            "not-convertible",
            f'Two columns of a {type(frame).__name__} are called {twin!r}, so one of them would be lost: rename one, or convert with frame: "arrow"',
        )


def _column(series: Any) -> Any:
    if getattr(series, "null_count", 0) == 0:  # numpy has no nulls for what polars keeps them in
        array = series.to_numpy()
        if array.dtype.char in "bBhHiIfd":
            return array
    return plain_of(series)


def _numpy(value: Any, numpy: Any) -> Any:
    if isinstance(value, numpy.ndarray):
        if value.ndim == 0 and value.dtype != object:
            return _numpy_scalar(value[()], numpy)
        rounded = _in_microseconds(value)
        return rounded.tolist() if rounded is value or _is_same(rounded, value) else list(value)
    return _numpy_scalar(value, numpy) if isinstance(value, numpy.generic) else ABSENT


def _numpy_scalar(value: Any, numpy: Any) -> Any:
    if isinstance(value, numpy.longdouble):
        return float(value) if float(value) == value else ABSENT
    if isinstance(value, numpy.complexfloating):
        return ABSENT
    rounded = _in_microseconds(value)
    return rounded.item() if rounded is value or _is_same(rounded, value) else ABSENT


def _in_microseconds(value: Any) -> Any:
    # Of nanoseconds numpy makes plain ints.
    kind = value.dtype.kind
    return value.astype(f"{kind}8[us]") if kind in "Mm" and value.dtype.str[3:] in ("[ns]", "[ps]", "[fs]", "[as]") else value


def _is_same(rounded: Any, value: Any) -> bool:
    numpy = sys.modules["numpy"]
    return bool(((rounded == value) | numpy.isnat(value)).all())


def split_time(value: Any) -> "tuple[Any, int] | None":
    """The datetime or timedelta of the standard library for one of numpy or pandas, and the nanoseconds that it has no room for; None for anything else."""
    kind = type(value)
    if isinstance(value, datetime.datetime) and hasattr(kind, "to_pydatetime"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return value.to_pydatetime(), value.nanosecond  # type: ignore[attr-defined]
    if isinstance(value, datetime.timedelta) and hasattr(kind, "to_pytimedelta"):  # which rounds
        return datetime.timedelta(value.days, value.seconds, value.microseconds), int(value.nanoseconds)  # type: ignore[attr-defined]
    unit = getattr(getattr(value, "dtype", None), "kind", "")
    if kind.__module__ != "numpy" or unit not in ("m", "M") or getattr(value, "ndim", 1) != 0:
        return None
    if type(value.item()) is datetime.date:
        return value.item(), 0
    exact = value.astype(f"{unit}8[ns]")
    whole, nanoseconds = divmod(int(exact.astype(int)), 1000)
    plain = kind(whole, "us").item()
    return (plain, nanoseconds) if exact == value and isinstance(plain, (datetime.datetime, datetime.timedelta)) else None


def _pandas(value: Any, pandas: Any) -> Any:
    if value is pandas.NaT or value is pandas.NA:
        return None
    if isinstance(value, pandas.DataFrame):
        _refuse_twins(value)
        return value.to_dict("records")
    if isinstance(value, (pandas.Series, pandas.Index, pandas.api.extensions.ExtensionArray)):
        return value.tolist()
    return str(value) if isinstance(value, (pandas.Period, pandas.Interval)) else ABSENT


def _polars(value: Any, polars: Any) -> Any:
    if isinstance(value, polars.DataFrame):
        return value.to_dicts()
    return value.to_list() if isinstance(value, polars.Series) else ABSENT


def _pyarrow(value: Any, pyarrow: Any) -> Any:
    if isinstance(value, pyarrow.Scalar):
        return value.as_py()
    if is_frame(value):
        _refuse_twins(value)
    return value.to_pylist() if hasattr(type(value), "to_pylist") else ABSENT


def _torch(value: Any, torch: Any) -> Any:
    return value.tolist() if isinstance(value, torch.Tensor) and not value.is_complex() else ABSENT


_LIBRARIES = {"numpy": _numpy, "pandas": _pandas, "polars": _polars, "pyarrow": _pyarrow, "torch": _torch}
