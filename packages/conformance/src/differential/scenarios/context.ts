// Who sees which store and which context variable.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Py } from "../../py.ts";
import type { Scenario } from "../index.ts";

export const scenario: Scenario = async ({ getCurrentLoop, python, scope, TaskLocals }, print) => {
  const module: Py = python.fromCode(
    `
import asyncio
import contextvars

variable = contextvars.ContextVar("variable", default="unset")

async def handle(name, look):
    variable.set(name)
    await asyncio.sleep(0)
    first = look()
    task = asyncio.create_task(inner(look))
    asyncio.get_running_loop().call_soon(look)
    return [first, await task, await look_later(look), variable.get()]

async def inner(look):
    await asyncio.sleep(0.001)
    return look()

async def look_later(look):
    return await asyncio.to_thread(lambda: variable.get()) if hasattr(asyncio, "to_thread") else variable.get()

def get():
    return variable.get()

def run(function):
    variable.set("caller")
    return function()
`,
    "context.py",
    "scenario_context",
  );
  const storage = new AsyncLocalStorage<string>();
  const look = (): string => storage.getStore() ?? "none";

  const requests = ["one", "two", "three"].map((name) => storage.run(name, () => module.handle(name, look) as Promise<Py>));
  for (const answer of await Promise.all(requests)) print((python.toJs(answer) as string[]).join(" "));
  print("outside", look(), module.get());

  const context = python.import("contextvars").copy_context() as Py;
  context.run((): null => null);
  const locals = new TaskLocals(getCurrentLoop()).withContext(context);
  print("scope", await scope(locals, async () => (await Promise.resolve(), module.get() as string)));
  print(
    "js called by python",
    module.run(() => module.get() as string),
  );
  print("after", look());
};
