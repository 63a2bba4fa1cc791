"""GuestLoop: asyncio's own selector loop, as a guest of another event loop."""

import asyncio
import heapq
import math
import os
import selectors
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

try:
    import _interloop
except ImportError:  # a plain Python: the loop drives itself, with asyncio's own Handles
    _interloop = None  # type: ignore[assignment]

from ._errors import InterloopError
from ._policy import event_loop_policy

if TYPE_CHECKING:

    class _StockLoop(asyncio.SelectorEventLoop):
        """What asyncio's own loop has that its stubs leave out."""

        _debug: bool
        _internal_fds: int
        _ready: Any
        _scheduled: "list[Any]"
        _selector: "_GuestSelector"
        _thread_id: "int | None"
        _timer_cancelled_count: int

        def _asyncgen_firstiter_hook(self, generator: Any) -> None: ...
        def _asyncgen_finalizer_hook(self, generator: Any) -> None: ...
        def _check_closed(self) -> None: ...
        def _check_running(self) -> None: ...
        def _child_watcher_callback(self, pid: int, returncode: int, *args: Any) -> None: ...
        async def _make_subprocess_transport(self, *args: Any, **kwargs: Any) -> Any: ...
        def _timer_handle_cancelled(self, handle: Any) -> None: ...
        def _write_to_self(self) -> None: ...

else:
    _StockLoop = asyncio.SelectorEventLoop


# Seconds for which a loop that is driven inside of itself sleeps between two looks.
_NESTED = 0.02


class _GuestSelector(selectors.DefaultSelector):
    """The platform's selector, which does not block while the loop is a guest."""

    blocking = True

    def __init__(self) -> None:
        super().__init__()
        # Descriptors that do not keep the loop alive by themselves: gRPC's.
        self.quiet: set[int] = set()
        self.loop: Any = None

    def select(self, timeout: "float | None" = None) -> Any:
        if timeout is None and self.loop is not None:
            if self.blocking:
                return self._select_watched()
            if asyncio.current_task(self.loop) is not None:
                # Something like nest_asyncio drives the loop inside of one of its own Tasks. JavaScript stands still meanwhile, so this may block, but what wakes a guest would not wake it.
                self._check_run()
                return super().select(_NESTED)
        return super().select(timeout if self.blocking else 0)

    def _select_watched(self) -> Any:
        """Python drives the loop on the thread of JavaScript, and nothing is due."""
        from ._waits import WATCHDOG, name_wait

        self._check_run()
        if math.inf == WATCHDOG:
            return super().select(None)
        events = super().select(WATCHDOG)
        if events:
            return events
        name_wait()
        return super().select(None)

    def _check_run(self) -> None:
        from ._waits import check_run

        check_run(self.loop)

    def register(self, fileobj: Any, events: int, data: Any = None) -> Any:
        key = super().register(fileobj, events, data)
        if data is not None and data[0] is not None and "grpc.aio" in sys.modules:
            self._look_for_grpc(key.fd, data[0]._callback)
        if not self.blocking:
            _interloop.touch()
        return key

    def unregister(self, fileobj: Any) -> Any:
        key = super().unregister(fileobj)
        self.quiet.discard(key.fd)
        if not self.blocking:
            _interloop.touch()
        return key

    def _look_for_grpc(self, descriptor: int, callback: Any) -> None:
        from . import _grpc

        if _grpc.is_poller(callback):
            self.quiet.add(descriptor)
            _grpc.watch()


