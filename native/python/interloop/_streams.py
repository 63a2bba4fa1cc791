"""Streams: items of a Python iterable on their way to JavaScript in batches, and an async generator over what JavaScript iterates.

Private: core and this file change together. JavaScript's halves are core's ``py-stream.ts`` and ``js-reader.ts``.
"""

import asyncio
import contextlib
import threading
import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from ._shutdown import loop_threads, without_js

try:
    import _interloop
except ImportError:  # a plain Python
    _interloop = None  # type: ignore[assignment]

# A call with more arguments than this is a burden to the engine's stack.
_MOST = 4096


def can_be_iterated(source: object) -> bool:
    """Whether `async for` or `for` takes it."""
    kind = type(source)
    return hasattr(kind, "__aiter__") or hasattr(kind, "__iter__") or hasattr(kind, "__getitem__")


# Python to JavaScript


class _StreamProducer:
    """Hands items over, in as few calls as can be.

    `deliver(*items)` answers with an order, or with ``None``: then the Task waits for JavaScript until `open` is called with one. An order is a number (so much room there is), ``False`` (end
    here), or a function that returns what is to be sent into the source, or throws what is to be thrown into it.
    """

    __slots__ = ("_loop", "_native", "_order", "_rest", "_task", "_thread", "_waiter", "buffer", "closed", "closing", "connect", "deliver")

    def __init__(self, connect: "Callable[..., None]", deliver: "Callable[..., Any]") -> None:
        self.buffer: list[Any] = []
        self.closed = False
        self.closing = False
        self.connect = connect
        self.deliver = deliver
        self._native: Any = None
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._task = asyncio.current_task()
        # The Task's coroutine belongs to the addon, and keeps the process alive while it runs.
        self._rest = getattr(getattr(self._task, "get_coro", _nothing)(), "rest", _nothing)
        self._waiter: asyncio.Future[None] | None = None
        self._order: Any = None

    async def run(self, source: Any, room: int) -> None:
        """Hand over all items. The source is closed at the end, however that comes."""
        if not hasattr(type(source), "__aiter__"):
            self.connect(self.open)
            await self._run_sync(iter(source), room)
            return
        iterator = type(source).__aiter__(source)
        try:
            if room:
                self._native = _interloop and _interloop.stream_producer(iterator, self.deliver, self._rest, self._task)
                if self._native is None:
                    self.connect(self.open)
                    await self._run_async(iterator, room)
                else:
                    self.connect(self._native.open, self._native)
                    await self._run_native(iterator, room)
        except GeneratorExit:  # the Task is destroyed, with its loop: nothing can be awaited any more
            raise
        except BaseException:
            await _close(iterator)
            raise
        await _close(iterator)

    async def _run_async(self, iterator: Any, room: int) -> None:
        append = self.buffer.append
        async for item in iterator:
            append(item)
            room -= 1
            if not room or self.closed:
                room = await self._next_room(iterator)
                if not room:
                    return

    async def _run_native(self, iterator: Any, room: int) -> None:
        """As `_run_async`, by the addon."""
        native = self._native
        while True:
            order = await native.run(room)
            if not order:
                self.closing = self.closing or order is False
                return
            try:
                native.push(await _obey(iterator, order))
            except StopAsyncIteration:
                return
            room = 0

    async def _run_sync(self, iterator: Any, room: int) -> None:
        append = self.buffer.append
        try:
            if not room:
                return
            for item in iterator:
                append(item)
                room -= 1
                if not room:
                    room = await self._next_room(iterator)
                    if not room:
                        return
        finally:
            close = getattr(iterator, "close", None)
            if close is not None and isinstance(iterator, Generator):
                close()

    async def _next_room(self, iterator: Any) -> int:
        """Hand over what there is, and wait for room; 0: end here."""
        while True:
            order = self.flush()
            if order is None:
                self._waiter = self._loop.create_future()
                self._rest(True)
                try:
                    await self._waiter
                except BaseException:
                    self._rest(False)
                    raise
                order = self._order
                self._order = None
            if type(order) is int:
                return order if order < _MOST else _MOST
            if order is False:
                self.closing = True
                return 0
            try:
                self.buffer.append(await _obey(iterator, order))
            except StopAsyncIteration:
                return 0

    def open(self, order: Any) -> None:
        """Let the Task go on, which waits for JavaScript."""
        if asyncio._get_running_loop() is not self._loop and threading.get_ident() != self._thread:
            with contextlib.suppress(RuntimeError):  # the loop was closed
                self._loop.call_soon_threadsafe(self._open, order)
        else:
            self._open(order)

    def _open(self, order: Any) -> None:
        waiter = self._waiter
        assert waiter is not None
        self._order = order
        self._rest(False)
        if waiter.done():
            return
        try:
            waiter.set_result(None)
        except RuntimeError:
            # The TaskDriver tells who waits that the loop was closed; its Task is left.
            if not self._loop.is_closed():
                raise

    def leave(self) -> None:
        """Make no more items than the one that is being made."""
        self.closed = self.closing = True
        if self._native is not None:
            self._native.leave()

    def flush(self) -> Any:
        """Hand over what there is."""
        order = self.deliver(*self.buffer)
        self.buffer.clear()
        return order


