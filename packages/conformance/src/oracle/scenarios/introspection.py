"""What a program can ask of its loop and its Tasks."""

import asyncio
import inspect


async def main(log):
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    log(asyncio.get_event_loop() is loop, loop.is_running(), loop.is_closed(), loop.get_debug())
    log(isinstance(task, asyncio.Task), task in asyncio.all_tasks(), task.done(), task.get_loop() is loop)
    other = asyncio.create_task(asyncio.sleep(0), name="my name")
    log(other.get_name(), len(asyncio.all_tasks()))
    other.set_name("another")
    log(other.get_name(), "another" in repr(other))
    await other
    log(len(asyncio.all_tasks()), other.done(), other.result())
    coroutine = asyncio.sleep(0)
    log(inspect.iscoroutine(coroutine), inspect.isawaitable(coroutine), asyncio.iscoroutine(coroutine))
    await coroutine
    for attempt in (lambda: loop.run_until_complete(None), lambda: loop.run_forever()):
        try:
            attempt()
        except (RuntimeError, TypeError) as error:
            log(type(error).__name__)
    try:
        loop.call_soon(None)
    except TypeError:
        log("call_soon(None) in debug mode only")
    else:
        log("accepted")
    loop.set_exception_handler(lambda loop, context: None)
    await asyncio.sleep(0)
    log(loop.get_exception_handler() is not None)
    loop.set_exception_handler(None)