class GuestLoop(_StockLoop):
    """A `SelectorEventLoop` that a JavaScript event loop runs: it never blocks the thread that both share.

    The JavaScript side pumps it. As any loop it can also drive itself (`run_until_complete`, `run_forever`), which then blocks the thread.

    Args:
        native_handles: Whether callbacks are queued by the addon's C layer. By default it is used where the addon is, unless
            the environment variable ``INTERLOOP_NATIVE_HANDLES`` is ``0``; asyncio's debug mode always uses asyncio's own Handles.

    Example:
        >>> loop = GuestLoop()
        >>> loop.run_until_complete(asyncio.sleep(0, "done"))
        'done'
        >>> loop.close()
    """

    def __init__(self, *, native_handles: "bool | None" = None) -> None:
        if native_handles is None:
            native_handles = os.environ.get("INTERLOOP_NATIVE_HANDLES") != "0"
        self._hosted = False
        self._driving = False
        self._held = 0
        self._children: set[int] = set()
        self._signals_found: dict[int, Any] = {}
        self._queue: Any = None
        self._tell_debug: Callable[[bool], None] | None = None
        super().__init__(_GuestSelector())
        if native_handles and _interloop is not None:
            self._ready = self._queue = _interloop.ReadyQueue(self)
            self._choose_handles()

    # The C layer

    def _choose_handles(self) -> None:
        """Let the C layer queue callbacks, or in debug mode asyncio's own code, whose checks then stay true."""
        names = ("call_soon", "call_soon_threadsafe", "get_debug")
        overridden = any(getattr(type(self), name) is not getattr(asyncio.SelectorEventLoop, name) for name in names)
        self._queue.enabled = not self._debug and not overridden
        for name in names:
            if self._queue.enabled:
                setattr(self, name, getattr(self._queue, name))
            else:
                self.__dict__.pop(name, None)

    def set_debug(self, enabled: bool) -> None:
        super().set_debug(enabled)
        if self._queue is not None:
            self._choose_handles()
        if self._tell_debug is not None and not self.is_closed():
            if threading.get_ident() == self._home:
                self._on_debug(self._tell_debug)
            else:
                self.call_soon_threadsafe(self._on_debug, self._tell_debug)

    def set_task_factory(self, factory: Any) -> None:
        super().set_task_factory(factory)
        if self._queue is not None:
            self._queue.plain_tasks = factory is None

    # Being hosted: called by the addon, and by core

    def _on_debug(self, tell: "Callable[[bool], None]") -> None:
        """Tell JavaScript, on this thread, whether the loop is in debug mode: now and whenever it changes."""
        self._home, self._tell_debug = threading.get_ident(), tell
        tell(self._debug)

    def _host(self) -> int:
        """Become a guest of this thread's JavaScript loop; returns the descriptor to wait on."""
        self._check_closed()
        self._check_running()
        from ._waits import hosted

        self._hosted = True
        self._selector.blocking = False
        self._selector.loop = hosted[threading.get_ident()] = self
        self._thread_id = threading.get_ident()
        # For good, not for each turn as run_forever() does it: this thread's async generators are this loop's to close.
        sys.set_asyncgen_hooks(firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook)
        return self._selector.fileno()

    def _unhost(self) -> None:
        """Be an ordinary loop again."""
        from ._waits import hosted

        self._hosted = False
        self._selector.blocking = True
        self._selector.loop = None
        if hosted.get(self._thread_id or 0) is self:
            del hosted[self._thread_id or 0]
        self._thread_id = None
        if sys.get_asyncgen_hooks().firstiter == self._asyncgen_firstiter_hook:
            sys.set_asyncgen_hooks(None, None)

    def _next_wake(self) -> float:
        """When to wake for a timer (loop time); infinity: no timer, but something else keeps the loop alive; -1: nothing does."""
        scheduled = self._scheduled
        while scheduled and scheduled[0]._cancelled:
            self._timer_cancelled_count -= 1
            heapq.heappop(scheduled)._scheduled = False
        if scheduled:
            when: float = scheduled[0]._when
            return when
        quiet = len(self._selector.quiet)
        if self._held or len(self._selector.get_map()) > self._internal_fds + quiet or (quiet and self._runs_servers()):
            return math.inf
        return -1.0

    def _runs_servers(self) -> bool:
        from . import _grpc

        return _grpc.any_server()

    def _hold(self) -> None:
        self._held += 1
        if self._hosted:
            _interloop.touch()

    def _unhold(self, _: Any = None) -> None:
        self._held -= 1
        if self._hosted:
            _interloop.touch()

    # asyncio's own methods, told to the host

    def is_running(self) -> bool:
        if self._hosted and not self._driving:
            return _interloop.is_pumping(self)
        return super().is_running()

    def run_forever(self) -> None:
        if not self._hosted:
            super().run_forever()
            return
        self._check_closed()
        self._check_running()
        self._driving = self._selector.blocking = True
        self._thread_id = None
        try:
            super().run_forever()
        finally:
            self._driving = False
            if self._hosted:
                self._selector.blocking = False
                self._thread_id = threading.get_ident()
                _interloop.touch()

    def stop(self) -> None:
        if self._hosted and not self._driving:
            raise InterloopError(
                "loop-hosted",
                "Cannot stop this loop: JavaScript runs it; cancel the tasks, or close the servers, that keep it alive",
            )
        super().stop()

    def close(self) -> None:
        if self._hosted and not self.is_running():
            _interloop.unhost(self)
        super().close()
        if self._queue is not None:
            self._queue.close()

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:  # type: ignore[override]
        timer: Any = super().call_at(when, callback, *args, context=context)
        if timer._source_traceback:
            del timer._source_traceback[-1]
        if self._hosted:
            _interloop.touch()
        return timer  # type: ignore[no-any-return]

    def _timer_handle_cancelled(self, handle: Any) -> None:
        super()._timer_handle_cancelled(handle)
        if self._hosted:
            _interloop.touch()

    def _write_to_self(self) -> None:
        # A guest is woken through its host; one that drives itself sits in select() and needs the pipe.
        if self._hosted and not self._driving:
            _interloop.wake(self)
        else:
            super()._write_to_self()

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:  # type: ignore[override]
        import signal

        found = None if sig in self._signals_found else signal.getsignal(sig)
        super().add_signal_handler(sig, callback, *args)
        if found is not None:
            self._signals_found[sig] = found

    def remove_signal_handler(self, sig: int) -> bool:
        removed = super().remove_signal_handler(sig)
        if removed and sig in self._signals_found:
            import signal

            # asyncio sets its own idea of a default; here the signal was JavaScript's, or the program's.
            signal.signal(sig, self._signals_found.pop(sig))
        return removed

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        future = super().run_in_executor(executor, func, *args)
        self._hold()
        future.add_done_callback(self._unhold)
        return future

    async def _make_subprocess_transport(self, *args: Any, **kwargs: Any) -> Any:
        try:
            transport = await super()._make_subprocess_transport(*args, **kwargs)
        except NotImplementedError:
            # A policy such as uvloop's has no child watcher, since its own loops need none; before Python 3.14 asyncio's loops do.
            if not _lend_child_watcher():
                raise
            transport = await super()._make_subprocess_transport(*args, **kwargs)
        if transport.get_returncode() is None:
            self._children.add(transport.get_pid())
            self._hold()
        return transport

    def _child_watcher_callback(self, pid: int, returncode: int, *args: Any) -> None:
        super()._child_watcher_callback(pid, returncode, *args)
        # One iteration later, as CPython 3.10 does it: after the transport has its return code.
        self.call_soon_threadsafe(self.call_soon, self._child_exited, pid)

    def _child_exited(self, pid: int) -> None:
        if pid in self._children:
            self._children.remove(pid)
            self._unhold()


def _lend_child_watcher() -> bool:
    """Give the policy asyncio's default child watcher, if it has none."""
    policy = event_loop_policy()
    make: Any = getattr(asyncio, "ThreadedChildWatcher", None)
    if make is None or "get_child_watcher" in vars(policy):
        return False
    watcher = make()
    policy.get_child_watcher = lambda: watcher
    return True
