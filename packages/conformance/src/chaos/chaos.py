"""The Python side of the random mixtures."""

import asyncio
import contextvars
import gc
import threading
import weakref

variable = contextvars.ContextVar("variable", default=None)
open_streams = 0
running = 0


async def pause(kind):
    """Give the loop a turn, or wait for a timer; or do neither."""
    if kind == 1:
        await asyncio.sleep(0)
    elif kind == 2:
        await asyncio.sleep(0.001)


async def add(a, b, kind):
    await pause(kind)
    return a + b


async def call(f, value, kind):
    await pause(kind)
    result = await f(value)
    await pause(kind)
    return result


def call_now(f, value):
    return f(value)


def nest(f, depth):
    return depth if depth == 0 else f(depth - 1)


async def nest_async(f, depth, kind):
    await pause(kind)
    return 0 if depth == 0 else 1 + await f(depth - 1)


def fail_now(depth, f):
    return f(depth)


class Own(Exception):
    pass


def raise_own(token):
    error = Own(token)
    raise error


async def fail(f, depth, kind):
    await pause(kind)
    await f(depth)


async def rows(count, kind, fail_at):
    global open_streams
    open_streams += 1
    try:
        for row in range(count):
            await pause(kind if row % 3 == 0 else 0)
            if row == fail_at:
                raise Own("row")
            yield row
    finally:
        open_streams -= 1


async def take(stream, count):
    seen = []
    async for item in stream:
        seen.append(item)
        if len(seen) == count:
            break
    return seen


async def stay(seconds, value):
    """Runs until it is cancelled or the time is over."""
    global running
    running += 1
    try:
        await asyncio.sleep(seconds)
        return value
    finally:
        try:
            await asyncio.sleep(0)  # a cancellation may come here as well
        finally:
            running -= 1


async def give_up(f, kind):
    """Cancels what waits for JavaScript."""
    task = asyncio.ensure_future(call(f, 0, 0))
    await pause(kind)
    task.cancel()
    try:
        return await task
    except asyncio.CancelledError:
        return "cancelled"


def fill(buffer, value):
    view = memoryview(buffer)
    total = sum(view)
    for index in range(0, len(view), 7):
        view[index] = value
    return total


def buffer_of(size, value):
    return bytearray([value]) * size


async def in_thread(f, count):
    def work():
        return sum(f(value) for value in range(count))

    return await asyncio.get_running_loop().run_in_executor(None, work)


def run_loop(f, value):
    """On a thread of its own: a loop that awaits JavaScript."""

    async def main():
        return await asyncio.gather(f(value), f(value + 1))

    return asyncio.run(main())


class Elsewhere:
    """A loop on a thread, which ends while conversions are under way."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.run_until_complete(asyncio.sleep(0))
            self.loop.close()

    def end(self):
        self.loop.call_soon_threadsafe(self.loop.stop)


async def read_variable(f, value):
    variable.set(value)
    seen = await f()
    return [variable.get(), seen]


async def siblings(f, count, bad):
    async def one(index):
        result = await f(index)
        if index == bad:
            raise Own(index)
        return result

    results = await asyncio.gather(*[one(index) for index in range(count)], return_exceptions=True)
    return sum(1 for result in results if isinstance(result, Own)), sum(result for result in results if not isinstance(result, BaseException))


class Dropped:
    alive = 0

    def __init__(self):
        Dropped.alive += 1
        weakref.finalize(self, Dropped._gone)

    @staticmethod
    def _gone():
        Dropped.alive -= 1


def make_dropped(count):
    return [Dropped() for _ in range(count)]


def collect():
    gc.collect()


def state():
    return [open_streams, running, Dropped.alive]
