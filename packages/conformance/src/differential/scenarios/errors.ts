// What errors look like after one crossing and after two.
import type { Py } from "../../py.ts";
import type { Scenario } from "../index.ts";

export const scenario: Scenario = async ({ isInterloopError, isPyError, python, shutdown }, print) => {
  const module: Py = python.fromCode(
    `
import asyncio
import interloop

class Custom(ValueError):
    def __str__(self):
        return "in its own words"

def fail(kind):
    raise {"key": KeyError("missing"), "custom": Custom(1, 2), "os": FileNotFoundError(2, "No such file", "x")}[kind]

async def fail_later(kind):
    await asyncio.sleep(0)
    try:
        fail(kind)
    except Exception as error:
        raise RuntimeError("wrapped") from error

async def describe(function):
    try:
        await function()
    except interloop.JsError as error:
        return f"JsError {error.name}: {error.message} / {error} / {type(error.__cause__).__name__}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"

def through(function):
    return function()
`,
    "errors.py",
    "scenario_errors",
  );
  const caught = async (body: () => unknown): Promise<unknown> => {
    try {
      return await body();
    } catch (error) {
      return error;
    }
  };
  const show = (error: unknown): string => {
    if (isInterloopError(error)) return `InterloopError ${error.code}`;
    if (!isPyError(error)) return `${(error as Error).name}: ${(error as Error).message}`;
    return `PyError ${error.name}: ${error.message} (${error.frames.map(({ function: name, line }) => `${name}:${line}`).join(" ")})`;
  };

  for (const kind of ["key", "custom", "os"]) print(kind, show(await caught(() => module.fail(kind))));
  const wrapped = await caught(() => module.fail_later("key"));
  print(show(wrapped), "<-", show((wrapped as Error).cause));

  const range = new RangeError("too far", { cause: new TypeError("why") });
  const throws = (): never => {
    throw range;
  };
  print(await module.describe(async () => throws()));
  print(await module.describe(() => Promise.reject(new Error(""))));
  print(await module.describe(() => Promise.reject("a string" as never)));
  print(await module.describe(async () => module.fail("custom")));
  print("same object", (await caught(() => module.through(throws))) === range);
  print("twice through", (await caught(() => module.through(() => module.through(throws)))) === range);

  const list: Py = python.eval("[1]");
  list[Symbol.dispose]();
  print(show(await caught(() => python.len(list))));
  // Where in its own files Python raises these depends on its version.
  const name = (error: unknown): string => show(error).replace(/:.*$/, "");
  print(name(await caught(() => python.import("no_such_module"))));
  print(name(await caught(() => python.exec("1 +"))));
  print(name(await caught(() => python.getAttr(module, "nothing"))), typeof module.nothing);
  print(show(await caught(() => shutdown({ timeout: -1 }))));
};
