/**
 * Handles: the JS face of Python objects.
 *
 * A handle is a Proxy. What it needs to know is in its {@link Handle}, which is the Proxy's handler as well, so that a handle is three small objects. The target of
 * a callable is a closure: the engine then calls it directly, without a trap.
 */
import { Trait } from "../binding.ts";
import type { Ref } from "../binding.ts";
import { InterloopError, isPyError } from "../errors.ts";
import { deleteNamed, descriptorOf, hasItem, itemAt, missingAttribute, namesItem, ownKeysOf, setItemAt, setNamed } from "./data.ts";
import { withCallHints } from "./error-hints.ts";
import { construct, functionMember, functionProperty, isInstanceOf } from "./functions.ts";
import { callBridge, callBridgeInContext } from "../environment/bridge-functions.ts";
import { iterate, iterateAsync } from "./iterate.ts";
import { isKwargs } from "../convert/kwargs.ts";
import type { Kwargs } from "../convert/kwargs.ts";
import { adopt, giveBack } from "../environment/finalization.ts";
import { awaitHandle, binding, environment, prepare, tracksContext } from "../environment/environment.ts";
import type { Handle, Origin } from "../environment/context.ts";
import type { PyObject } from "../environment/py-object.ts";
import { pythonThen } from "./then-method.ts";
import { HANDLE, handleOf, live } from "../environment/refs.ts";

const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** What the Proxy of an object that cannot be called stands on. Engines tell its name where a handle cannot be cloned. Bun calls `inspect` with it for `this`. */
const Target = class PythonObject {
  readonly #handle: Handle;
  constructor(handle: Handle) {
    this.#handle = handle;
  }
  static handleOf(value: unknown): Handle | undefined {
    return typeof value === "object" && value !== null && #handle in value ? value.#handle : undefined;
  }
};
Object.defineProperty(Target.prototype, INSPECT, { value: inspect });

/** The state of a handle, and the traps of its Proxy. */
class HandleTraps implements Handle, ProxyHandler<object> {
  ref: Ref;
  awaitable: boolean;
  readonly coroutine: boolean;
  readonly isType: boolean;
  readonly #hasThen: boolean;
  promise: Promise<unknown> | undefined = undefined;
  conversion = -1;
  share: (() => Promise<unknown>) | undefined = undefined;
  origin: Origin | undefined = undefined;
  proxy: PyObject = undefined as never;
  #then: PromiseLike<unknown>["then"] | undefined = undefined;

  constructor(ref: Ref, traits: number) {
    this.ref = ref;
    this.awaitable = (traits & Trait.awaitable) !== 0;
    this.coroutine = (traits & Trait.coroutine) !== 0;
    this.isType = (traits & Trait.class) !== 0;
    this.#hasThen = (traits & Trait.hasThen) !== 0;
  }

  get(target: object, key: string | symbol): unknown {
    if (typeof key === "symbol") return key === Symbol.hasInstance && this.isType ? isInstanceOf : this.#symbol(key);
    if (key === "then") return this.awaitable ? (this.#then ??= thenOf(this)) : this.#hasThen ? pythonThen(this) : undefined;
    const { ref } = this;
    // A coroutine that was awaited is gone, its promise is not.
    if (ref === 0) return promiseMethod(this, key) ?? live(this);
    if (namesItem(key)) return itemAt(this.proxy, key);
    try {
      if (tracksContext) prepare();
      return binding.getAttr(ref, key);
    } catch (error) {
      return orMissing(error, this, key, typeof target === "function");
    }
  }

  set(_target: object, key: string | symbol, value: unknown): boolean {
    if (typeof key === "symbol")
      throw new InterloopError("bad-argument", `A handle takes no property named by ${String(key)}: convert the object with python.toJs`);
    const ref = live(this);
    if (namesItem(key)) {
      setItemAt(this.proxy, key, value);
      return true;
    }
    if (tracksContext) prepare();
    if (binding.setAttr(ref, key, value, true) === false) setNamed(this.proxy, key, value);
    return true;
  }

  has(_target: object, key: string | symbol): boolean {
    if (typeof key === "symbol") return this.#symbol(key) !== undefined;
    if (key === "then" || key === "catch" || key === "finally") {
      if (this.awaitable) return true;
      if (key === "then") return this.#hasThen;
    }
    live(this);
    return (callBridgeInContext("hasattr", this.proxy, key) as boolean) || hasItem(this.proxy, key);
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    if (typeof key === "symbol") return false;
    const ref = live(this);
    if (tracksContext) prepare();
    if (binding.deleteAttr(ref, key, true) === false) deleteNamed(this.proxy, key);
    return true;
  }

  ownKeys(): string[] {
    live(this);
    return ownKeysOf(this.proxy);
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    if (typeof key === "symbol" || (key === "then" && !this.awaitable)) return undefined;
    live(this);
    return descriptorOf(this.proxy, key) ?? (typeof target === "function" ? functionProperty(this.proxy, key) : undefined);
  }

  /** `new Class(...)`, of a class only. */
  construct(target: object, args: unknown[], newTarget: unknown): object {
    return construct(this.proxy, target, args, newTarget);
  }

  defineProperty(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }

  setPrototypeOf(): boolean {
    return false;
  }

  #symbol(key: symbol): unknown {
    switch (key) {
      case HANDLE:
        return this;
      case Symbol.toPrimitive:
        return toPrimitive;
      case Symbol.iterator:
        return iterate;
      case Symbol.asyncIterator:
        // As of arrays and Maps: frameworks send what has it as a stream, and `for await` takes the other one.
        return callBridge("is_collection", this.proxy) === true ? undefined : iterateAsync;
      case Symbol.isConcatSpreadable:
        return callBridgeInContext("data_kind", this.proxy) === "sequence";
      case Symbol.dispose:
        return dispose;
      case Symbol.toStringTag:
        return "PyObject";
      case INSPECT:
        return inspect;
      default:
        return undefined;
    }
  }
}

