/** Handles of large objects that nobody has any more: their memory is given back, also where the program never returns to the event loop. */
import type { SoundProgram } from "./index.ts";

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
\`);
  const Big = python.eval("Big"), begin = python.eval("begin"), few = python.eval("few");
`;

const program = (name: string, body: string): SoundProgram => ({
  name: `memory is given back ${name}`,
  source: `${setUp} begin();\n${body}\nconsole.log(few());`,
  prints: "true\n",
});

const deno = "Deno keeps what native code has seen until its outermost call ends, and clears weak references late";

export const memoryPressure: readonly SoundProgram[] = [
  { ...program("in a loop without a turn", "for (let index = 0; index < 300; index++) Big();"), missing: { deno } },
  program("in a loop of turns", "for (let index = 0; index < 300; index++) { Big(); await new Promise((resolve) => setTimeout(resolve, 0)); }"),
  { ...program("of arguments of a JS function", 'python.eval("each")(300, (array) => void array.shape);'), missing: { deno } },
];
