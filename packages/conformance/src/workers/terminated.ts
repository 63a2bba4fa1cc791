/** A program whose workers are terminated at any moment: while Python starts or imports, between two awaits, inside of calls both ways, with buffers lent, with threads and loops that ask JavaScript. */

const PYTHON = `
import asyncio, threading

async def tick(n):
    await asyncio.sleep(0)
    return n

async def use(f):
    return [await f(n) for n in range(20)]

kept = []
def keep(memory):
    kept.append(memoryview(memory))
    del kept[:-50]
    return sum(each[0] for each in kept)

def begin(sync, later):
    def work():
        try:
            while True:
                sync(1)
                asyncio.run(use(later))
        except Exception:
            pass
    for _ in range(3):
        threading.Thread(target=work).start()

async def rows():
    n = 0
    while True:
        yield n
        n += 1
        if n % 10 == 0:
            await asyncio.sleep(0)

def down(f, n):
    return f(n)

async def serve(ask):
    async def handle(reader, writer):
        writer.write((await reader.readline()) + str(ask()).encode())
        writer.close()
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello\\n")
        await reader.read()
        writer.close()
`;

/** What a worker does until its end, by its mode; it has `m`, the module of that code. */
const WORKER = `
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const work: Record<string, () => unknown> = {
  start: () => python().import("sys"),
  async imports() { say("ready"); python().import("decimal"); python().import("unittest.mock"); for (;;) { python().import("sqlite3"); await turn(); } },
  async awaits() { for (;;) { await m().tick(1); await m().use(async (n: number) => n); } },
  async buffers() { for (;;) { m().keep(new Uint8Array(10_000)); python().buffer(python().eval("bytearray(100000)")); await turn(); } },
  threads() { m().begin((n: number) => n, async (n: number) => n); setInterval(() => undefined, 1000); },
  async streams() { for (;;) for await (const n of api.intoAsyncIterable(m().rows()) as any) if (n === 100) break; },
  async calls() { const f = (n: number): number => (n > 0 ? m().down(f, n - 1) : 0); for (;;) { f(20); await turn(); } },
  async server() { await m().serve(() => 7); },
  async leaves() { void m().tick(1).then(undefined, () => undefined); await turn(); process.exit(3); },
};
if (mode.thread) api.init({ placement: "thread" });
let made: any;
const m = (): any => (made ??= python().fromCode(${JSON.stringify(PYTHON)}, "at_work.py", "at_work"));
if (mode.kind !== "start" && mode.kind !== "imports") { m(); say("ready"); }
await Promise.all([work[mode.kind]!(), work[mode.kind]!()]);
setInterval(() => undefined, 1000);
`;

const MAIN = (rounds: number): string => `
let seed = 1;
const random = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
const kinds = ["start", "imports", "awaits", "buffers", "threads", "streams", "calls", "server", "leaves"];
for (let round = 0; round < ${rounds}; round++) {
  await Promise.all([0, 1].map(async (each) => {
    const kind = kinds[(round * 2 + each) % kinds.length];
    const worker = start({ kind, thread: random() < 0.3 });
    const failed = new Promise((_, reject) => void worker.once("error", reject));
    const ready = new Promise((resolve) => void worker.once("message", resolve).once("exit", resolve));
    if (kind !== "start" && random() < 0.8) await Promise.race([ready, failed]);
    await new Promise((resolve) => setTimeout(resolve, random() * (random() < 0.5 ? 15 : 120)));
    await Promise.race([worker.terminate(), failed]);
  }));
}
console.log(await python().import("asyncio").sleep(0.01, "main lives"));`;

/** The program, and what it prints. */
export const terminated = (rounds: number): { readonly main: string; readonly worker: string; readonly stdout: string } => ({
  main: MAIN(rounds),
  worker: WORKER,
  stdout: "main lives\n",
});