// Short chains: the engine looks for traps that are not there at every call.
Object.setPrototypeOf(HandleTraps.prototype, null);

/** Make the handle of a Python object; the Ref's one count passes to it. */
export function wrap(ref: Ref, traits: number): PyObject {
  const handle = new HandleTraps(ref, traits);
  const proxy = new Proxy((traits & Trait.callable) === 0 ? new Target(handle) : callable(handle, traits), handle) as PyObject;
  handle.proxy = proxy;
  if (tracksContext && handle.awaitable) handle.origin = environment.origin();
  adopt(handle);
  return proxy;
}

function callable(handle: Handle, traits: number): object {
  const coroutineFunction = (traits & Trait.coroutineFunction) !== 0;
  const call = (...args: unknown[]): unknown => {
    const ref = handle.ref;
    if (ref === 0) live(handle);
    if (tracksContext && !coroutineFunction) return callCarrying(ref, args);
    const count = args.length;
    let named: Kwargs | undefined;
    if (count !== 0) {
      const last = args[count - 1];
      if (typeof last === "object" && last !== null && isKwargs(last)) named = last;
    }
    try {
      if (named !== undefined) return callWith(ref, args, named);
      switch (count) {
        case 0:
          return binding.call(ref);
        case 1:
          return binding.call(ref, args[0]);
        case 2:
          return binding.call(ref, args[0], args[1]);
        case 3:
          return binding.call(ref, args[0], args[1], args[2]);
        case 4:
          return binding.call(ref, args[0], args[1], args[2], args[3]);
        default:
          return binding.call(ref, ...args);
      }
    } catch (error) {
      throw withCallHints(error, args);
    }
  };
  if ((traits & Trait.class) !== 0) return asTarget(constructible(call), handle);
  return asTarget(call, handle);
}

/** A target that `new` takes: a bound function, which unlike others has no `prototype` that the handle would have to show. */
function constructible(call: (...args: unknown[]) => unknown): object {
  return function (...args: unknown[]): unknown {
    return call(...args);
  }.bind(undefined);
}

function asTarget(call: object, handle: Handle): object {
  // Inspectors read this from a Proxy's target, and Bun calls it with the target for `this`.
  (call as { [INSPECT]?: unknown })[INSPECT] = inspect;
  (call as { [HANDLE]?: Handle })[HANDLE] = handle;
  return call;
}

function callWith(ref: Ref, args: unknown[], named: Kwargs): unknown {
  return binding.callWith(ref, args.slice(0, -1), named._names, named._values);
}

/** The same with an async context or task-locals to go along. */
function callCarrying(ref: Ref, args: unknown[]): unknown {
  const last = args[args.length - 1];
  const named = typeof last === "object" && last !== null && isKwargs(last) ? last : undefined;
  const origin = prepare();
  const frame = environment.frame.carry(origin);
  environment.frame = frame;
  try {
    return named === undefined ? binding.call(ref, ...args) : callWith(ref, args, named);
  } catch (error) {
    throw withCallHints(error, args);
  } finally {
    environment.frame = frame.pop();
  }
}

function thenOf(handle: Handle): PromiseLike<unknown>["then"] {
  return (onValue, onError) => (handle.promise ?? awaitHandle(handle)).then(onValue, onError);
}

/** `catch` and `finally` of an awaitable. */
function promiseMethod(handle: Handle, key: string): unknown {
  if (!handle.awaitable || (key !== "catch" && key !== "finally")) return undefined;
  return (argument: never): Promise<unknown> => (handle.promise ?? awaitHandle(handle))[key](argument);
}

function orMissing(error: unknown, handle: Handle, key: string, isCallable: boolean): unknown {
  if (!isPyError(error) || error.name !== "AttributeError" || callBridge("is_missing", error.value, handle.proxy, key) !== true) throw error;
  const member = isCallable ? functionMember(handle.proxy, key, handle.isType) : undefined;
  if (member !== undefined) return member;
  return promiseMethod(handle, key) ?? missingAttribute(handle.proxy, key);
}

function dispose(this: unknown): void {
  const handle = handleOf(this);
  if (handle === undefined || handle.ref === 0) return;
  const ref = handle.ref;
  handle.ref = 0;
  giveBack(ref);
}

function inspect(this: unknown): string {
  const handle = Target.handleOf(this) ?? (typeof this === "function" ? (this as { [HANDLE]?: Handle })[HANDLE] : handleOf(this));
  if (handle === undefined) return "PyObject {}";
  return handle.ref === 0 ? "[disposed PyObject]" : (callBridgeInContext("repr", handle.proxy) as string);
}

function toPrimitive(this: unknown, hint: string): unknown {
  return callBridgeInContext("to_primitive", this, hint);
}
