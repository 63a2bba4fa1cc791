// Gives the main thread to Python: the bundle is evaluated once more, in a worker.
import { main, python } from "@interloop/node";

python.exec(`
import asyncio, threading

async def where():
    await asyncio.sleep(0.01)
    return threading.current_thread().name
`);
main({ url: import.meta.url }, async () => console.log("where", await python.eval("where()")));
