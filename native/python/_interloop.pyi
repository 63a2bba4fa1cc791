"""The built-in module that the addon makes. Private: import from `interloop`."""

import asyncio
from asyncio import AbstractEventLoop, Future, Task
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable, Iterator, MutableMapping, MutableSequence
from contextvars import Context
from types import TracebackType
from typing import Any, NoReturn, final

from typing_extensions import Buffer

# JavaScript values

modules: dict[int, Any]
undefined: object

class JsObject:
    """A JavaScript object: attributes are its properties, items its elements or entries."""

    def __new__(cls, *args: Any, **kwargs: Any) -> NoReturn: ...
    def __getattr__(self, name: str) -> Any: ...
    def __setattr__(self, name: str, value: Any) -> None: ...
    def __delattr__(self, name: str) -> None: ...
    def __getitem__(self, key: Any) -> Any: ...
    def __setitem__(self, key: Any, value: Any) -> None: ...
    def __delitem__(self, key: Any) -> None: ...
    def __len__(self) -> int: ...
    def __contains__(self, key: object) -> bool: ...
    def __bool__(self) -> bool: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __dir__(self) -> list[str]: ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...
    def __aiter__(self) -> AsyncGenerator[Any, Any]: ...
    def __enter__(self) -> JsObject: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /) -> None: ...
    async def __aenter__(self) -> JsObject: ...
    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /) -> None: ...

@final
class JsArray(JsObject, MutableSequence[Any]):
    """A JavaScript array, by reference: a sequence whose items are those of the array."""

    def insert(self, index: int, value: Any, /) -> None: ...

@final
class JsMapping(JsObject, MutableMapping[Any, Any]):
    """A plain JavaScript object or a Map, by reference: a mapping of its own properties or its entries."""

@final
class JsFunction(JsObject):
    """A JavaScript function or class."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __instancecheck__(self, value: object, /) -> bool: ...
    def __subclasscheck__(self, other: object, /) -> bool: ...

@final
class JsIterator(JsObject):
    """A JavaScript iterator."""

    def __iter__(self) -> JsIterator: ...
    def __next__(self) -> Any: ...
    def send(self, value: Any, /) -> Any: ...
    def throw(self, error: Any, value: Any = ..., traceback: Any = ..., /) -> Any: ...
    def close(self) -> None: ...

@final
class JsAsyncIterator(JsObject):
    """A JavaScript async iterator or async generator."""

    def __aiter__(self) -> JsAsyncIterator: ...
    def __anext__(self) -> Coroutine[Any, Any, Any]: ...
    def asend(self, value: Any, /) -> Coroutine[Any, Any, Any]: ...
    def athrow(self, error: Any, value: Any = ..., traceback: Any = ..., /) -> Coroutine[Any, Any, Any]: ...
    def aclose(self) -> Coroutine[Any, Any, None]: ...

@final
class JsAsyncIterable(JsObject):
    """A JavaScript stream, or whatever else only ``async for`` iterates over."""

    __iter__: None  # type: ignore[assignment]
    __len__: None  # type: ignore[assignment]

@final
class Boundary:
    """A function whose frame is in no traceback."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __get__(self, instance: object, owner: type | None = None, /) -> Any: ...

@final
class JsBuffer(JsObject, Buffer):
    """A typed array, a DataView or an ArrayBuffer, handed over by `python.ref`; `memoryview()` sees the same memory."""

    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class JsPromise(JsObject, Coroutine[Any, None, Any]):
    """A JavaScript promise: awaitable, and a coroutine to asyncio."""

    def __await__(self) -> Generator[Any, None, Any]: ...
    def send(self, value: Any, /) -> Any: ...
    def throw(
        self,
        type_or_value: type[BaseException] | BaseException,
        value: object = ...,
        traceback: TracebackType | None = ...,
        /,
    ) -> Any: ...
    def close(self) -> None: ...

def member(target: JsObject, symbol: str, /) -> Any:
    """Look up the method under a well-known symbol; None when there is none."""

def instance_of(cls: JsFunction, value: object, /) -> bool:
    """Whether a value is an instance of a JavaScript class."""

def subclass_of(cls: JsFunction, other: object, /) -> bool:
    """Whether another JavaScript class inherits from this one."""

def construct(constructor: JsFunction, arguments: Iterable[Any], keywords: dict[str, Any], /) -> Any:
    """Construct a JavaScript object."""

@final
class TensorMemory:
    """The memory of a tensor, through DLPack."""

def tensor_memory(capsule: object, /) -> TensorMemory:
    """What shows the memory of a DLPack capsule as a buffer."""

@final
class ArrowMemory:
    """Memory of JavaScript that Arrow arrays consist of."""

def arrow_memory(buffer: JsBuffer, /) -> ArrowMemory:
    """The memory of a JavaScript buffer, for these."""

