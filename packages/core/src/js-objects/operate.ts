/** What Python does to a JS object: one function, told which operation by number. */
import { Operation, CallSlot } from "../binding.ts";
import type { JsId } from "../binding.ts";
import { annotationsOf } from "./annotations.ts";
import { isInstance, isSubclass } from "./classes.ts";
import { addPythonFrames } from "../errors/exceptions.ts";
import { arrowKind, describeArrow } from "../convert/arrow.ts";
import { byReference } from "../convert/js-ref.ts";
import { closeIterator, leaveIterator, stepIterator, throwIntoIterator } from "./iterators.ts";
import { kindOf as functionKindOf } from "../convert/function-kind.ts";
import { collectHandles } from "../environment/finalization.ts";
import { binding, environment, iterateAsync, callSlots } from "../environment/environment.ts";
import { callSite, tellCallers } from "../errors/crossing-origins.ts";
import { describe, isPlain, isSequence } from "../convert/describe.ts";
import type { Indexable, Sequence } from "../convert/describe.ts";
import { memoryOf } from "../convert/js-memory.ts";
import { Refusal } from "../errors/unsupported.ts";
import { isError, isMap, isPlainPrototype, isPromise, isSet } from "../realms.ts";

/** `Hooks.operate`. Whatever it throws becomes the Python exception. What is read of an object is a reference, as the object itself is: a change of it is seen in JS. */
export function operate(operation: number, id: JsId, a?: unknown, b?: unknown): unknown {
  if (operation === Operation.cancelCall) {
    environment.served.get(id)?.abort(a);
    return undefined;
  }
  if (operation === Operation.currentLoop) return environment.currentLoop();
  if (operation === Operation.callSite) return callSite();
  if (operation === Operation.collect) return collectHandles();
  if (operation === Operation.loosen) return environment.values.loosen(id, a as number);
  if (operation === Operation.revive) return environment.values.revive(id, () => rejected(a));
  if (operation === Operation.leave) {
    leaveIterator(id, a === true);
    return undefined;
  }
  if (operation >= Operation.runSignals) {
    environment.ofProcess(operation, id, a, b);
    return undefined;
  }
  const target = environment.values.get(id) as Indexable;
  callSlots[CallSlot.missing] = 0;
  switch (operation) {
    case Operation.get:
      return byReference(read(target, a as string));
    case Operation.set:
      write(target, a as string, b);
      return undefined;
    case Operation.delete:
      return remove(target, a as string);
    case Operation.getItem:
      return byReference(getItem(target, a));
    case Operation.setItem:
      setItem(target, a, b);
      return undefined;
    case Operation.deleteItem:
      return deleteItem(target, a);
    case Operation.length:
      return lengthOf(target);
    case Operation.iterate:
      return iterate(target);
    case Operation.next:
      return stepIterator(target, a);
    case Operation.contains:
      return contains(target, a);
    case Operation.string:
      return stringOf(target);
    case Operation.describe:
      return describe(target);
    case Operation.names:
      return namesOf(target);
    case Operation.watch:
      return watch(id, target);
    case Operation.abandon:
      abandon(target);
      return undefined;
    case Operation.construct:
      return byReference(Reflect.construct(target as unknown as new (...args: unknown[]) => unknown, Array.from(a as Iterable<unknown>)));
    case Operation.cancel:
      cancel(id, target, a);
      return undefined;
    case Operation.addPythonFrames:
      addPythonFrames(target, a as string);
      return undefined;
    case Operation.memory:
      return memoryOf(target);
    case Operation.member:
      return member(target, a as WellKnown);
    case Operation.instanceOf:
      return isInstance(target, a);
    case Operation.subclassOf:
      return isSubclass(target, a);
    case Operation.functionKind:
      return typeof target === "function" ? functionKindOf(target) : "plain";
    case Operation.iterateAsync:
      return iterateAsync(target, a !== false, b === true);
    case Operation.throw:
      return throwIntoIterator(target, a);
    case Operation.close:
      closeIterator(target);
      return undefined;
    default:
      throw new RangeError(`There is no operation ${operation}`);
  }
}

/** Whoever gets it decides whether to handle it. */
function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return promise;
}

/** What Python asks of an object beyond its properties. `__name__` and the like are properties that Python, or somebody with Python in mind, has put there. */
type WellKnown = "dispose" | "asyncDispose" | "annotations" | "arrow" | "arrowKind" | "fields" | "kind" | `__${string}__`;

