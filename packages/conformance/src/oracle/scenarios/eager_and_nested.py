"""Deep chains of awaits, Tasks that start Tasks, and a coroutine that never suspends."""

import asyncio


async def main(log):
    async def immediate(n):
        return n

    async def deep(n):
        if n == 0:
            await asyncio.sleep(0)
            return 0
        return 1 + await deep(n - 1)

    async def spawn(n):
        log("spawn", n)
        if n:
            await asyncio.create_task(spawn(n - 1))
        log("end", n)

    log(await immediate(1), await deep(100))
    first = asyncio.create_task(immediate("created"))
    log("not yet", first.done())
    log(await first)
    await spawn(4)
    log(sum(await asyncio.gather(*[asyncio.create_task(deep(n)) for n in range(20)])))
