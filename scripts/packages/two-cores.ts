// A program with two copies of core in it: the adapter's own, and that of a library with its own node_modules. They have one adapter and one Python.
import { deepStrictEqual, ok, strictEqual } from "node:assert";
import * as application from "@interloop/node";
import * as library from "some-library";

const { python } = application;
ok(library.python !== python, "there are two copies");
strictEqual(library.getRuntime(), application.getRuntime());

// One interpreter, one loop, and handles that both know.
python.exec("shared = [1]");
const shared = library.python.eval("shared");
shared.append(2);
deepStrictEqual(python.toJs(python.eval("shared")), [1, 2]);
ok(application.isPyObject(shared) && library.isPyObject(python.eval("shared")));
ok(python.is(shared, library.python.eval("shared")));
ok(python.is(library.getCurrentLoop(), application.getCurrentLoop()));

// Await through either copy, at the same time, with handles of the other.
const sleep = python.import("asyncio").sleep;
const librarySleep = library.python.import("asyncio").sleep;
deepStrictEqual(
  await Promise.all([sleep(0.01, "a"), librarySleep(0.02, "b"), library.intoPromise(sleep(0.01, "c")), application.intoPromise(librarySleep(0.01, "d"))]),
  [..."abcd"],
);

// JS functions, modules and promises of the library, used by the application, and the reverse.
library.pymodule("library_module", { double: async (value: number) => 2 * value });
application.pymodule("application_module", { half: async (value: number) => value / 2 });
python.exec(`
import application_module, library_module
async def both(value): return await application_module.half(await library_module.double(value))
`);
strictEqual(await library.python.eval("both(21)"), 21);

// Errors keep their identity and are known to both.
const thrown = new Error("from the application");
const fail = python.eval("lambda f: f()");
try {
  library.python.eval("lambda f: f()")(() => {
    throw thrown;
  });
} catch (error) {
  strictEqual(error, thrown);
}
try {
  fail(library.python.eval("lambda: 1 / 0"));
} catch (error) {
  ok(application.isPyError(error) && library.isPyError(error));
}

// Cancellation and task-locals of one copy, in the other.
const controller = new AbortController();
const cancelled = library.intoPromise(sleep(60), { signal: controller.signal });
controller.abort();
strictEqual(await cancelled.catch((error: Error) => error.name), "AbortError");
const locals = new library.TaskLocals(library.getCurrentLoop()).copyContext();
strictEqual(
  application.scope(locals, () => library.getCurrentLocals()),
  locals,
);
strictEqual(
  library.scope(locals, () => application.getCurrentLocals()),
  locals,
);

console.log("one Python");
await library.shutdown();
