/** Copies and pickles of our exceptions: what executors, loggers and multiprocessing make of them. */
import assert from "node:assert/strict";
import type { Py } from "../py.ts";
import type { Topic } from "../suite.ts";

// Apart from the handles that a test has: a closure holds all that is in its scope, and its exception holds the closure.
const thrower = (value: unknown) => (): never => {
  throw value;
};

export const copiesOfErrors: Topic = ({ api, test, load }) => {
  const { python } = api;

  const module = (): Py =>
    load(`
      import copy, logging, logging.handlers, pickle, queue, sys, interloop
      def catch(f):
          try: f()
          except Exception as error: return error
      def facts(error):
          return [isinstance(error, interloop.JsError), str(error), getattr(error, "code", None), getattr(error, "stack", None), getattr(error, "__notes__", None), getattr(error, "extra", None)]
      def same(f):
          error = catch(f)
          error.extra = "kept"
          if hasattr(error, "add_note"): error.add_note("noted")
          copies = [copy.copy(error), copy.deepcopy(error), copy.deepcopy([error])[0]]
          pickles = [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
          return [all(facts(made) == facts(error) and made is not error for made in copies + pickles), all(made.value == error.value for made in copies), pickles[0].value]
      def again(f):
          def throw(error): raise error
          error = catch(f)
          return [throw, copy.copy(error), pickle.loads(pickle.dumps(error))]
      def queued(f):
          records = queue.Queue()
          logger = logging.Logger("queued")
          logger.addHandler(logging.handlers.QueueHandler(records))
          try: f()
          except Exception as error: logger.exception("failed with %s", error)
          return pickle.loads(pickle.dumps(records.get())).getMessage()
      def own(code, message): raise interloop.InterloopError(code, message)
      def grouped(f, g):
          if sys.version_info < (3, 11): return ["RangeError: far", "string: words"]
          group = ExceptionGroup("several", [catch(f), catch(g)])
          return [str(error) for error in pickle.loads(pickle.dumps(copy.deepcopy(group))).exceptions]
    `);

  const far = (): never => {
    throw new RangeError("far");
  };
  const thrown: readonly (readonly [string, unknown, unknown])[] = [
    ["an Error", new RangeError("far"), null],
    ["an Error with a cause", new RangeError("far", { cause: new TypeError("near") }), null],
    ["an AggregateError", new AggregateError([new RangeError("a"), new TypeError("b")], "several"), null],
    ["an InterloopError", new api.InterloopError("bad-argument", "no"), null],
    ["an object", { a: 1 }, null],
    ["a string", "words", "words"],
    ["a number", 7, 7],
    ["null", null, null],
  ];

  test("copy, deepcopy and pickle keep text, code, stack and notes; what was thrown stays in its process", () => {
    const m = module();
    for (const [what, value, pickled] of thrown) {
      const fail = (): never => {
        throw value;
      };
      assert.deepEqual(python.toJs(m.same(fail)), [true, true, pickled], what);
    }
    assert.deepEqual(python.toJs(m.same(python.import("functools").partial(m.own, "would-deadlock", "cannot wait"))), [true, true, null]);
    assert.deepEqual(
      python.toJs(
        m.grouped(far, () => {
          throw "words";
        }),
      ),
      ["RangeError: far", "string: words"],
    );
    assert.match(m.queued(far), /^failed with RangeError: far/);
  });

  test("a copy that is thrown into JS is the same error, a pickled one tells its text", () => {
    const original = new RangeError("far");
    const [raise, copied, pickled] = [...module().again(thrower(original))] as [Py, Py, Py];
    assert.throws(
      () => raise(copied),
      (error) => error === original,
    );
    assert.throws(
      () => raise(pickled),
      (error) => api.isPyError(error) && /RangeError: far/.test(error.message),
    );
  });

  test("a process pool gives back an exception of ours that its worker raised", () => {
    const pool = load(`
      import concurrent.futures, multiprocessing, interloop
      from interloop import InterloopError, JsError
      def run():
          # A child of its own, which has no JavaScript.
          with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
              out = []
              for make in (InterloopError("would-deadlock", "cannot wait"), JsError("RangeError", "far", "", None)):
                  future = pool.submit(type(make).__str__, make)
                  out.append(future.result())
              return out
    `);
    assert.deepEqual(python.toJs(pool.run()), ["cannot wait", "RangeError: far"]);
  });
};