def arrow_schema(schema: tuple[Any, ...], /) -> object:
    """A capsule of Arrow's C data interface with the schema (format, name, metadata, flags, children, dictionary)."""

def arrow_array(array: tuple[Any, ...], /) -> object:
    """A capsule with the array (length, null_count, buffers, children, dictionary)."""

def arrow_stream(schema: tuple[Any, ...], arrays: tuple[Any, ...], /) -> object:
    """A capsule with the stream of a schema and a tuple of arrays."""

def boundary(function: Callable[..., Any], /) -> Callable[..., Any]:
    """A function like this one, whose frame is in no traceback."""

def post_call(function: JsFunction, future: Future[Any], loop: AbstractEventLoop, args: tuple[Any, ...], kwargs: dict[str, Any], /) -> int:
    """Call an async JavaScript function on its thread; a future gets the answer."""

def cancel_call(function: JsFunction, number: int, error: BaseException, /) -> None:
    """Tell such a call that nobody waits for it."""

# Conversions

@final
class TaskDriver(Coroutine[Any, Any, Any]):
    """Drives an awaitable for a JavaScript promise."""

    @property
    def task(self) -> Task[Any] | None: ...
    def attach(self, task: Future[Any], /) -> None:
        """Tell the crossing of its Task."""

    def __await__(self) -> Generator[Any, Any, Any]: ...
    def __iter__(self) -> TaskDriver: ...
    def __next__(self) -> Any: ...
    def send(self, value: Any, /) -> Any: ...
    def throw(
        self,
        type_or_value: type[BaseException] | BaseException,
        value: object = ...,
        traceback: TracebackType | None = ...,
        /,
    ) -> Any: ...
    def rest(self, resting: bool, /) -> None: ...
    def close(self) -> None: ...

# Streams

class ReusableFuture:
    """What the Task of a stream waits at for JavaScript. Has a future's protocol, as far as Tasks use it."""

    _asyncio_future_blocking: bool
    def __new__(cls, *args: Any, **kwargs: Any) -> NoReturn: ...
    def get_loop(self) -> AbstractEventLoop: ...
    def add_done_callback(self, callback: Callable[[ReusableFuture], object], *, context: Context | None = None) -> None: ...
    def remove_done_callback(self, callback: Callable[[ReusableFuture], object], /) -> int: ...
    def cancel(self, msg: Any = None) -> bool: ...
    def done(self) -> bool: ...
    def cancelled(self) -> bool: ...
    def result(self) -> None: ...
    def exception(self) -> None: ...

@final
class StreamProducer(ReusableFuture):
    """Makes items of an async generator and hands them over to JavaScript."""

    def run(self, room: int, /) -> StreamProducer:
        """Make so many items when awaited, and more as JavaScript asks for them. The answer is an order that Python code sees to, or None at the end."""

    def push(self, item: Any, /) -> None: ...
    def open(self, order: Any, /) -> None: ...
    def leave(self) -> None: ...
    def __await__(self) -> Generator[Any, Any, Any]: ...
    def __iter__(self) -> StreamProducer: ...
    def __next__(self) -> Any: ...
    def send(self, value: Any, /) -> Any: ...
    def throw(
        self,
        type_or_value: type[BaseException] | BaseException,
        value: object = ...,
        traceback: TracebackType | None = ...,
        /,
    ) -> Any: ...
    def close(self) -> None: ...

def stream_producer(
    source: AsyncGenerator[Any, Any], deliver: Callable[..., Any], rest: Callable[[bool], None], task: Task[Any] | None, /
) -> StreamProducer | None:
    """Make a StreamProducer; None where the source is no async generator, or the C layer is off."""

@final
class StreamReceiver(ReusableFuture):
    """Where a Task waits for items from JavaScript. Awaiting it answers with them."""

    def feed(self, *items: Any) -> None: ...
    def take(self) -> tuple[Any, ...]: ...
    def ask(self) -> bool:
        """Whether awaiting it is enough to ask JavaScript for more."""

    def __await__(self) -> Generator[Any, Any, tuple[Any, ...]]: ...
    def __iter__(self) -> StreamReceiver: ...
    def __next__(self) -> Any: ...
    def send(self, value: Any, /) -> Any: ...
    def throw(
        self,
        type_or_value: type[BaseException] | BaseException,
        value: object = ...,
        traceback: TracebackType | None = ...,
        /,
    ) -> Any: ...
    def close(self) -> None: ...

def stream_receiver() -> StreamReceiver | None:
    """Make a StreamReceiver; None where the C layer is off."""

# The guest loop

class Handle(asyncio.Handle):
    """A callback that a GuestLoop will run. To asyncio it stands for one of its own; `isinstance` knows that it is none."""

    def get_context(self) -> Context: ...

@final
class Mailbox:
    """The mailbox of an event loop: what other threads post to it."""

