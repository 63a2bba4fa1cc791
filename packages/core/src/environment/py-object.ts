/** The types of handles, as programs see them. `handles/handle.ts` makes handles. */

/**
 * The handle of a Python object.
 *
 * Its properties are Python's attributes. Where there is no such attribute, a number gives the item at that place, a name the item of a mapping (`dict`, a pandas or polars frame), `length` the length
 * of a sequence, `toString` its text, and `toJSON` what `JSON.stringify` writes; anything else reads as `undefined` (`python.getAttr` throws instead). Spread, `Object.keys` and deep equality see the items of mappings and
 * sequences and the fields of objects; for what has neither they throw `not-convertible`. What interloop adds has symbols for names. To JS every handle is true: `python.bool` asks Python. Two handles of one Python object are two JS objects: compare with `python.is`. Mirrors PyO3's `PyObject` / `Bound<PyAny>`.
 *
 * @example
 * ```ts
 * import { python } from "@interloop/node";
 *
 * const fractions = python.import("fractions");
 * const half = fractions.Fraction(1, 2);
 * console.log(half.numerator, `${half}`, Number(half)); // 1 1/2 0.5
 * console.log([...python.eval("{'a': 1, 'b': 2}")]); // [ 'a', 'b' ]
 * const order = python.eval("{'item': 'tea', 'prices': [2.5, 3]}");
 * console.log(order.prices[0], JSON.stringify({ order })); // 2.5 {"order":{"item":"tea","prices":[2.5,3]}}
 * ```
 */
export interface PyObject {
  /** A Python attribute. The type says nothing, because Python's does not either; a more exact one only gets in the way under `noUncheckedIndexedAccess`. */
  [attribute: string]: any;
  /** Let go of the Python object. The handle cannot be used afterwards (`handle-disposed`). Calls nothing of the object's own. */
  [Symbol.dispose](): void;
  /** `iter(object)`. `next(value)` sends, `return()` closes, `throw(error)` throws into a Python generator; `value` of the step that is `done` is what it returned. */
  [Symbol.iterator](): Generator<any, any, any>;
  /** `aiter(object)`, or `iter(object)` of what only `for` takes. It runs on demand; leaving early closes the source, and cancels what that awaits. */
  [Symbol.asyncIterator](): AsyncGenerator<any, any, any>;
  /** `str(object)`, or the number that the object stands for. */
  [Symbol.toPrimitive](hint: string): string | number | bigint;
  readonly [Symbol.toStringTag]: string;
}

/** The handle of something that can be called. `T` is what the call returns. */
export interface PyCallable<T = PyAwaitable> extends PyObject {
  (...args: unknown[]): T;
}

/**
 * What a Python call returned, when it can be awaited. Awaiting runs it in a Task of the current loop, once: awaited again it gives the same result.
 *
 * @example
 * ```ts
 * import { python } from "@interloop/node";
 *
 * console.log(await python.import("asyncio").sleep(0.01, "done")); // done
 * ```
 */
export interface PyAwaitable<T = PyObject> extends PyObject, PromiseLike<T> {
  then: PromiseLike<T>["then"];
  /** As of a promise, unless Python has an attribute of that name. It begins the Task, as `then` does. */
  catch: Promise<T>["catch"];
  /** As of a promise. */
  finally: Promise<T>["finally"];
}
