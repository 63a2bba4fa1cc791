"""call_soon, create_task, gather and sleep(0) interleave in one order."""

import asyncio


async def main(log):
    loop = asyncio.get_running_loop()

    async def worker(name, rounds):
        for n in range(rounds):
            log(name, n)
            await asyncio.sleep(0)
        return name

    loop.call_soon(log, "soon 1")
    task = loop.create_task(worker("task", 3))
    loop.call_soon(log, "soon 2")
    log("gathered", await asyncio.gather(worker("a", 2), worker("b", 3)))
    log("task", await task)
