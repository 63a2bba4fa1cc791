/** Async functions as `pymodule` exports them. */
import type { Py } from "./py.ts";
import type { Adapter } from "./suite.ts";

let count = 0;

/** Exports one async function and gives it to `body`, from Python's side. Nothing of it stays: the function's scope must not hold the module, which would make a ring. */
export async function withExport(api: Adapter, fn: (...args: Py[]) => Promise<unknown>, body: (exported: Py) => Promise<void>): Promise<void> {
  const name = `exported_${count++}`;
  const module = api.pymodule(name, { fn });
  try {
    await body(module.fn);
  } finally {
    api.python.import("sys").modules.__delitem__(name);
  }
}