async def _close(iterator: Any) -> None:
    close = getattr(iterator, "aclose", None)
    if close is not None:
        await close()


def _nothing(*_: Any) -> None:
    """Do nothing."""


def _refuse(*_: Any) -> bool:
    """Answer as JavaScript does when nothing more is wanted."""
    return False


def _cannot_call_js() -> bool:
    """Whether the process ends, and JavaScript's thread waits for this one."""
    loop = asyncio._get_running_loop()
    return loop in without_js and loop in loop_threads


async def _obey(iterator: Any, order: "Callable[[], Any]") -> Any:
    """Send something or throw something into the source; answers with its next item."""
    is_async = hasattr(type(iterator), "__anext__")
    try:
        value = order()
    except BaseException as error:
        throw = getattr(iterator, "athrow" if is_async else "throw", None)
        if throw is None:
            raise
        return await throw(error) if is_async else _step(throw, error)
    send = getattr(iterator, "asend" if is_async else "send", None)
    if is_async:
        return await (iterator.__anext__() if send is None else send(value))
    return _step(iterator.__next__) if send is None else _step(send, value)


def _step(method: "Callable[..., Any]", *args: Any) -> Any:
    try:
        return method(*args)
    except StopIteration:
        raise StopAsyncIteration from None


@types.coroutine
def _flushing(producer: _StreamProducer, inner: "Coroutine[Any, Any, None]") -> "Generator[Any, Any, None]":
    """Run `inner`. Whenever it suspends, for whatever it waits, what it has made until then is handed over."""
    send, throw = inner.send, inner.throw
    error: BaseException | None = None
    try:
        while True:
            waits_for = send(None) if error is None else throw(error)
            error = None
            if producer.buffer:
                producer.flush()
            try:
                yield waits_for
            except BaseException as thrown:
                error = thrown
                if isinstance(thrown, asyncio.CancelledError) and _cannot_call_js():
                    producer.deliver = _refuse
                # Asked for by JavaScript, or a matter of the source's own (a timeout)?
                if isinstance(thrown, asyncio.CancelledError) and producer.deliver() is False:
                    producer.leave()
    except StopIteration:
        pass
    finally:
        inner.close()
        if producer.buffer:
            producer.flush()


async def into_js(source: Any, connect: "Callable[..., None]", deliver: "Callable[..., Any]", room: int) -> None:
    """Hand the items of `source` to JavaScript. Without `room` it is only closed.

    `connect(open, producer)` tells JavaScript how to let it go on, and what `stepStream` takes, where the addon makes the items. `connect(None)` says that the source fails although it was told
    to end: JavaScript is not told what it failed with before.
    """
    producer = _StreamProducer(connect, deliver)
    producer.closing = not room
    try:
        await _flushing(producer, producer.run(source, min(room, _MOST)))
    except Exception:
        if producer.closing:
            connect(None)
        raise


# JavaScript to Python


class _StreamReceiver:
    """Where JavaScript puts the next items, and wakes who waits for them. The addon's own does it in C, where it can."""

    __slots__ = ("_items", "_waiter")

    def __init__(self) -> None:
        self._items: tuple[Any, ...] = ()
        self._waiter: asyncio.Future[None] | None = None

    def feed(self, *items: Any) -> None:
        self._items = items
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def take(self) -> "tuple[Any, ...]":
        items, self._items = self._items, ()
        return items

    def ask(self) -> bool:
        return False

    def __await__(self) -> "Generator[Any, Any, tuple[Any, ...]]":
        self._waiter = asyncio.get_running_loop().create_future()
        yield from self._waiter
        return self.take()


async def from_js(pull: "Callable[..., Any]", throw: "Callable[..., Any]", leave: "Callable[..., Any]") -> Any:
    """An async generator over what JavaScript iterates.

    `pull(sent, feed, receiver)`, of which the latter two are given once, answers with ``None`` when it has fed items, with ``True`` when it will, with a promise where they have to be asked for again then, with ``False`` at the end; it throws what the
    source threw.
    `throw(raiser)` throws into the source what `raiser` raises. `leave(cancelled)` closes the source, and answers with a promise where there is something to wait for.
    """
    native = _interloop.stream_receiver() if _interloop else None
    receiver = native or _StreamReceiver()
    cancelled = False
    try:
        answer = pull(None, receiver.feed, native)
        while answer is not False:
            sent = None
            if answer is True:
                items = await receiver
            else:
                if answer is not None:
                    await answer
                items = receiver.take()
            for item in items:
                try:
                    sent = yield item
                except GeneratorExit:
                    raise
                except BaseException as error:
                    throw(_raiser(error))
                    break
            # Where JavaScript is feeding, it needs no call to hear that more is wanted.
            answer = (sent is None and receiver.ask()) or pull(sent)
    except asyncio.CancelledError:
        cancelled = True
        raise
    finally:
        left = None if _cannot_call_js() else leave(cancelled)
        if left is not None and asyncio._get_running_loop() not in without_js:
            await left


def _raiser(error: BaseException) -> "Callable[[], None]":
    def fail() -> None:
        raise error

    return fail
