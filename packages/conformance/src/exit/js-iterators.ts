/** The process ends while Python iterates over JS, or holds an iterator of JS: it ends at once, and nothing is printed. */

const python = `
import asyncio
held = []
async def begin(it):
    held.append(it)
    async for item in it:
        return item
async def begin_wrapped(it):
    async def wrapper():
        async for item in it:
            yield item
    held.append(wrapper())
    return await held[-1].__anext__()
async def read(it):
    async for item in it:
        pass
async def give():
    held.append(asyncio.Event())
    yield 1
    await held[-1].wait()
def begin_sync(it):
    held.append(it)
    for item in it:
        return item
`;

const js = `
  async function* numbers() { try { yield 1; await new Promise(() => setTimeout(() => undefined, 60_000).unref?.()); } finally { await null; } }
  function* counted() { try { yield 1; yield 2; } finally { globalThis.closed = true; } }
  const turns = () => new Promise((resolve) => setTimeout(resolve, 20));
  const leave = () => { console.log("over"); process.exit(); };`;

const programs: Readonly<Record<string, string>> = {
  "Python holds an async generator of JS that has begun": "await m.begin(numbers()); leave();",
  "Python holds an async generator that reads one of JS": "await m.begin_wrapped(numbers()); leave();",
  "Python waits for an async generator of JS": "m.read(numbers()).then(undefined, () => undefined); await turns(); leave();",
  "Python waits for a stream of JS":
    "m.read(new ReadableStream({ pull: () => new Promise(() => undefined) })).then(undefined, () => undefined); await turns(); leave();",
  "Python holds a generator of JS that has begun": "m.begin_sync(counted()); leave();",
  "JS waits for an async generator of Python":
    "void m.give()[Symbol.asyncIterator]().next(); for await (const _ of api.intoAsyncIterable(m.give())) { void turns().then(leave); }",
};

/** Programs by name; each prints "over". */
export function iteratorPrograms(setup = ""): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(programs).map(([name, end]) => [name, `${setup} const m = api.python.fromCode(${JSON.stringify(python)}, "case.py", "case"); ${js} ${end}`]),
  );
}
