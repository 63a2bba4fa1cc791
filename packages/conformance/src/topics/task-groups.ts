import assert from "node:assert/strict";
import { caught, later, turn, until, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

/** Groups of tasks, held against `asyncio.TaskGroup`. */
export const taskGroups: Topic = ({ api, test, load }) => {
  const { getCurrentSignal, isJoinError, isPyError, python, spawn, taskGroup } = api;

  const members = `
    import asyncio
    log, begun = [], []
    async def work(name, seconds=0.0):
        begun.append(name)
        try:
            await asyncio.sleep(seconds)
            log.append(f"{name} done")
            return name
        except asyncio.CancelledError:
            log.append(f"{name} cancelled")
            raise
        finally:
            await asyncio.sleep(0)
            log.append(f"{name} finally")
    async def fail(name, seconds=0.0):
        await asyncio.sleep(seconds)
        log.append(f"{name} fails")
        raise ValueError(name)
    async def fail_while_cancelled(name):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            log.append(f"{name} fails late")
            raise KeyError(name)
    async def cancels_itself():
        asyncio.current_task().cancel()
        await asyncio.sleep(0)
    async def exits():
        await asyncio.sleep(0)
        raise SystemExit(3)
    def take_log():
        taken = list(log)
        log.clear()
        return taken
  `;

  // The same members under a group of each side: what they did, and how the group ended. `steps` are (kind, arguments); "body" is an error that the body raises.
  const oracle = `${members}
    def show(error):
        if isinstance(error, BaseExceptionGroup):
            return [show(inner) for inner in error.exceptions]
        return f"{type(error).__name__}: {error}"
    async def run_group(steps):
        error = None
        try:
            async with asyncio.TaskGroup() as group:
                for step in steps:
                    kind, arguments = step[0], step[1:]
                    if kind == "raise":
                        raise RuntimeError(arguments[0])
                    if kind == "sleep":
                        await asyncio.sleep(arguments[0])
                    else:
                        group.create_task(globals()[kind](*arguments))
        except BaseException as caught:
            error = caught
        return [take_log(), "no error" if error is None else show(error)]
    async def run_cancelled(steps):
        task = asyncio.create_task(run_group(steps))
        await asyncio.sleep(0.01)
        task.cancel()
        return await task
  `;

  type Step = readonly [kind: string, ...args: readonly (string | number)[]];
  const scenarios: Readonly<Record<string, readonly Step[]>> = {
    "all succeed": [
      ["work", "a"],
      ["work", "b", 0.01],
    ],
    "no members": [],
    "the first failure aborts the rest": [
      ["work", "a", 3600],
      ["fail", "b", 0.005],
      ["work", "c", 3600],
    ],
    "a failure while being cancelled is told as well": [
      ["fail_while_cancelled", "a"],
      ["fail", "b", 0.005],
    ],
    "two failures at once": [
      ["fail", "a"],
      ["fail", "b"],
      ["work", "c", 3600],
    ],
    "a member that cancels itself is no failure": [["cancels_itself"], ["work", "a", 0.005]],
    "the body fails": [
      ["work", "a", 3600],
      ["sleep", 0.005],
      ["raise", "body"],
    ],
    "the body fails and so does a member, late": [
      ["fail_while_cancelled", "a"],
      ["sleep", 0.005],
      ["raise", "body"],
    ],
    "SystemExit leaves as it is": [["work", "a", 3600], ["exits"]],
  };

  const show = (error: Py): unknown => {
    if (error instanceof AggregateError) return error.errors.map(show);
    if (isPyError(error)) return `${error.name}: ${error.message}`;
    return `${error.name === "Error" ? "RuntimeError" : error.name}: ${error.message}`;
  };

  const runGroup = async (module: Py, steps: readonly Step[], signal?: AbortSignal): Promise<unknown> => {
    let error: unknown = "no error";
    try {
      await taskGroup(
        async (group) => {
          for (const [kind, ...args] of steps) {
            if (kind === "raise") throw new Error(String(args[0]));
            if (kind === "sleep") {
              await turn(); // the members have begun, however long that took
              await later(null, Number(args[0]) * 1000);
            } else group.spawn(module[kind](...args));
          }
        },
        signal === undefined ? {} : { signal },
      );
    } catch (thrown) {
      error = show(thrown);
    }
    return [python.toJs(module.take_log()), error];
  };

  /** asyncio keeps its members in a set: it cancels them in no order. */
  const sorted = ([log, error]: Py): Py => [log.toSorted(), error];

  const hasTaskGroup = python.eval("__import__('sys').version_info >= (3, 11)") as unknown as boolean;

  for (const [name, steps] of Object.entries(scenarios)) {
    test(`as asyncio.TaskGroup: ${name}`, async () => {
      const module = load(hasTaskGroup ? oracle : members);
      const ours = await runGroup(module, steps);
      // Before 3.11 asyncio has no groups to compare with; what ours do stays the same.
      if (!hasTaskGroup) return assert.ok(Array.isArray(ours));
      assert.deepEqual(sorted(ours), sorted(python.toJs(await module.run_group(python.toPy(steps)))));
    });
  }

  test("as asyncio.TaskGroup: cancelled from outside", async () => {
    const steps: readonly Step[] = [
      ["work", "a", 3600],
      ["work", "b", 3600],
    ];
    const module = load(hasTaskGroup ? oracle : members);
    const outer = new AbortController();
    const ours = runGroup(module, steps, outer.signal);
    await until(() => python.len(module.begun) === 2);
    outer.abort(Object.assign(new Error(""), { name: "CancelledError" }));
    if (!hasTaskGroup) return assert.ok(Array.isArray(await ours));
    assert.deepEqual(sorted(await ours), sorted(python.toJs(await module.run_cancelled(python.toPy(steps)))));
  });

  test("Python awaitables, JS functions and promises in one group; the body's value comes back", async () => {
    const module = load(members);
    const values = await taskGroup(async (group) => {
      const handles = [group.spawn<unknown>(module.work("python")), group.spawn<unknown>(() => later("js")), group.spawn<unknown>(later("promise"))];
      return Promise.all(handles);
    });
    assert.deepEqual(values, ["python", "js", "promise"]);
  });

  test("a JS failure cancels Python members and aborts JS ones, and the error is the very same", async () => {
    const module = load(members);
    const boom = new Error("boom");
    let reason: Py;
    const error = await caught(() =>
      taskGroup(async (group) => {
        group.spawn(module.work("python", 3600));
        group.spawn(({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject((reason = signal.reason as Error)))));
        group.spawn(async () => {
          await later(null);
          throw boom;
        });
      }),
    );
    assert.ok(error instanceof AggregateError);
    assert.deepEqual([error.errors.length, error.errors[0] === boom], [1, true]);
    assert.deepEqual([reason.name, reason.cause === boom], ["AbortError", true]);
    assert.deepEqual(python.toJs(module.log), ["python cancelled", "python finally"]);
  });

  test("a body that joins the member that fails does not tell of it twice", async () => {
    const boom = new Error("boom");
    const error = await caught(() =>
      taskGroup(async (group) => {
        await group.spawn(() => Promise.reject(boom));
      }),
    );
    assert.deepEqual(error.errors, [boom]);
    const cancelled = await caught(() =>
      taskGroup(async (group) => {
        const handle = group.spawn(() => later(1));
        handle.abort("by itself");
        await handle;
      }),
    );
    assert.deepEqual([isJoinError(cancelled), cancelled.isCancelled], [true, true]);
  });

  test("nested groups: an inner failure comes out as a group within a group", async () => {
    const module = load(members);
    const error = await caught(() =>
      taskGroup(async (outer) => {
        outer.spawn(module.work("outer", 3600));
        outer.spawn(() => taskGroup(async (inner) => void inner.spawn(module.fail("inner"))));
      }),
    );
    assert.deepEqual(show(error), [["ValueError: inner"]]);
    assert.deepEqual(python.toJs(module.log), ["inner fails", "outer cancelled", "outer finally"]);
  });

  test("a group is aborted with the task that it is in, and with the call of Python's", async () => {
    const module = load(`${members}
    async def impatient(js):
        call = asyncio.ensure_future(js())
        while "called" not in begun:
            await asyncio.sleep(0.001)
        try:
            await asyncio.wait_for(call, 0.01)
        except asyncio.TimeoutError:
            return "too slow"
    `);
    const handle = spawn(() => taskGroup((group) => void group.spawn(module.work("in a task", 3600))));
    await until(() => python.len(module.begun) === 1);
    handle.abort("stop");
    const error = await caught(() => handle);
    assert.deepEqual([error.isCancelled, error.cause], [true, "stop"]);
    const ended: Py[] = [];
    const slow = async (): Promise<void> => {
      const group = taskGroup((group) => void group.spawn(module.work("called", 3600)));
      await group.catch((error: Py) => ended.push(error.name));
    };
    getCurrentSignal();
    assert.equal(await module.impatient(slow), "too slow");
    while (ended.length === 0) await turn();
    assert.deepEqual(ended, ["AbortError"]);
    assert.deepEqual(python.toJs(module.log), ["in a task cancelled", "in a task finally", "called cancelled", "called finally"]);
  });

  test("at the end of its block a group waits for the members and throws their errors", async () => {
    const module = load(members);
    // What `await using group = taskGroup()` does, which Node 22 cannot parse.
    const block = async (body: (group: Py) => unknown): Promise<void> => {
      const group = taskGroup();
      await body(group);
      await group[Symbol.asyncDispose]();
    };
    let value: unknown;
    await block((group) => void group.spawn(async () => void (value = await module.work("using", 0.002))));
    assert.equal(value, "using");
    const error = await caught(() => block((group) => void group.spawn(module.fail("using"))));
    assert.deepEqual(show(error), ["ValueError: using"]);
    await block(async (group) => {
      group.spawn(module.work("aborted", 3600));
      group.abort();
      assert.equal(group.signal.aborted, true);
      const late = group.spawn(() => assert.fail("began"));
      assert.equal((await caught(() => late)).isCancelled, true);
    });
  });

  test("members may begin members; a group that has ended takes none", async () => {
    const done: number[] = [];
    let kept: Py;
    await taskGroup((group) => {
      kept = group;
      const more = (depth: number): void =>
        void group.spawn(async () => {
          await turn();
          done.push(depth);
          if (depth < 5) more(depth + 1);
        });
      more(0);
    });
    assert.deepEqual(done, [0, 1, 2, 3, 4, 5]);
    const module = load(members);
    assert.equal((await caught(() => kept.spawn(module.work("late")))).code, "group-ended");
    assert.equal((await caught(() => taskGroup(1 as Py))).code, "bad-argument");
    assert.equal((await caught(() => taskGroup({ signal: 1 as Py }))).code, "bad-argument");
    assert.equal(await caught(() => taskGroup(() => assert.fail("ran"), { signal: AbortSignal.abort("before") })), "before");
  });

  test("Python sees the errors of a group as an ExceptionGroup", async () => {
    const module = load(`${members}
    async def attempt(js):
        try:
            await js()
        except Exception as error:
            return [type(inner).__name__ for inner in getattr(error, "exceptions", ())]
    `);
    const run = (): Promise<void> =>
      taskGroup((group) => {
        group.spawn(module.fail("a"));
        group.spawn(({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new RangeError("r")))));
      });
    const seen = python.toJs(await module.attempt(run)) as string[];
    assert.deepEqual(seen.toSorted(), hasTaskGroup ? ["JsError", "ValueError"] : []);
  });
};
