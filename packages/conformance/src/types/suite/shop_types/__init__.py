# ruff: noqa: UP036, UP045
"""A shop, with every construct that declarations know."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import enum
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, NamedTuple, NewType, Optional, Protocol, TypedDict, TypeVar, Union, overload

from ._stock import Stock
from ._stock import count as count_stock
from .stubbed import fast

if TYPE_CHECKING:
    from typing_extensions import ParamSpec, Self

    P = ParamSpec("P")

if sys.version_info >= (3, 0):
    modern: bool = True
else:
    ancient: bool = True

__all__ = [
    "Basket", "Box", "Cents", "Color", "Item", "Keeper", "Level", "Node", "Options", "Order", "Pair", "Shop", "Stock", "apply", "choose", "collect", "count_stock", "delete",
    "fast", "first", "greet", "limit", "modern", "move", "options", "pairs", "prices", "retry", "session", "stream", "tag", "total", "values", "wait", "walk",
]  # fmt: skip

T = TypeVar("T")
K = TypeVar("K", bound="Item")
Text = TypeVar("Text", str, bytes)
Cents = NewType("Cents", int)
Tree = Union[int, "list[Tree]"]

limit: Final = 10


class Color(enum.Enum):
    """A colour."""

    RED = 1
    GREEN = 2

    def mixed(self, other: Color) -> Color:
        return self


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 7


class Options(TypedDict, total=False):
    """What `options` takes and gives."""

    exact: bool
    names: list[str]


class Pair(NamedTuple):
    left: str
    right: int = 0


@dataclasses.dataclass
class Item:
    """Something to buy."""

    name: str
    price: int = 1
    tags: list[str] = dataclasses.field(default_factory=list)
    count: ClassVar[int] = 0

    def total(self, number: int, *, tax: float = 0) -> float:
        """The price of so many.

        A second paragraph.
        """
        return self.price * number * (1 + tax)

    @property
    def label(self) -> str:
        return self.name.upper()

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(text)

    @staticmethod
    def free() -> Item:
        return Item("air", 0)

    def renamed(self, name: str) -> Self:
        self.name = name
        return self


class Basket(Item):
    """Items in a basket."""

    def total(self, number: str) -> str:  # type: ignore[override]
        return number


class Box(Generic[T]):
    """A box of something."""

    def __init__(self, content: T) -> None:
        self.content = content

    def get(self) -> T:
        return self.content

    def map(self, fn: Callable[[T], K]) -> Box[K]:
        return Box(fn(self.content))

    def __getitem__(self, key: int) -> T:
        return self.content

    def __iter__(self) -> Iterator[T]:
        yield self.content

    def __len__(self) -> int:
        return 1


class Node:
    """Cyclic, by itself and through Order."""

    def __init__(self, order: Optional[Order] = None) -> None:
        self.order: Optional[Order] = order
        self.children: list[Node] = []


class Order:
    def __init__(self, node: Node) -> None:
        self.node = node


class Keeper(Protocol):
    """Whoever keeps something: also an object of JavaScript."""

    def keep(self, name: str) -> int: ...


class Shop:
    """A shop that opens and closes."""

    class Door:
        open: bool = False

    def __enter__(self) -> Shop:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    async def find(self, name: str, *, exact: bool = False) -> Item:
        """Find an item."""
        return Item(name)


def greet(name: str, /, times: int = 1, *, mark: str = "!") -> str:
    """Greet somebody."""
    return f"hello {name}{mark}" * times


def total(*prices: int, tax: float = 0) -> float:
    return sum(prices) * (1 + tax)


def tag(name: str, **attributes: str) -> str:
    return name + "".join(f" {key}={value}" for key, value in attributes.items())


@overload
def choose(value: int) -> str: ...
@overload
def choose(value: str) -> list[int]: ...
def choose(value: Any) -> Any:
    return str(value) if isinstance(value, int) else [1]


def first(items: Sequence[T]) -> T:
    return items[0]


def apply(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return fn(*args, **kwargs)


def retry(fn: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    return fn


def pairs(table: Mapping[str, int]) -> list[tuple[str, int]]:
    return list(table.items())


def prices() -> dict[str, int]:
    return {"tea": 3}


def values(kind: Literal["a", "b"], numbers: Iterable[float] | None = None) -> set[str]:
    return {kind}


def options(given: Options) -> Options:
    return given


def move(text: Text) -> Text:
    return text


def walk(tree: Tree) -> Optional[int]:
    return None


def collect(keeper: Keeper) -> int:
    return keeper.keep("tea")


def delete(color: Color = Color.RED) -> None:
    """A name that JavaScript keeps for itself."""


async def wait(seconds: float) -> Pair:
    await asyncio.sleep(seconds)
    return Pair("left", 1)


async def stream(count: int) -> AsyncIterator[Item]:
    for index in range(count):
        yield Item(str(index))


@contextlib.contextmanager
def session(name: str) -> Iterator[Item]:
    yield Item(name)


def unlisted() -> None:
    pass
