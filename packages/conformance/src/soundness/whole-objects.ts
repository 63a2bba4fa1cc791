/** While values are converted, getters and proxies of JS run Python code: what that finds through the collector is whole. */
import type { SoundProgram } from "./sound-program.ts";

/** `look()` reads every place of every tuple that there is; `watched()` is an object at which JS cannot look without calling it. */
const setUp = `
  const { python, kwargs } = api;
  python.exec(\`
import asyncio, gc
def look():
    return sum(1 for found in gc.get_objects() if type(found) is tuple for item in found)
def count(*args, **named):
    return len(args) + len(named)
async def count_later(*args, **named):
    await asyncio.sleep(0)
    return len(args) + len(named)
async def total(source):
    items = [item async for item in source]
    return len(items)
def caught(function):
    try:
        function()
    except BaseException as error:
        return type(error).__name__
\`);
  const look = python.eval("look");
  const watched = () => new Proxy({}, { get: () => void look(), has: () => look() < 0, getPrototypeOf: () => (look(), null) });
`;

const program = (name: string, body: string, prints: string): SoundProgram => ({ name, source: setUp + body, prints });

export const wholeObjects: readonly SoundProgram[] = [
  program(
    "Python makes no empty object of a type of the built-in module",
    `
      python.exec(\`
import _interloop
def use(value):
    for name in dir(value):
        if name.startswith("__") and name not in ("__class__", "__init_subclass__"):
            caught(lambda: getattr(value, name)())
    for function in (memoryview, len, iter, next, repr, hash, bool):
        caught(lambda: function(value))
def ways(cls):
    return [lambda: object.__new__(cls), lambda: cls.__new__(cls), lambda: cls(), lambda: cls(1), lambda: type("Sub", (cls,), {})()]
made = set()
for cls in [value for value in vars(_interloop).values() if isinstance(value, type)]:
    for way in ways(cls):
        try:
            value = way()
        except BaseException:
            continue
        made.add(cls.__name__)
        use(value)
\`);
      console.log(python.eval("' '.join(sorted(made))"));
    `,
    "ReadyQueue\n",
  ),
  program(
    "the arguments of a call are whole, positional and named ones",
    `
      const count = python.eval("count");
      console.log(count(watched(), watched(), watched()));
      console.log(count(watched(), watched(), kwargs({ a: watched(), b: 1 })));
      console.log(count(...Array.from({ length: 40 }, watched)));
      console.log(count(...Array.from({ length: 40 }, watched), kwargs({ a: watched() })));
      console.log(await python.eval("count_later")(watched(), 1, kwargs({ x: watched() })));
    `,
    "3\n4\n40\n41\n3\n",
  ),
  program(
    "lists of copied data are whole while the keys in them are hashed",
    `
      python.exec(\`
class Key:
    def __hash__(self):
        for found in gc.get_objects():
            if type(found) in (list, tuple):
                list(found)
        return 1
\`);
      const key = python.eval("Key")();
      const again = python.eval("type('Again', (), {'__init__': lambda self, js: setattr(self, 'js', js), '__hash__': lambda self: self.js() and 1})")(() => python.eval("len")(Array.from({ length: 200 }, (_, index) => [index, "text"])));
      console.log(python.eval("len")([new Set([again]), ...Array.from({ length: 100 }, (_, index) => [index])]), python.eval("repr")([new Map([[Object.freeze([key, again, 1]), [1, "b"]]]), 7]).endsWith(": [1, 'b']}, 7]"));
      console.log(python.eval("len")([1, "a", new Set([key]), [new Map([[key, 1]]), 2], 3]));
    `,
    "101 true\n5\n",
  ),
  program(
    "the items of a stream are whole",
    `
      const source = async function* () { for (let index = 0; index < 50; index++) yield watched(); };
      console.log(await python.eval("total")(source()));
    `,
    "50\n",
  ),
  program(
    "what is thrown is whole",
    `
      const caught = python.eval("caught");
      console.log(caught(() => { throw watched(); }));
      console.log(caught(() => { throw new AggregateError([watched(), new Error("one")], "several"); }));
      console.log(caught(() => { throw Object.assign(new Error("outer"), { cause: watched() }); }));
    `,
    "JsError\nJsErrorGroup\nJsError\n",
  ),
  program(
    "what is converted deeply is whole",
    `
      console.log(python.len(python.toPy(Object.freeze([watched(), [1, watched()], { a: watched(), get b() { return look() > 0; } }]))));
    `,
    "3\n",
  ),
  program(
    "a getter that runs Python does not change what its object is taken for",
    `
      const sneaky = new (class { get then() { return void python.eval("count")(Promise.resolve(1), async () => 1, new SharedArrayBuffer(8)); } })();
      console.log(python.eval("lambda value: type(value).__name__")(sneaky));
    `,
    "JsObject\n",
  ),
];
