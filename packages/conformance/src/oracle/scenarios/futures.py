"""Futures: callbacks, results, cancellation, order of wake-ups."""

import asyncio


async def main(log):
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    async def wait(name):
        try:
            log(name, await future)
        except asyncio.CancelledError:
            log(name, "cancelled")

    tasks = [asyncio.create_task(wait(name)) for name in "abc"]
    await asyncio.sleep(0)
    future.add_done_callback(lambda f: log("callback 1"))
    tasks[1].cancel()
    log(future.cancelled())
    loop.call_soon(log, "between")
    await asyncio.gather(*tasks, return_exceptions=True)

    future = loop.create_future()
    tasks = [asyncio.create_task(wait(name)) for name in "de"]
    await asyncio.sleep(0)
    callback = lambda f: log("removed")  # noqa: E731
    future.add_done_callback(callback)
    log(future.remove_done_callback(callback))
    future.add_done_callback(lambda f: log("callback", f.result()))
    future.set_result("value")
    loop.call_soon(log, "after set")
    await asyncio.gather(*tasks)
    for attempt in (future.set_result, future.set_exception):
        try:
            attempt(ValueError())
        except asyncio.InvalidStateError as error:
            log(type(error).__name__, error)
    wrapped = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asyncio.sleep(0, "wrapped"), loop))
    log(await wrapped)
    first = [asyncio.ensure_future(asyncio.sleep(d, d)) for d in (0.03, 0.01, 0.02)]
    log([await item for item in asyncio.as_completed(first)])
