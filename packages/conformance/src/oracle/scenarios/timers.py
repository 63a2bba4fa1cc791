"""Timers run by their time, equal ones in some stable order, cancelled ones not at all."""

import asyncio


async def main(log):
    loop = asyncio.get_running_loop()
    for delay in (0.06, 0.02, 0.04, 0):
        loop.call_later(delay, log, "timer", delay)
    loop.call_later(0.03, log, "never").cancel()
    when = loop.time() + 0.05
    handle = loop.call_at(when, log, "at")
    log(handle.when() == when, handle.cancelled())
    await asyncio.sleep(0.1)
    log("end")
