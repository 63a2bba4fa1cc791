/** The report of what is still held, of programs that were started with INTERLOOP_LEAKS=1. */
import assert from "node:assert/strict";
import { has, type Capabilities } from "../capabilities.ts";
import { childRunner, type Ended } from "../child.ts";

const python = `
class Thing:
    pass
def make():
    return Thing()
kept = []
def keep(value):
    kept.append(value)
def forget():
    kept.clear()
def fetch(f):
    kept.append(f())
`;
const prelude = `const m = api.python.fromCode(${JSON.stringify(python)}, "things.py", "things");\n`;

/** Registers the tests of the report. */
export function runLeaks(capabilities: Capabilities): void {
  const { harness } = capabilities;
  if (!has(capabilities.child)) {
    harness.skip(`the report of leaks (${capabilities.child.missing})`);
    return;
  }
  const run = childRunner(capabilities);
  const traced = (source: string): Promise<Ended> => run(prelude + source, { env: { INTERLOOP_LEAKS: "1" } });
  const deadline = 60_000;

  harness.test(
    "what is held at the end is told by the place where it was made",
    async () => {
      const ended = await traced(`
        globalThis.held = [];
        function leakHandles() { for (let i = 0; i < 7; i++) held.push(m.make()); }
        function leakValues() { for (let i = 0; i < 5; i++) m.keep(api.python.ref({ i })); }
        function fromPython() { return api.python.ref({ made: "for Python" }); }
        leakHandles();
        leakValues();
        m.fetch(fromPython);
        m.keep(new Uint8Array(8));
        console.log("end");
      `);
      assert.deepEqual([ended.status, ended.signal, ended.stdout], [0, null, "end\n"]);
      const { stderr } = ended;
      assert.match(stderr, /^interloop: JS holds \d+ Python objects, Python holds \d+ JS values$/m);
      assert.match(stderr, /^7 handles of Python objects \(Thing\)\n +at leakHandles /m);
      assert.match(stderr, /^5 JS values held by Python \(<JS Object \{i\}>\)\n +at leakValues /m);
      assert.match(stderr, /^1 JS value held by Python \(<JS Object \{made\}>\)\n(?: +at .*\n)* +called by Python:\n +at fetch \(things\.py:\d+\)$/m);
      assert.match(stderr, /^1 JS value held by Python \(<JS Uint8Array\(8\)>\)$/m);
      // Nothing of ours.
      assert.doesNotMatch(stderr, /_bridge|GuestLoop/);
    },
    deadline,
  );

  harness.test(
    "what was let go of is not told",
    async () => {
      const ended = await traced(`
        const stacks = () => api.python.leaks().filter((leak) => /letGo/.test(leak.stack)).map((leak) => leak.kind + leak.count);
        const { make, keep } = m;
        // Not the last thing that a function does: in Bun such calls take the function's place on the stack.
        function letGo() { const made = []; for (let i = 0; i < 10; i++) made.push(make()); return made; }
        function letGoOfValues() { for (let i = 0; i < 4; i++) keep(api.python.ref({ i })); }
        const things = letGo();
        letGoOfValues();
        console.log(stacks().join());
        for (const thing of things.slice(1)) thing[Symbol.dispose]();
        m.forget();
        console.log(stacks().join());
        api.python.scope(() => void letGo());
        console.log(stacks().join());
        await api.python.import("asyncio").sleep(0);
        for (let i = 0; i < 3000; i++) make()[Symbol.dispose]();
        things[0][Symbol.dispose]();
        console.log(stacks().join());
      `);
      assert.deepEqual([ended.status, ended.stdout], [0, "handle10,value4\nhandle1\nhandle1\n\n"]);
      assert.doesNotMatch(ended.stderr, /letGo/);
    },
    deadline,
  );

  harness.test(
    "a ring across the border is told from both of its sides",
    async () => {
      const ended = await traced(`
        class Widget { thing = m.make(); constructor() { this.thing.widget = this; } }
        function ring() { new Widget(); }
        for (let i = 0; i < 3; i++) ring();
        await new Promise((resolve) => setTimeout(resolve, 20));
      `);
      assert.equal(ended.status, 0);
      assert.match(ended.stderr, /^3 handles of Python objects \(Thing\)\n(?: +at .*\n)* +at ring /m);
      assert.match(ended.stderr, /^3 JS values held by Python \(<JS Widget>\)\n(?: +at .*\n)* +at ring /m);
    },
    deadline,
  );

  harness.test("without the variable nothing is recorded, and asking says so", async () => {
    const ended = await run(`${prelude}try { api.python.leaks(); } catch (error) { console.log(error.code); } globalThis.held = m.make();`, {
      env: { INTERLOOP_LEAKS: undefined },
    });
    assert.deepEqual({ ...ended }, { status: 0, signal: null, stdout: "leaks-unknown\n", stderr: "" });
  });
}
