"""Loops that `run` makes and drives. Private: core's ``run.ts`` and this file change together."""

import asyncio
import contextlib
import importlib
import threading
from collections.abc import Callable
from typing import Any

from ._errors import InterloopError
from ._loop import GuestLoop
from ._shutdown import driven_loops, shutdown

try:
    from ._keep_alive import adopt_children, this_number
except ImportError:  # a plain Python, where no thread of JavaScript waits
    adopt_children = this_number = None  # type: ignore[assignment]


def make_loop(factory: Any) -> asyncio.AbstractEventLoop:
    """A new loop: ``None`` is asyncio's own choice; a text names a module with ``new_event_loop``, or a class or function in one; anything else is called."""
    if factory is None:
        return asyncio.new_event_loop()
    if isinstance(factory, str):
        factory = _named(factory)
    elif isinstance(factory, asyncio.AbstractEventLoop):
        raise InterloopError("bad-argument", 'The option "loop" must be what makes a new loop, not a loop; to drive one that exists use runUntilComplete()')
    if not callable(factory):
        raise InterloopError("bad-argument", f'The option "loop" must be a class of loops, a function that makes one, or the name of either, not {factory!r}')
    loop = factory()
    if not isinstance(loop, asyncio.AbstractEventLoop):
        raise InterloopError("bad-argument", f'The option "loop" must make an asyncio event loop, but {factory!r} made {loop!r}')
    return loop


def _named(name: str) -> Any:
    """`uvloop` is `uvloop.new_event_loop`; `uvloop.Loop` and `package.module:Loop` are what they say."""
    try:
        if ":" in name:
            path, _, attribute = name.partition(":")
            return getattr(importlib.import_module(path), attribute)
        try:
            return importlib.import_module(name).new_event_loop
        except ModuleNotFoundError:
            path, _, attribute = name.rpartition(".")
            if not path:
                raise
            return getattr(importlib.import_module(path), attribute)
    except (ImportError, AttributeError) as error:
        message = f'The option "loop" names "{name}", which is no loop: {error}; name a module that has new_event_loop, such as "uvloop", or a class'
        raise InterloopError("bad-argument", message) from error


def where_to_run(loop: Any, hosted: Any) -> str:
    """Where a loop is to be driven: ``here``, where it is hosted, or on a ``thread``."""
    if not isinstance(loop, asyncio.AbstractEventLoop):
        raise InterloopError("bad-argument", f"The loop must be an asyncio event loop, not {loop!r}")
    if loop.is_closed():
        raise InterloopError("loop-closed", "Cannot use this event loop: it is closed")
    if loop is hosted:
        return "here"
    if isinstance(loop, GuestLoop) and loop._hosted:
        raise InterloopError("loop-hosted", "Cannot drive this loop: another JavaScript thread runs it")
    if loop.is_running():
        raise InterloopError("loop-running", "Cannot drive this loop: it runs already; use it through scope(new TaskLocals(loop), ...)")
    return "thread"


class Driver:
    """Drives a loop on a thread of its own, or on the one that `lend` lends, until it is told to stop or the loop stops by itself."""

    def __init__(self, loop: asyncio.AbstractEventLoop, close: bool, lend: "Callable[[Driver], None] | None" = None) -> None:
        self.loop = loop
        self.error: BaseException | None = None
        self._close = close
        self._lend = lend
        self._told = False
        self._home: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Ends when the thread has. Awaited on the loop that JavaScript hosts."""
        self._home = asyncio.get_running_loop()
        ended = self._ended = self._home.create_future()
        thread: threading.Thread | None = None
        if self._lend is not None:
            self._lend(self)
        else:
            # A daemon, or Python's end would wait for it before anybody could tell it to stop.
            thread = threading.Thread(target=self._thread, args=(this_number(),), name="interloop-loop", daemon=True)
            thread.start()
        try:
            await asyncio.shield(ended)
        except asyncio.CancelledError:
            self.stop()
            await ended
            raise
        finally:
            if ended.done() and thread is not None:
                thread.join()

    def outcome(self) -> bool:
        """Whether the loop stopped because it was told to. Raises what it ended with: not in `run`, since a SystemExit in a Task ends that loop, too."""
        if self.error is not None:
            raise self.error
        return self._told

    def stop(self) -> None:
        """Stop the loop, from whichever thread."""
        self._told = True
        with contextlib.suppress(RuntimeError):  # it has been closed meanwhile
            self.loop.call_soon_threadsafe(self.loop.stop)

    def _thread(self, number: int) -> None:
        adopt_children(threading.current_thread(), number)
        self.drive()
        self.tell_end()

    def drive(self) -> None:
        driven_loops.add(self.loop)
        asyncio.set_event_loop(self.loop)
        try:
            try:
                self.loop.run_forever()
            finally:
                if self._close:
                    self._end()
        except BaseException as error:
            self.error = error
        finally:
            asyncio.set_event_loop(None)

    def tell_end(self) -> None:
        """This is the last that the thread does for it."""
        assert self._home is not None and self._ended is not None
        with contextlib.suppress(RuntimeError):  # the process ends, and that loop was closed
            self._home.call_soon_threadsafe(_settle, self._ended)

    def _end(self) -> None:
        """As `asyncio.run` does it."""
        if self.loop.is_closed():
            return
        try:
            self.loop.run_until_complete(shutdown(self.loop))
        finally:
            self.loop.close()
            import _interloop

            # Not every class of loops tells of its end.
            _interloop.loop_closed(self.loop)


def _settle(ended: "asyncio.Future[None]") -> None:
    if not ended.done():
        ended.set_result(None)
