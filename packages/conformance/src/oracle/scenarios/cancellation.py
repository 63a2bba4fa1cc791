"""Cancelling: before the start, while waiting, swallowed, shielded, twice."""

import asyncio


async def main(log):
    async def wait(name, swallow=False):
        log(name, "started")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError as error:
            log(name, "cancelled", error.args)
            if not swallow:
                raise
        finally:
            log(name, "finally")
        return name + " ended"

    early = asyncio.create_task(wait("early"))
    early.cancel()
    late = asyncio.create_task(wait("late"))
    stubborn = asyncio.create_task(wait("stubborn", swallow=True))
    await asyncio.sleep(0)
    log(late.cancel("message"), stubborn.cancel(), stubborn.cancel())
    for task in (early, late, stubborn):
        try:
            log("result", await task)
        except asyncio.CancelledError as error:
            log("raised", error.args)
        log(task.cancelled(), task.done(), task.cancel())

    inner = asyncio.ensure_future(asyncio.sleep(0.01, "shielded"))
    outer = asyncio.ensure_future(asyncio.wait_for(asyncio.shield(inner), 10))
    await asyncio.sleep(0)
    outer.cancel()
    try:
        await outer
    except asyncio.CancelledError:
        log("outer cancelled", inner.cancelled())
    log(await inner)
