"""Exceptions through Tasks, gather, wait and the exception handler."""

import asyncio


async def main(log):
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(
        lambda loop, context: log("handler", context["message"].split(" <")[0].split(" .")[0].split(" main")[0], repr(context.get("exception")))
    )

    async def fail(error, delay=0):
        await asyncio.sleep(delay)
        raise error

    async def give(value):
        return value

    try:
        await asyncio.gather(fail(ValueError("first")), fail(KeyError("second"), 0.005), give(1))
    except ValueError as error:
        log("gather raised", error)
    log(await asyncio.gather(fail(ValueError("kept")), give(2), return_exceptions=True))
    tasks = [asyncio.ensure_future(fail(IndexError("x"))), asyncio.ensure_future(asyncio.sleep(0.02))]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    log(len(done), len(pending), [repr(task.exception()) for task in done])
    await asyncio.wait(pending)
    loop.call_soon(lambda: 1 / 0)
    await asyncio.sleep(0.005)
    task = asyncio.ensure_future(give(3))
    try:
        task.result()
    except asyncio.InvalidStateError as error:
        log(type(error).__name__, error)
    log(await task)
    loop.set_exception_handler(None)
