/** Handles of large objects that nobody has any more: their memory is given back, also where the program never returns to the event loop. */
import type { SoundProgram } from "./sound-program.ts";

/** `most` is how many objects were alive at once, of 8 MB each. */
const setUp = `
  const { python } = api;
  python.exec(\`
import weakref
import numpy
class Big(numpy.ndarray):
    alive = most = 0
    def __new__(cls):
        self = numpy.zeros(1_000_000).view(cls)
        self.fill(1)
        Big.alive += 1
        Big.most = max(Big.most, Big.alive)
        weakref.finalize(self, Big.gone)
        return self
    @staticmethod
    def gone():
        Big.alive -= 1
def begin():
    Big.most = Big.alive
def few():
    return Big.most < 60 or Big.most
def each(count, js):
    for index in range(count):
        js(Big())
def items(count):
    for index in range(count):
        yield Big()
async def make():
    return Big()
async def later():
    import asyncio
    await asyncio.sleep(0)
    return Big()
async def stream(count):
    for index in range(count):
        yield Big()
\`);
  const Big = python.eval("Big"), begin = python.eval("begin"), few = python.eval("few");
`;

const program = (name: string, body: string): SoundProgram => ({
  name: `memory is given back ${name}`,
  source: `${setUp} begin();\n${body}\nconsole.log(few());`,
  prints: "true\n",
});

export const memoryPressure: readonly SoundProgram[] = [
  program("in a loop without a turn", "for (let index = 0; index < 300; index++) Big();"),
  program("in a loop of turns", "for (let index = 0; index < 300; index++) { Big(); await new Promise((resolve) => setTimeout(resolve, 0)); }"),
  program("of arguments of a JS function", 'python.eval("each")(300, (array) => void array.shape);'),
  program(
    "of objects that hold large ones",
    'const hold = python.eval("lambda: (lambda big: lambda: big)(Big())"); for (let index = 0; index < 300; index++) hold();',
  ),
  program("of lists of large objects", 'const list = python.eval("lambda: [Big()]"); for (let index = 0; index < 300; index++) list().count;'),
  program("of views", 'const part = python.eval("lambda: Big()[:3]"); for (let index = 0; index < 300; index++) part();'),
  program("of buffers that nobody disposes of", "for (let index = 0; index < 300; index++) python.buffer(Big()).data[0];"),
  program("of what coroutines return at once", 'const make = python.eval("make"); for (let index = 0; index < 300; index++) await make();'),
  program("of what coroutines return later", 'const later = python.eval("later"); for (let index = 0; index < 300; index++) await later();'),
  program("of the items of an async generator", 'for await (const item of python.eval("stream")(300)) item.shape;'),
  program("of the items of a generator", 'for (const item of python.eval("items")(300)) item.shape;'),
  {
    name: "memory is given back of typed arrays that JS functions return to a loop in Python",
    source: `
      import { readFileSync } from "node:fs";
      const { python } = api;
      const resident = () => Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1000;
      const take = python.eval("lambda make: [len(make()) for index in range(300)] and None");
      const before = resident();
      let most = 0;
      take(() => {
        most = Math.max(most, resident());
        return new Float64Array(1_000_000).fill(1);
      });
      console.log(most - before < 480 || most - before);
    `,
    prints: "true\n",
  },
];
