"""The default loop of placement "thread": a loop of any kind on a Python thread of its own. Private: core's ``hosted.ts`` and this file change together."""

import asyncio
import contextlib
import threading
from typing import Any

import _interloop

from ._errors import InterloopError
from ._keep_alive import adopt_children, this_number
from ._loop import GuestLoop
from ._run import make_loop
from ._shutdown import driven_loops, leave_stuck, loop_threads, shutdown


def start_loop_thread(factory: Any) -> asyncio.AbstractEventLoop:
    """Make a loop and run it on a new thread, until it is closed."""
    loop = make_loop("asyncio" if factory is None else factory)
    if isinstance(loop, GuestLoop):
        loop.close()
        message = 'The option "loop" names an interloop.GuestLoop, which has no thread of its own; leave the option out, and the placement is "guest"'
        raise InterloopError("bad-argument", message)
    thread = LoopThread(loop)
    thread.start()
    thread.ready.wait()
    return loop


class LoopThread(threading.Thread):
    """Runs a loop until `close`, and ends it as `asyncio.run` does."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # A daemon, or Python's end would wait for it before anybody could tell it to stop.
        super().__init__(name="interloop-loop", daemon=True)
        self.loop = loop
        self.ready = threading.Event()
        self._closing = False
        self._number = this_number()
        loop_threads[loop] = self
        driven_loops.add(loop)

    def run(self) -> None:
        """As a thread's."""
        adopt_children(self, self._number)
        asyncio.set_event_loop(self.loop)
        self.loop.call_soon(self.ready.set)
        try:
            # A SystemExit or KeyboardInterrupt in a Task ends run_forever(); its conversion was told.
            while not self._run():
                pass
            if not self._closing and not self.loop.is_closed():  # the program has stopped it
                self.loop.run_until_complete(shutdown(self.loop))
        finally:
            loop_threads.pop(self.loop, None)
            with contextlib.suppress(Exception):
                self.loop.close()
            # Not every class of loops tells of its end.
            _interloop.loop_closed(self.loop)
            asyncio.set_event_loop(None)

    def _run(self) -> bool:
        try:
            self.loop.run_forever()
        except (SystemExit, KeyboardInterrupt):
            return self.loop.is_closed()
        return True

    def close(self) -> None:
        """Stop the loop, and wait for its thread."""
        if self.is_alive() and threading.current_thread() is not self:
            self._closing = True
            with contextlib.suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self.loop.stop)
            self.join(timeout=0.2)
            if self.is_alive():  # it is stuck: what waits for it does so no longer
                _interloop.loop_closed(self.loop)

    def end_now(self, seconds: float) -> None:
        """Cancel the tasks and wait for them, end async generators and the executor, and close the loop, within so many seconds."""
        if not self.is_alive():
            return
        try:
            asyncio.run_coroutine_threadsafe(shutdown(self.loop), self.loop).result(timeout=seconds)
        except BaseException:
            leave_stuck(self.loop)
        self.close()
