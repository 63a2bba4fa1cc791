"""Queues, locks, conditions, events, semaphores wake in the same order."""

import asyncio


async def main(log):
    queue = asyncio.Queue(maxsize=2)
    lock = asyncio.Lock()
    condition = asyncio.Condition()
    event = asyncio.Event()
    semaphore = asyncio.Semaphore(2)

    async def producer():
        for n in range(5):
            await queue.put(n)
            log("put", n, queue.qsize())
        event.set()

    async def consumer(name):
        while True:
            item = await queue.get()
            async with lock:
                log(name, "got", item)
                await asyncio.sleep(0)
            queue.task_done()

    consumers = [asyncio.create_task(consumer(name)) for name in "xy"]
    await asyncio.gather(producer(), event.wait())
    await queue.join()
    for task in consumers:
        task.cancel()
    log(await asyncio.gather(*consumers, return_exceptions=True))

    async def limited(n):
        async with semaphore:
            log("in", n)
            await asyncio.sleep(0)
            log("out", n)

    await asyncio.gather(*[limited(n) for n in range(4)])

    async def waiter(n):
        async with condition:
            await condition.wait()
            log("notified", n)

    waiters = [asyncio.create_task(waiter(n)) for n in range(3)]
    await asyncio.sleep(0)
    async with condition:
        condition.notify(1)
    await asyncio.sleep(0)
    async with condition:
        condition.notify_all()
    await asyncio.gather(*waiters)
