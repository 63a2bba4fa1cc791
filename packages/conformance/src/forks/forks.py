"""What children of fork do, by name, and the ways to fork. A child prints to standard output; its parent waits for it and says how it ended."""

import asyncio
import atexit
import concurrent.futures
import gc
import multiprocessing
import os
import subprocess
import sys
import threading
import time
import warnings

# From Python 3.12 on: the process has other threads.
warnings.simplefilter("ignore", DeprecationWarning)
js = {}


def tell(*words):
    print(*words, flush=True)


def ended(pid):
    status = os.waitpid(pid, 0)[1]
    return f"exit {os.WEXITSTATUS(status)}" if os.WIFEXITED(status) else f"signal {os.WTERMSIG(status)}"


# What a child does


def returns():
    return {"a": [1]}


def exits():
    sys.exit(3)


def exits_with_text():
    sys.exit("words of the child")


def raises():
    raise ValueError("raised in the child")


def interrupts():
    raise KeyboardInterrupt


def exits_at_once():
    tell("at once")
    os._exit(4)


def prints():
    print("printed once")


def runs_a_loop():
    async def main():
        await asyncio.sleep(0.01)
        return await asyncio.gather(*[asyncio.sleep(0, n) for n in range(3)])

    print(asyncio.run(main()))
    loop = asyncio.new_event_loop()
    print(loop.run_until_complete(asyncio.sleep(0.01, "by itself")))
    loop.close()


def registers():
    atexit.register(print, "atexit")
    thread = threading.Thread(target=lambda: (time.sleep(0.05), print("thread")))
    thread.start()


def forks():
    pid = os.fork()
    if pid == 0:
        sys.exit(7)
    print("grandchild", ended(pid))
    sys.exit(5)


def refusal(use):
    try:
        return str(use())
    except Exception as error:
        return f"{type(error).__name__} {getattr(error, 'code', error)}"


def uses_js():
    uses = {
        "call": lambda: js["f"](1),
        "attribute": lambda: js["object"].x,
        "assignment": lambda: setattr(js["object"], "x", 1),
        "items": lambda: list(js["array"]),
        "length": lambda: len(js["array"]),
        "repr": lambda: repr(js["object"]),
        "truth": lambda: bool(js["object"]),
        "memory": lambda: bytes(js["view"]),
    }
    for name, use in uses.items():
        print(f"{name}: {refusal(use)}")

    async def main():
        for name in ("promise", "async_f"):
            try:
                value = js[name]
                print("awaited", name, await (value() if name == "async_f" else value))
            except Exception as error:
                print("awaited", name, type(error).__name__, getattr(error, "code", error))

    asyncio.run(main())
    function = js["f"]
    thread = threading.Thread(target=lambda: print("thread:", refusal(lambda: function(1))))
    thread.start()
    thread.join()
    js.clear()
    gc.collect()


# Ways to fork


def plain(body):
    pid = os.fork()
    if pid == 0:
        return body()
    return ended(pid)


async def in_task(body):
    pid = os.fork()
    if pid == 0:
        return body()
    await asyncio.sleep(0.01)
    return ended(pid)


async def in_inner_task(body):
    return await asyncio.create_task(in_task(body))


async def that_awaits():
    pid = os.fork()
    if pid == 0:
        await asyncio.sleep(0.01)
        print("never printed")
    await asyncio.sleep(0.01)
    return ended(pid)


def process(body):
    child = multiprocessing.get_context("fork").Process(target=body)
    child.start()
    child.join(60)
    return child.exitcode


def sleeps():
    time.sleep(60)


def terminated():
    child = multiprocessing.get_context("fork").Process(target=sleeps)
    child.start()
    child.terminate()
    child.join(60)
    return child.exitcode


def square(number):
    return number * number


def pool():
    with multiprocessing.get_context("fork").Pool(2) as workers:
        return str(workers.map(square, range(4)))


async def executor():
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as workers:
        return str([await asyncio.get_running_loop().run_in_executor(workers, square, number) for number in range(4)])


def before_exec():
    return subprocess.run([sys.executable, "-c", "pass"], preexec_fn=os.setsid).returncode


def before_exec_with_js():
    return refusal(lambda: subprocess.run([sys.executable, "-c", "pass"], preexec_fn=lambda: js["f"](1)).returncode)


def terminal():
    import pty

    pid, descriptor = pty.fork()
    if pid == 0:
        print("on a terminal", flush=True)
        sys.exit(6)
    text = b""
    while True:
        try:
            piece = os.read(descriptor, 100)
        except OSError:
            break
        if not piece:
            break
        text += piece
    return f"{text.decode().strip()}, {ended(pid)}"


async def many(count, f):
    """The parent's loop, its crossings and its timers go on while it forks."""

    async def cross():
        total = 0
        for number in range(count):
            total += await f(number)
            await asyncio.sleep(0)
        return total

    async def fork():
        codes = []
        for number in range(count):
            pid = os.fork()
            if pid == 0:
                sys.exit(number)
            while not os.waitpid(pid, os.WNOHANG)[0]:
                await asyncio.sleep(0.001)
            codes.append(number)
        return len(codes)

    return str(await asyncio.gather(cross(), fork()))
