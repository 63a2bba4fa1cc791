import type { Ref } from "../binding.ts";
import { binding } from "../environment/environment.ts";
import type { Cancellable, HandleOwner, Locals } from "../environment/context.ts";
import { callBridgeInContext } from "../environment/bridge-functions.ts";
import { untracked, track } from "../environment/finalization.ts";
import { wrap } from "../handles/handle.ts";
import type { PyObject } from "../environment/py-object.ts";
import { refOf } from "../environment/refs.ts";

/** What a Python task needs to know of where it belongs. Programs see it with `withRunningLoop`, which may have to start Python (`run/task-locals.ts`). */
export class TaskLocals implements Locals {
  /** @internal */
  readonly _loop: PyObject | undefined;
  /** @internal */
  readonly _context: PyObject | undefined;
  /** @internal */
  declare readonly _call?: Cancellable | undefined;
  /** @internal */
  declare readonly _given?: Locals | null;
  /** @internal */
  declare readonly _handles?: HandleOwner | undefined;

  /**
   * Locals of `eventLoop`, without a context. Mirrors `TaskLocals::new`.
   *
   * @throws InterloopError `bad-argument` when `eventLoop` is not a handle.
   */
  constructor(eventLoop: PyObject) {
    refOf(eventLoop, "The event loop");
    this._loop = eventLoop;
    this._context = undefined;
  }

  /** The event loop. Mirrors `TaskLocals::event_loop`. */
  get eventLoop(): PyObject {
    return this._loop!;
  }

  /** The `contextvars.Context`, or undefined when none was given. Mirrors `TaskLocals::context`. */
  get context(): PyObject | undefined {
    return this._context;
  }

  /** @internal */
  get _contextRef(): Ref {
    return this._context === undefined ? 0 : refOf(this._context, "The context");
  }

  /**
   * The same loop with `context`, a `contextvars.Context`. A task that is started with these locals runs in a copy of it. Mirrors `TaskLocals::with_context`.
   *
   * @throws InterloopError `bad-argument` when `context` is not a handle.
   */
  withContext(context: PyObject): TaskLocals {
    refOf(context, "The context");
    return derive(this.eventLoop, context);
  }

  /** The same loop with a copy of the Python context that is current here. Mirrors `TaskLocals::copy_context`. */
  copyContext(): TaskLocals {
    return derive(this.eventLoop, callBridgeInContext("copy_context") as PyObject);
  }
}

/** A copy of `locals` that carries `call` along. */
export function withCall(locals: Locals | undefined, call: Cancellable): TaskLocals {
  if (locals === undefined) return new CallOnly(call) as unknown as TaskLocals;
  return Object.create(locals, { _call: { value: call }, _given: { value: locals } }) as TaskLocals;
}

/** A copy of `locals` for code whose handles belong to `handles`. */
export function withHandles(locals: Locals | undefined, handles: HandleOwner): TaskLocals {
  return Object.create(locals ?? TaskLocals.prototype, { _handles: { value: handles }, _given: { value: given(locals) ?? null } }) as TaskLocals;
}

/** The locals that the program gave, without the call that they carry. */
export function given(locals: Locals | undefined): Locals | undefined {
  return locals === undefined || locals._given === undefined ? locals : (locals._given ?? undefined);
}

function derive(loop: PyObject, context: PyObject): TaskLocals {
  return Object.create(TaskLocals.prototype, {
    _loop: { value: loop },
    _context: { value: context },
  }) as TaskLocals;
}

/**
 * The locals of a JS function that Python calls. They are made at every call that needs them, so handles are made when somebody asks.
 * A class apart that inherits the methods: the constructor of TaskLocals would check and wrap.
 */
export class CallLocals implements Locals {
  readonly _contextRef: Ref;
  readonly _loop: PyObject | undefined;
  readonly _call: Cancellable | undefined;
  readonly #defaultLoop: () => PyObject;
  #context: PyObject | undefined = undefined;

  /** The count of `context` passes to this object, unless it is `shared`. `loop` undefined is the default one, found by `defaultLoop`. */
  constructor(context: Ref, shared: boolean, loop: PyObject | undefined, defaultLoop: () => PyObject, call: Cancellable | undefined) {
    this._contextRef = context;
    this._loop = loop;
    this._call = call;
    this.#defaultLoop = defaultLoop;
    if (!shared) track(this, context);
  }

  get eventLoop(): PyObject {
    return this._loop ?? this.#defaultLoop();
  }

  get context(): PyObject {
    return (this.#context ??= untracked(() => wrap(binding.duplicate(this._contextRef), 0)));
  }
}

Object.setPrototypeOf(CallLocals.prototype, TaskLocals.prototype);

/** No locals, and a call that they carry. One is made for each call once somebody has asked for a signal, and defining its properties would cost more than the call. */
class CallOnly {
  readonly _loop: undefined = undefined;
  readonly _context: undefined = undefined;
  readonly _given: null = null;
  readonly _call: Cancellable;

  constructor(call: Cancellable) {
    this._call = call;
  }
}

Object.setPrototypeOf(CallOnly.prototype, TaskLocals.prototype);
