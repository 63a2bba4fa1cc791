"""Async generators: full run, early leave, asend, athrow, aclose, and comprehension."""

import asyncio


async def main(log):
    async def items(n):
        try:
            for i in range(n):
                got = yield i
                if got is not None:
                    log("got", got)
                await asyncio.sleep(0)
        except ValueError as error:
            log("thrown", error)
            yield "after throw"
        finally:
            await asyncio.sleep(0)
            log("closed")

    log([i async for i in items(3)])
    async for i in items(5):
        log(i)
        if i == 1:
            break
    agen = items(5)
    log(await agen.asend(None), await agen.asend("hello"))
    log(await agen.athrow(ValueError("boom")))
    await agen.aclose()
    try:
        await agen.__anext__()
    except StopAsyncIteration:
        log("stopped")
    # What was left early is closed by the loop.
    await asyncio.sleep(0.01)
