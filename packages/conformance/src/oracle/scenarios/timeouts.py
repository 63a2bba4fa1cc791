"""wait_for, and timeout where there is one."""

import asyncio


async def main(log):
    async def slow():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            log("slow cancelled")
            raise

    try:
        await asyncio.wait_for(slow(), 0.01)
    except asyncio.TimeoutError:
        log("timed out")
    log(await asyncio.wait_for(asyncio.sleep(0, "in time"), 10))
    try:
        await asyncio.wait_for(slow(), 0)
    except asyncio.TimeoutError:
        log("timed out at once")
    if hasattr(asyncio, "timeout"):
        try:
            async with asyncio.timeout(0.01) as scope:
                await slow()
        except TimeoutError:
            log("timeout", scope.expired())
        async with asyncio.timeout(None) as scope:
            scope.reschedule(asyncio.get_running_loop().time() + 10)
            await asyncio.sleep(0)
        log(scope.expired())
    log(asyncio.current_task().cancelling() if hasattr(asyncio.Task, "cancelling") else 0)
