// What scripts/platform.mjs runs under emulation: timers, sockets, threads, JavaScript in Python, errors and cancellation. Fails when one of them is wrong.
import assert from "node:assert/strict";
import { intoPromise, python } from "@interloop/node";

const asyncio = python.import("asyncio");
const module = python.fromCode(
  `
import asyncio, platform, sys, threading

async def echo():
    async def handle(reader, writer):
        writer.write((await reader.read(100)).upper())
        await writer.drain()
        writer.close()
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    writer.write(b"hello")
    await writer.drain()
    answer = await reader.read(100)
    writer.close()
    server.close()
    return answer.decode()

async def executor():
    return await asyncio.get_running_loop().run_in_executor(None, lambda: threading.current_thread() is not threading.main_thread())

async def uses(function):
    return await function(20)

async def fails():
    raise ValueError("no")

async def many(count):
    return sum(await asyncio.gather(*[asyncio.sleep(0.001, number) for number in range(count)]))

async def items(count):
    for number in range(count):
        await asyncio.sleep(0)
        yield number

def about():
    return f"CPython {platform.python_version()} on {platform.machine()}"
`,
  "smoke.py",
  "smoke",
);

await asyncio.sleep(0.05);
assert.equal(await module.echo(), "HELLO");
assert.equal(await module.executor(), true);
assert.equal(await module.uses(async (number) => number * 2 + 2), 42);
await assert.rejects(async () => await module.fails(), { name: "ValueError", message: "no" });
assert.equal(await module.many(100), 4950);
const seen = [];
for await (const item of module.items(40)) seen.push(item);
assert.equal(seen.length, 40);
const controller = new AbortController();
const slept = intoPromise(asyncio.sleep(3600), { signal: controller.signal });
controller.abort(new Error("stop"));
await assert.rejects(slept, /stop/);
console.log(`Node ${process.versions.node} ${process.arch}, ${module.about()}: all well`);