function member(target: Indexable, name: WellKnown): unknown {
  if (name === "annotations") return annotationsOf(target) ?? missing();
  if (name === "kind") return functionKindOf(target);
  if (name === "fields") return fieldsOf(target);
  if (name === "arrow" || name === "arrowKind") return (name === "arrow" ? describeArrow(target) : arrowKind(target)) ?? missing();
  if (name.startsWith("__")) return Object.hasOwn(target, name) ? byReference(target[name]) : missing();
  const symbol = Symbol[name as "dispose" | "asyncDispose"];
  return symbol === undefined ? missing() : (target[symbol] ?? missing());
}

function missing(): undefined {
  callSlots[CallSlot.missing] = 1;
  return undefined;
}

/** The names of an object's own properties. What the engine or the runtime keeps elsewhere (an Error, a URL, a symbol) has none that would say what it is. */
function fieldsOf(target: object): unknown {
  const names = Object.keys(target);
  const isRecord = typeof target === "function" || (typeof target === "object" && !isError(target) && (names.length > 0 || isPlain(target)));
  return isRecord ? names : missing();
}

/** What Python means by these names: `get` and `pop` have arguments that JS ignores, and there are views. */
const OF_MAPPINGS: ReadonlySet<PropertyKey> = new Set(["get", "keys", "values"]);

function read(target: Indexable, key: PropertyKey): unknown {
  if ((isMap(target) && OF_MAPPINGS.has(key)) || (key === "pop" && Array.isArray(target)) || (key === "keys" && isSequence(target))) return missing();
  return readProperty(target, key);
}

function readProperty(target: Indexable, key: PropertyKey): unknown {
  const value = target[key];
  return value === undefined && !has(target, key) ? missing() : value;
}