@final
class ReadyQueue:
    """The ready queue of a GuestLoop, with `call_soon()` in C."""

    enabled: bool
    plain_tasks: bool
    def __new__(cls, loop: AbstractEventLoop, /) -> ReadyQueue: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[asyncio.Handle]: ...
    def append(self, handle: asyncio.Handle, /) -> None: ...
    def popleft(self) -> asyncio.Handle: ...
    def clear(self) -> None: ...
    def close(self) -> None: ...
    def get_debug(self) -> bool: ...
    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> Handle: ...
    def call_soon_threadsafe(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> Handle: ...

def touch() -> None:
    """The loop of this thread has other timers, descriptors or holds than before."""

def wake(loop: AbstractEventLoop, /) -> None:
    """Wake the thread that hosts the loop."""

def is_pumping(loop: AbstractEventLoop, /) -> bool:
    """Whether callbacks of the hosted loop run now."""

def unhost(loop: AbstractEventLoop, /) -> None:
    """End the hosting of a loop."""

def give_thread() -> None:
    """This thread is Python's from now on: its JavaScript stands still."""

def guard_forks() -> None:
    """Hold the GIL while this process forks."""

def enter_child() -> list[Any]:
    """This process is a forked child from now on; answers with the loops that JavaScript ran."""

def in_child() -> bool:
    """Whether this process is a forked child, without JavaScript."""

def keep(value: object, /) -> None:
    """Never free an object."""

def leave_child(error: BaseException | None, /) -> None:
    """End a forked child by an exception, or with status 0. Does nothing in any other process."""

def loop_closed(loop: AbstractEventLoop, /) -> None:
    """Fail what is in flight on a loop that was closed."""

def copy_of(context: Context) -> Context:
    """As contextvars.Context.copy(), without the async context of JavaScript."""

def base_context() -> Context:
    """The context that this thread of JavaScript never leaves."""

def copy_context() -> Context:
    """As `contextvars.copy_context()`, without the async context of JavaScript."""

def current_loop() -> asyncio.AbstractEventLoop | None:
    """The loop that conversions use on this thread of JavaScript; None where there is none, or where a loop runs."""

def guard(parts: tuple[object, str, str]) -> Callable[..., Any]:
    """A method of a loop, made safe to be called by JavaScript on another thread: (the loop, the name of its own method, the name of the one to call on a thread of JavaScript)."""

def defer(item: object) -> None:
    """Keep something for ``interloop._remote_loop.post`` until the call from JavaScript ends."""

def take_deferred() -> list[Any] | None:
    """What was deferred until now, or None."""

def end_descriptor() -> int:
    """A descriptor that can be read when this thread's JavaScript has ended."""

def serving_thread(inherited: int, /) -> int:
    """The number of the thread of JavaScript that serves this thread; 0 when none does."""

def here() -> int:
    """The number of this thread, when it is one of JavaScript, or 0."""

def own_number() -> int:
    """The same, also when its JavaScript is ending."""

def lives(number: int, /) -> bool:
    """Whether the thread of JavaScript with that number lives."""

def thread_of(number: int, /) -> int:
    """The identifier of the thread with that number."""

def offer_modules(modules: object, /) -> None:
    """What loads JavaScript modules on this thread."""

def hold(number: int) -> int:
    """Keep a thread of JavaScript alive: this one, or where it is none that of this number. Its number; 0 when there is none."""

def unhold(number: int) -> None:
    """The end of a hold, by the number that it gave."""

def on_js_thread() -> bool:
    """Whether JavaScript stands still while this thread waits."""

def callers_of_js() -> int:
    """How many calls by other threads wait for this thread's JavaScript."""

def waits_for_js(future: object) -> bool:
    """Whether only a promise of this thread's JavaScript settles the future."""

def keeping_tasks() -> list[Any]:
    """The Tasks of this thread that JavaScript awaits."""

# The standard streams: used by _stdio.py.
def output_written() -> bool: ...
def on_flush(flush: Callable[[], None], /) -> None: ...
def write_descriptor(descriptor: int, all: bool, data: Buffer, /) -> int: ...
def read_descriptor(descriptor: int, buffer: Buffer, /) -> int: ...

# Signals: used by _signals.py.
def signal_kind(number: int, /) -> int: ...
def signal_save(number: int, /) -> None: ...
def signal_taken(number: int, handler: bool, /) -> None: ...
def signal_is_taken(number: int, /) -> bool: ...
def signal_restore(number: int, /) -> bool: ...
def signal_released(number: int, /) -> None: ...
def signal_pass(number: int, /) -> None: ...
def signal_announce(number: int, /) -> None: ...
def signals_before_fork() -> None: ...
def signals_after_fork() -> None: ...
def signals_in_child() -> None: ...

# What belongs to the process: used by _environ.py.
def environ_changes() -> list[str] | None: ...
def process_changed(change: int, /) -> None: ...
