"""TaskGroup: results, one failure cancels the rest, nested groups."""

import asyncio


async def main(log):
    if not hasattr(asyncio, "TaskGroup"):
        log("no TaskGroup")
        return

    async def work(name, delay, error=None):
        try:
            await asyncio.sleep(delay)
            if error is not None:
                raise error
            log(name, "done")
            return name
        except asyncio.CancelledError:
            log(name, "cancelled")
            raise

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work("a", 0.01)), group.create_task(work("b", 0.02))]
    log([task.result() for task in tasks])
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(work("c", 0.005, ValueError("c")))
            group.create_task(work("d", 60))
            async with asyncio.TaskGroup() as inner:
                inner.create_task(work("e", 60))
    except BaseExceptionGroup as errors:
        log(type(errors).__name__, [repr(error) for error in errors.exceptions])
