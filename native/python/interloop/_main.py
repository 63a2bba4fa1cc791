"""Placement `main`: Python's loop on the process's main thread, JavaScript on another one. Private: core's ``main.ts`` and this file change together."""

import asyncio
import contextlib
import os
import select
import signal
import sys
import threading
import traceback
from typing import Any

from ._errors import InterloopError
from ._keep_alive import adopt_children, is_idle, started, this_number, when_idle
from ._remote_loop import leave
from ._run import Driver, make_loop
from ._shutdown import cancel_all, driven_loops, shutdown, stuck
from ._signals import HostHandler, set_default

# Seconds within which the thread of JavaScript has to join.
_START = 30.0


class Main:
    """The one run of the loop on the main thread. `run` belongs to that thread, the methods below it to JavaScript's."""

    # The main thread can drive other loops as well.
    lends = True

    def __init__(self, factory: Any, limit: float) -> None:
        self._factory = factory
        self.loop = make_loop(factory)
        self._limit = limit
        # What the JavaScript function came to: the exit status of the process.
        self._ended: asyncio.Future[int] = self.loop.create_future()
        # Done when the loop has to make way: for the end, or for the loop of a test.
        self._turn: asyncio.Future[None] = self.loop.create_future()
        self._borrower: Driver | None = None
        self._ends = False
        self._handlers_left: list[str] = []
        self._descriptor = -1
        self._home: asyncio.AbstractEventLoop | None = None
        self._commands: list[str] = []
        self._waiter: asyncio.Future[None] | None = None
        self._began = False
        self._exits = False
        # The exit status that came after the function had ended, while its threads were waited for.
        self._late: int | None = None
        self._starting: asyncio.TimerHandle | None = None

    # On the main thread

    def run(self) -> int:
        """Run the loop until JavaScript's function has ended. Answers with the exit status, or with the negative number of the signal by which to die."""
        loop = self.loop
        driven_loops.add(loop)
        asyncio.set_event_loop(loop)
        _take_signals()
        _wake_by_signals(loop)
        self._starting = loop.call_later(_START, self._not_started)
        status = 0
        try:
            status = self._take_turns()
        except KeyboardInterrupt:
            status = -signal.SIGINT
            # The next one ends the process at once.
            if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
        except SystemExit as exit:
            status = status_of(exit)
        except BaseException:
            traceback.print_exc()
            status = 1
        finally:
            self._starting.cancel()
        clean = self._end()
        if status == -signal.SIGINT:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        if not clean:
            # Python's own end would wait for what is stuck.
            leave()
            if status < 0:
                os.kill(os.getpid(), -status)
            os._exit(status)
        return int(status)

    def _take_turns(self) -> int:
        while True:
            self.loop.run_until_complete(self._turn)
            if self._ended.done():
                if not self._exits:
                    self._await_threads()
                return self._ended.result() if self._late is None else self._late
            self._turn = self.loop.create_future()
            self._drive_another()

    def _await_threads(self) -> None:
        """As python3 does at the end of a program, and with the loop and JavaScript alive, which the threads may use."""
        if is_idle():
            return
        idle: asyncio.Future[None] = self.loop.create_future()
        when_idle(lambda: self._tell(_set, idle, None))
        self._turn = self.loop.create_future()
        self._turn.add_done_callback(lambda _: _set(idle, None))
        # Jobs of executors have the time limit, after which the end names them.
        timer = None if started else self.loop.call_later(self._limit, _set, idle, None)
        self.loop.run_until_complete(idle)
        if timer is not None:
            timer.cancel()

    def _drive_another(self) -> None:
        """Drive the loop of a test to its end; the program's own stands still."""
        borrower = self._borrower
        assert borrower is not None
        before = _handlers()
        # Nobody else would see that the thread of JavaScript is gone.
        borrower.loop.add_reader(self._descriptor, borrower.stop)
        _wake_by_signals(borrower.loop)
        try:
            borrower.drive()
        finally:
            asyncio.set_event_loop(self.loop)
            _wake_by_signals(self.loop)
            self._handlers_left = _restore(before, borrower.loop)
            self._borrower = None
            borrower.tell_end()
        if isinstance(borrower.error, KeyboardInterrupt):
            raise KeyboardInterrupt

    def _end(self) -> bool:
        """End both sides within the time limit, and say what does not."""
        left = []
        self._ends = True
        # It came together with the end.
        self._dismiss_borrower()
        try:
            task = self.loop.create_task(self._stop())
            # A future, for a Task would be among those that are cancelled.
            over: asyncio.Future[None] = self.loop.create_future()
            task.add_done_callback(lambda _: _set(over, None))
            timer = self.loop.call_later(self._limit, _set, over, None)
            self.loop.run_until_complete(over)
            timer.cancel()
            if not task.done():
                left.append(stuck(self.loop, self._stop.__qualname__))
                if not self._ended.done():
                    left.append("the function of main()")
            else:
                task.result()
        except KeyboardInterrupt:
            left.append("interrupted again")
        except BaseException:
            traceback.print_exc()
        if self._descriptor >= 0:
            with contextlib.suppress(Exception):
                self.loop.remove_reader(self._descriptor)
        if not left:
            signal.set_wakeup_fd(-1)
            self.loop.close()
            import _interloop

            _interloop.loop_closed(self.loop)
        self._command("exit")
        if not self._has_left(1.0 if left else self._limit):
            left.append("the thread of JavaScript")
        if left:
            print(f"interloop: after {self._limit:g} s these had not ended: {', '.join(left)}", file=sys.stderr, flush=True)
        return not left

    async def _stop(self) -> None:
        if not self._ended.done():
            self._command("abort")
            # Each side's cleanup may need the other's loop.
            await cancel_all(self.loop)
            await asyncio.wait({self._ended})
        await shutdown(self.loop)

    def _has_left(self, seconds: float) -> bool:
        if self._descriptor < 0:
            return True
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def _not_started(self) -> None:
        if self._home is None:
            print("interloop: the thread of main() did not start; its entry may have failed to load", file=sys.stderr, flush=True)
            self._settle(1)

    def _joined(self) -> None:
        # Nothing of the program's: see `_idle_loops.py`.
        if self._starting is not None:
            self._starting.cancel()
        self.loop.add_reader(self._descriptor, self._left)

    def _left(self) -> None:
        """The thread of JavaScript has ended, without a word if nothing was settled."""
        self.loop.remove_reader(self._descriptor)
        if self._ended.done() or self._exits:
            return
        why = "its thread was ended" if self._began else "its entry ended without calling main() again; call it wherever the entry is evaluated"
        print(f"interloop: the function of main() has not run to its end: {why}", file=sys.stderr, flush=True)
        self._settle(1)

    def _settle(self, status: int) -> None:
        if self._ended.done():
            self._late = status
        _set(self._ended, status)
        _set(self._turn, None)

    def _lend(self) -> None:
        if self._ends:
            self._dismiss_borrower()
        _set(self._turn, None)

    def _dismiss_borrower(self) -> None:
        """No other loop is driven any more."""
        borrower, self._borrower = self._borrower, None
        if borrower is not None:
            borrower.error = KeyboardInterrupt()
            borrower.tell_end()

    def _command(self, command: str) -> None:
        if self._home is not None:
            with contextlib.suppress(RuntimeError):  # its loop is closed
                self._home.call_soon_threadsafe(self._give, command)

    # On the thread of JavaScript

    def join(self, home: asyncio.AbstractEventLoop) -> None:
        import _interloop

        # A thread that Python did not start counts as a daemon, and so would be all that it starts; but this is the program's own.
        adopt_children(threading.current_thread(), this_number())
        self._home = home
        self._descriptor = _interloop.end_descriptor()
        self._tell(self._joined)

    def begin(self) -> None:
        if self._began:
            raise InterloopError("main-twice", "main() was called already: a process has one main thread")
        self._began = True

    def finished(self, status: int) -> None:
        """JavaScript's function has ended."""
        self._tell(self._settle, status)
        self._stop_borrower()

    def exiting(self, status: int) -> None:
        """JavaScript ends its thread now."""
        self._exits = True
        self._tell(self._settle, status)
        self._stop_borrower()

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """A loop for the main thread, of the kind that runs there."""
        return make_loop(self._factory)

    def lend(self, borrower: Driver) -> None:
        """Let the main thread drive another loop, once."""
        if self._borrower is not None:
            raise InterloopError("loop-running", "Cannot run another loop on the main thread: that of a test runs there; run such tests one after the other")
        self._borrower = borrower
        self._tell(self._lend)

    def handlers_left(self) -> str:
        """The signal handlers that the last test has left; they were taken back."""
        return "\n".join(self._handlers_left)

    def _stop_borrower(self) -> None:
        borrower = self._borrower
        if borrower is not None:
            borrower.stop()

    def _tell(self, method: Any, *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: all is over
            self.loop.call_soon_threadsafe(method, *args)

    async def next_command(self) -> str:
        """``abort``: the program is to stop; ``exit``: so is the thread."""
        self._home = asyncio.get_running_loop()
        while not self._commands:
            self._waiter = self._home.create_future()
            await self._waiter
        return self._commands.pop(0)

    def _give(self, command: str) -> None:
        self._commands.append(command)
        if self._waiter is not None:
            _set(self._waiter, None)


def _set(future: "asyncio.Future[Any]", value: Any) -> None:
    if not future.done():
        future.set_result(value)


_main: "Main | None" = None


def prepare_main(factory: Any, limit: float) -> None:
    """Make the loop, before the thread that is to use it starts."""
    global _main
    if _main is not None:
        raise InterloopError("main-twice", "main() was called already: a process has one main thread")
    _main = Main(factory, limit)


def set_main(main: Main) -> None:
    global _main
    _main = main


def the_main() -> Main:
    assert _main is not None
    return _main


def _take_signals() -> None:
    """Ctrl-C is Python's now, and what the runtime has taken is as in any Python program."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGWINCH):
        found = signal.getsignal(number)
        if found == signal.SIG_DFL or isinstance(found, HostHandler):
            set_default(number)


def _handlers() -> "dict[int, Any]":
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def _restore(before: "dict[int, Any]", loop: Any) -> "list[str]":
    """Take back the handlers that were changed; answers with those that nobody else takes back."""
    changed = [number for number, handler in _handlers().items() if handler is not before[number]]
    left = []
    for number in changed:
        handler = signal.getsignal(number)
        # uvloop leaves its own behind.
        if getattr(handler, "__self__", None) is not loop:
            left.append(f"signal handler {signal.Signals(number).name}: {handler!r}")
        signal.signal(number, before[number])
    return left


def _wake_by_signals(loop: Any) -> None:
    """Let a signal wake the loop: one that comes just before its selector sleeps would wait for something else to do so. uvloop sees to that itself."""
    wakes = getattr(loop, "_csock", None)
    signal.set_wakeup_fd(-1 if wakes is None else wakes.fileno())


def status_of(exit: SystemExit) -> int:
    if exit.code is None:
        return 0
    if isinstance(exit.code, int):
        return exit.code & 0xFF
    # Both sides may see it.
    if not getattr(exit, "_interloop_told", False):
        exit._interloop_told = True  # type: ignore[attr-defined]
        print(exit.code, file=sys.stderr, flush=True)
    return 1
