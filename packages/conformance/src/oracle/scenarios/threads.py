"""Executors, call_soon_threadsafe and run_coroutine_threadsafe."""

import asyncio
import concurrent.futures
import threading


async def main(log):
    loop = asyncio.get_running_loop()
    main_thread = threading.get_ident()
    log(await loop.run_in_executor(None, lambda: threading.get_ident() != main_thread))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        log(await asyncio.gather(*[loop.run_in_executor(pool, pow, n, 2) for n in range(5)]))

    def fail():
        raise ValueError("in a thread")

    try:
        await loop.run_in_executor(None, fail)
    except ValueError as error:
        log(error)
    future = loop.create_future()
    threading.Thread(target=lambda: loop.call_soon_threadsafe(future.set_result, threading.get_ident() != main_thread)).start()
    log(await future)

    async def coroutine():
        await asyncio.sleep(0.001)
        return threading.get_ident() == main_thread

    log(await loop.run_in_executor(None, lambda: asyncio.run_coroutine_threadsafe(coroutine(), loop).result(10)))