function has(target: unknown, key: PropertyKey): boolean {
  return isObject(target) && key in target;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function write(target: Indexable, key: PropertyKey, value: unknown): void {
  if (!Reflect.set(target, key, value)) throw new Refusal("AttributeError", `The property "${String(key)}" of ${describe(target)} cannot be set`);
}

function remove(target: Indexable, key: PropertyKey): undefined {
  if (!has(target, key)) return missing();
  if (!Reflect.deleteProperty(target, key)) throw new Refusal("AttributeError", `The property "${String(key)}" of ${describe(target)} cannot be deleted`);
  return undefined;
}

/** The index in `target` that Python means, or -1. */
function indexIn(target: Sequence, key: unknown): number {
  if (typeof key !== "number" && typeof key !== "bigint") throw new Refusal("TypeError", `Indices of ${describe(target)} must be integers`);
  const index = Number(key) < 0 ? Number(key) + target.length : Number(key);
  return index >= 0 && index < target.length ? index : -1;
}

function keyOf(key: unknown): PropertyKey {
  return typeof key === "symbol" ? key : String(key);
}

function getItem(target: Indexable, key: unknown): unknown {
  if (isSequence(target)) {
    const index = indexIn(target, key);
    return index < 0 ? missing() : target[index];
  }
  if (isMap(target)) {
    const value: unknown = target.get(key);
    return value === undefined && !target.has(key) ? missing() : value;
  }
  // As with a dict: what every object inherits is no item.
  if (isPlain(target) && !Object.hasOwn(target, keyOf(key))) return missing();
  // Headers, URLSearchParams, FormData: their items are no properties.
  if (isMapLike(target) && !(keyOf(key) in target)) return target.has(key) ? target.get(key) : missing();
  return readProperty(target, keyOf(key));
}

function isMapLike(target: Indexable): target is Indexable & Pick<Map<unknown, unknown>, "get" | "has"> {
  return typeof target["get"] === "function" && typeof target["has"] === "function" && typeof target["keys"] === "function";
}

function setItem(target: Indexable, key: unknown, value: unknown): void {
  if (isSequence(target)) {
    const index = indexIn(target, key);
    if (index < 0) throw new Refusal("IndexError", `The index ${String(key)} is out of range for ${describe(target)}`);
    write(target, index, value);
  } else if (isMap(target)) target.set(key, value);
  else if (isPlain(target)) defineOwn(target, keyOf(key), value);
  else write(target, keyOf(key), value);
}

/** As an assignment, but for `__proto__`, which would change the prototype. */
function defineOwn(target: Indexable, key: PropertyKey, value: unknown): void {
  if (key !== "__proto__") write(target, key, value);
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

function deleteItem(target: Indexable, key: unknown): undefined {
  if (Array.isArray(target)) {
    const index = indexIn(target, key);
    if (index < 0) return missing();
    target.splice(index, 1);
    return undefined;
  }
  if (isMap(target) || isSet(target)) return target.delete(key) ? undefined : missing();
  return isPlain(target) && !Object.hasOwn(target, keyOf(key)) ? missing() : remove(target, keyOf(key));
}

function lengthOf(target: Indexable): number {
  for (const key of ["length", "size"]) {
    const value = typeof target === "function" ? undefined : target[key];
    if (typeof value === "number") return value;
  }
  if (isPlain(target)) return Object.keys(target).length;
  throw new Refusal("TypeError", `${describe(target)} has no length`);
}

function iterate(target: Indexable): unknown {
  // As with a dict: the keys.
  if (isMap(target)) return new References(target.keys());
  if (isSet(target) || isSequence(target)) return new References((target as unknown as Iterable<unknown>)[Symbol.iterator]());
  const make = target[Symbol.iterator];
  if (typeof make === "function") return (make as () => unknown).call(target);
  const isAsync = typeof target[Symbol.asyncIterator] === "function";
  if (!isAsync && typeof target["next"] === "function") return target;
  if (!isAsync && isPlain(target)) return Object.keys(target).values();
  let hint = "";
  if (isAsync) hint = ": it is asynchronous, so Python iterates over it with async for";
  else if (typeof target["then"] === "function")
    hint = ": a promise has to be awaited. Declare the function that returns it async, and Python takes it for a coroutine function";
  throw new Refusal("TypeError", `${describe(target)} is not iterable${hint}`);
}

/** The items of a container that is a reference are references. What a generator makes is data. */
class References {
  readonly #items: Iterator<unknown>;

  constructor(items: Iterator<unknown>) {
    this.#items = items;
  }

  next(): IteratorResult<unknown, unknown> {
    const step = this.#items.next();
    return step.done === true ? step : { done: false, value: byReference(step.value) };
  }
}

function contains(target: Indexable, value: unknown): boolean {
  if (isSequence(target)) return target.includes(value);
  if (isMap(target) || isSet(target)) return target.has(value);
  if (!isPlain(target) && typeof target[Symbol.iterator] === "function") {
    for (const item of target as unknown as Iterable<unknown>) if (Object.is(item, value)) return true;
    return false;
  }
  return isPlain(target) ? Object.hasOwn(target, keyOf(value)) : has(target, keyOf(value));
}

function stringOf(target: Indexable): string {
  if (typeof target === "symbol") return String(target);
  // An object without a prototype has no text of its own.
  const speaks = typeof target["toString"] === "function" || target[Symbol.toPrimitive] !== undefined;
  return speaks ? String(target) : describe(target);
}

function namesOf(target: object): string[] {
  const names = new Set<string>();
  for (let object: object | null = target; object !== null; object = Object.getPrototypeOf(object) as object | null) {
    if (object === Function.prototype || isPlainPrototype(object)) break;
    for (const name of Object.getOwnPropertyNames(object)) names.add(name);
  }
  return [...names];
}

function watch(id: JsId, target: Indexable): undefined {
  const thenable = target as unknown as PromiseLike<unknown>;
  if (typeof thenable.then !== "function") throw new Refusal("TypeError", `${describe(target)} cannot be awaited; it is neither a promise nor a thenable`);
  const call = environment.returned.get(target);
  environment.returned.delete(target);
  environment.follow(id, target, isPromise(target) ? target : Promise.resolve(thenable), call);
  if (call !== undefined && call.follow(target as unknown as Promise<unknown>, id) < 0) binding.observe(id);
  callSlots[CallSlot.promise] = id;
  return undefined;
}

function abandon(target: object): void {
  // A derived promise that nobody handles: if the rejection is there, or comes, JS reports it as unhandled.
  void Promise.resolve(target).then(undefined, (error: unknown) => {
    tellCallers(target, error);
    throw error;
  });
}

function cancel(id: JsId, target: object, why: unknown): void {
  const observers = environment.observers.get(target);
  const index = observers?.findLastIndex((observer) => observer.id === id) ?? -1;
  if (index >= 0) observers!.splice(index, 1)[0]!.abort(why);
}
