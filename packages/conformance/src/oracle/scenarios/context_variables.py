"""Each Task and callback has a copy of the context of its maker."""

import asyncio
import contextvars

variable = contextvars.ContextVar("variable", default="unset")


async def main(log):
    loop = asyncio.get_running_loop()
    log(variable.get())
    variable.set("main")

    async def child(name):
        log(name, variable.get())
        variable.set(name)
        await asyncio.sleep(0)
        log(name, variable.get())

    await asyncio.gather(child("one"), child("two"))
    log(variable.get())
    await child("direct")
    log(variable.get())

    context = contextvars.copy_context()
    context.run(variable.set, "given")
    loop.call_soon(lambda: log("soon", variable.get()))
    loop.call_soon(lambda: log("in context", variable.get()), context=context)
    loop.call_later(0.001, lambda: log("later", variable.get()))
    variable.set("changed")
    future = loop.create_future()
    future.add_done_callback(lambda _: log("done", variable.get()))
    variable.set("changed again")
    future.set_result(None)
    await asyncio.sleep(0.01)
    log(await loop.run_in_executor(None, variable.get))
    if hasattr(asyncio, "to_thread"):
        log(await asyncio.to_thread(variable.get))
