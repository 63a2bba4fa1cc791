/** Programs of placement `main`, as text. */
import type { Ended } from "../child.ts";
import assert from "node:assert/strict";

/** Python that the programs use, as `m`. */
const python = `
import asyncio, atexit, contextvars, os, signal, sys, threading, time
def on_main():
    return threading.current_thread() is threading.main_thread()
async def where():
    await asyncio.sleep(0.001)
    return [on_main(), type(asyncio.get_running_loop()).__module__.split(".")[0]]
async def forever(*words):
    try:
        if words:
            print(*words, flush=True)
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(0)
        print("python finally", flush=True)
async def stubborn():
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass
async def leave(status):
    sys.exit(status)
def leave_now(status):
    sys.exit(status)
async def call(f, *args):
    return await f(*args)
async def fail():
    raise KeyError("of Python")
`;

/** A program whose `main` has this body; it sees `m`, `signal` and `locals`. */
export function withMain(body: string, options = "{}", before = "", after = ""): string {
  return `
    const m: any = api.python.fromCode(${JSON.stringify(python)}, "program.py", "program");
    ${before}
    api.main(import.meta, async ({ signal, locals }: any) => { ${body} }, ${options});
    ${after}`;
}

/** What a runtime shows of an error that nobody caught: the message, and the place, in whichever order. */
export function shows(message: string): RegExp {
  return new RegExp(`program\\.mts[^]*${message}|${message}[^]*program\\.mts`);
}

/** A check: how the program ended, with this output and, where given, this on stderr. */
export function ends(status: number | string, stdout: string, stderr: RegExp | string = ""): (ended: Ended) => void {
  return (ended) => {
    assert.deepEqual([ended.signal ?? ended.status, ended.stdout], [status, stdout], ended.stderr);
    if (typeof stderr === "string") assert.equal(ended.stderr, stderr);
    else assert.match(ended.stderr, stderr);
  };
}
