/** An exception leads to the frames that it has passed, and these often have the promise that it came out of. Both are freed all the same. */
import assert from "node:assert/strict";
import { caught, type Py } from "../py.ts";
import type { Topic } from "../suite.ts";

const ROUNDS = 12;
/** A conservative collector may take something on the stack for a reference. */
const MAY_STAY = 2;

export const errorCycles: Topic = ({ api, test, load, settle }) => {
  const { python } = api;
  const programs = (): ReturnType<typeof load> =>
    load(`
      import asyncio, gc, sys
      alive = {}
      class Request:
          def __init__(self):
              self.way = sys._getframe(1).f_code.co_name
              alive[self.way] = alive.get(self.way, 0) + 1
          def __del__(self): alive[self.way] -= 1
      def stay(most):
          gc.collect()
          return [f"{count} of {way}" for way, count in alive.items() if count > most]
      async def fails():
          raise ValueError("no row")
      async def awaits(js):
          request = Request()
          await js()
      async def has_it_in_a_variable(js):
          request, promise = Request(), js()
          await promise
      async def waits_for(js):
          request = Request()
          await asyncio.wait_for(js(), 60)
      async def has_a_task(js):
          request, task = Request(), asyncio.ensure_future(js())
          await task
      async def gathers(js):
          request, promises = Request(), [js(), js()]
          await asyncio.gather(*promises, return_exceptions=True)
          await asyncio.gather(*promises)
      async def shields(js):
          request, promise = Request(), js()
          await asyncio.shield(promise)
      async def raises_from(js):
          request, promise = Request(), js()
          try:
              await promise
          except Exception as error:
              raise LookupError("not found") from error
      async def awaits_again(js):
          request, promise = Request(), js()
          try:
              await promise
          except Exception:
              await asyncio.sleep(0)
          await promise
      async def has_a_group(js):
          request = Request()
          async with asyncio.TaskGroup() as group:
              tasks = [group.create_task(js()), group.create_task(js())]
      def calls(js):
          request, promise = Request(), js()
          return promise
      ways = [awaits, has_it_in_a_variable, waits_for, has_a_task, gathers, shields, raises_from, awaits_again, calls]
      if sys.version_info >= (3, 11): ways.append(has_a_group)
      async def keeps(js):
          promise = js()
          try:
              await promise
          except Exception:
              return promise
    `);

  test(
    "exceptions that go through async functions are freed with the frames that they passed",
    async () => {
      const module = programs();
      const sources: Readonly<Record<string, () => Promise<unknown>>> = {
        "of Python": async () => (await module.fails()) as unknown,
        "of JS": async () => {
          throw new RangeError("mine");
        },
      };
      for (const [source, fails] of Object.entries(sources)) {
        const js = (): Promise<unknown> => {
          const promise = fails();
          promise.catch(() => undefined); // Python may cancel what waits for it before
          return promise;
        };
        // Deno keeps the functions of a JS error's stack, and these what JS awaits.
        const held = source === "of JS" && api.getRuntime().name === "deno" ? ["raises_from", "has_a_group"] : [];
        for (const way of module.ways as Iterable<Py>) {
          if (held.includes(python.getAttr(way, "__name__") as string)) continue;
          for (let round = 0; round < ROUNDS; round++) await caught(async () => (await way(js)) as unknown);
        }
        let stay: unknown = undefined;
        for (let look = 0; look < 8 && String(stay) !== ""; look++) {
          await settle();
          stay = python.toJs(module.stay(MAY_STAY));
        }
        assert.deepEqual(stay, [], `Of ${ROUNDS} with an exception ${source}`);
      }
    },
    { needs: "collectGarbage", timeout: 120_000 },
  );

  test(
    "a rejected promise that only Python has is a promise again when JS gets it",
    async () => {
      const module = load(`
        kept = []
        async def keep(js):
            kept.append(js())
            try:
                await kept[0]
            except Exception as error:
                return str(error)
        async def again():
            try:
                await kept[0]
            except Exception as error:
                return str(error)
        def give(take):
            return take(kept[0])
        def react(function):
            return kept[0].then(None, function)
      `);
      assert.equal(await module.keep(() => Promise.reject(new RangeError("mine"))), "RangeError: mine");
      for (let round = 0; round < 3; round++) await settle();
      assert.equal(await module.again(), "RangeError: mine");
      let given: unknown;
      module.give((promise: unknown) => void (given = promise));
      assert.ok(given instanceof Promise);
      assert.equal((await caught(() => given as Promise<unknown>)).message, "mine");
      for (let round = 0; round < 3; round++) await settle();
      assert.equal(await module.react((error: Error) => error.message), "mine");
      module.kept.clear();
    },
    { needs: "collectGarbage" },
  );
};
