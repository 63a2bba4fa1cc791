"""What the programs of the table do in Python."""

import asyncio
import contextvars
import os
import signal
import sys
import threading
import time

variable = contextvars.ContextVar("variable", default="unset")
begun = cleaned = False


async def double(value):
    await asyncio.sleep(0.001)
    return 2 * value


async def call(function, *args):
    return await function(*args)


async def call_now(function, *args):
    await asyncio.sleep(0)
    return function(*args)


async def total(cart):
    await asyncio.sleep(0)
    return cart.price * cart.count()


async def forever():
    global begun, cleaned
    begun = True
    try:
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(0)
        cleaned = True


async def give_up(function):
    try:
        await asyncio.wait_for(function(), 0.02)
    except asyncio.TimeoutError:
        return True


async def fail():
    raise KeyError("of Python")


async def context(function):
    variable.set("set")
    task = asyncio.create_task(call(function))
    return await task


def get_variable():
    return variable.get()


async def count(end):
    for value in range(end):
        yield value
        await asyncio.sleep(0)


async def collect(values):
    return sum([value async for value in values])


async def echo():
    async def serve(reader, writer):
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"hello\n")
    answer = await reader.readline()
    writer.close()
    server.close()
    return answer.decode()


async def child():
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import sys; sys.exit(4)")
    return await process.wait()


async def run_elsewhere(function):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, lambda: asyncio.run(call(function)))


def block(function):
    return asyncio.run(call(function))


def new_loop():
    return asyncio.new_event_loop()


def sleep(seconds):
    time.sleep(seconds)
    return "slept"


async def compute():
    """Until JavaScript says that it goes on, or a second."""
    end = time.monotonic() + 1
    while not told and time.monotonic() < end:
        pass
    return told


told = False


async def main_thread():
    await asyncio.sleep(0)
    return threading.current_thread() is threading.main_thread()


async def handle_signal():
    got = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, got.set)
    try:
        os.kill(os.getpid(), signal.SIGUSR2)
        await asyncio.wait_for(got.wait(), 10)
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGUSR2)
    return True


async def interrupt():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)
    except KeyboardInterrupt:
        return True
