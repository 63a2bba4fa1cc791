/** The types of handles, as programs see them; `py-types.ts` has those of Python's own types. `handles/handle.ts` makes handles. */

/** The key of a property that exists in types only: it tells {@link Python.toJs} what becomes of such a handle. */
export declare const toJsForm: unique symbol;

/**
 * What every handle has, and nothing else: the base of handles whose Python type is known, such as those that `interloop types` declares. It has no index signature, so a name that the type does not declare is an error
 * in TypeScript. {@link PyObject} is the handle of which nothing is known. Interfaces of your own may extend either.
 *
 * @example
 * ```ts
 * import { python, type PyHandle } from "@interloop/node";
 *
 * interface Point extends PyHandle {
 *   readonly x: number;
 *   readonly y: number;
 * }
 * const point = python.eval<Point>("__import__('types').SimpleNamespace(x=1, y=2)");
 * console.log(point.x + point.y); // 3
 * ```
 */
export interface PyHandle {
  /** Let go of the Python object. The handle cannot be used afterwards (`handle-disposed`). Calls nothing of the object's own. */
  [Symbol.dispose](): void;
  /** `str(object)`, or the number that the object stands for. */
  [Symbol.toPrimitive](hint: string): string | number | bigint;
  readonly [Symbol.toStringTag]: string;
}

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
export interface PyObject extends PyHandle {
  /** A Python attribute. The type says nothing, because Python's does not either; a more exact one only gets in the way under `noUncheckedIndexedAccess`. */
  [attribute: string]: any;
  /** `iter(object)`. `next(value)` sends, `return()` closes, `throw(error)` throws into a Python generator; `value` of the step that is `done` is what it returned. */
  [Symbol.iterator](): Generator<any, any, any>;
  /** `aiter(object)`, or `iter(object)` of what only `for` takes. It runs on demand; leaving early closes the source, and cancels what that awaits. */
  [Symbol.asyncIterator](): AsyncGenerator<any, any, any>;
}

/** The handle of something that can be called. `T` is what the call returns. */
export interface PyCallable<T = PyAwaitable & PyObject> extends PyObject {
  (...args: unknown[]): T;
}

/**
 * What a Python call returned, when it can be awaited. It has no attributes in TypeScript, so an `await` that was forgotten is an error where the result is used. Awaiting runs it in a Task of the current loop, once: awaited again it gives the same result.
 *
 * @example
 * ```ts
 * import { python } from "@interloop/node";
 *
 * console.log(await python.import("asyncio").sleep(0.01, "done")); // done
 * ```
 */
export interface PyAwaitable<T = PyObject> extends PyHandle, PromiseLike<T> {
  then: PromiseLike<T>["then"];
  /** As of a promise, unless Python has an attribute of that name. It begins the Task, as `then` does. */
  catch: Promise<T>["catch"];
  /** As of a promise. */
  finally: Promise<T>["finally"];
}
