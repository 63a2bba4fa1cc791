/** The part of the contract with the addon (`binding.ts`) that says what Python does to JS objects. */

/** What Python does to a JS object; see `Hooks.operate`. */
export const Operation = {
  /** `a` is the property's name. Absent: `missing`. */
  get: 0,
  /** `a` is the property's name, `b` the value. */
  set: 1,
  /** `a` is the property's name. Absent: `missing`. */
  delete: 2,
  /** `obj[a]`: arrays and typed arrays by index (negative ones from the end), Map by key, other objects by property. Absent: `missing`. */
  getItem: 3,
  /** `obj[a] = b`. */
  setItem: 4,
  /** `del obj[a]`. Absent: `missing`. */
  deleteItem: 5,
  /** `len(obj)`: `length` or `size`; an error where there is neither. */
  length: 6,
  /** `iter(obj)`: a JS iterator. */
  iterate: 7,
  /** `next(obj)` of a JS iterator, or `obj.send(a)`. At its end: `missing`, or StopIteration with what a generator returned. */
  next: 8,
  /** `a in obj`. */
  contains: 9,
  /** `str(obj)`. */
  string: 10,
  /** `repr(obj)`. */
  describe: 11,
  /** `dir(obj)`: an array of property names, own and inherited (not those of Object.prototype). The answer is an array of strings. */
  names: 12,
  /** `await obj`: attach to the promise or thenable; answers in `CallSlot.promise`. An error when it is neither. */
  watch: 13,
  /** Python dropped a watched promise without having asked for its result; `a` is true when the rejection was already delivered. */
  abandon: 14,
  /** `a` is an array of arguments: `new obj(...a)`. */
  construct: 15,
  /** Whatever in Python waited for an observed promise has been cancelled: `a` is the text of the CancelledError, null when it has none. Otherwise `a` is the error: its loop was closed, or the CancelledError says more. */
  cancel: 16,
  /** A JS error comes home through Python: `a` is a stack's lines of the Python functions that it passed. */
  addPythonFrames: 17,
  /**
   * Python wants the memory of a typed array, DataView or (Shared)ArrayBuffer: a `MemoryLook`. Or a string: why there is none.
   */
  memory: 18,
  /** `a` names a well-known symbol: the method that the object has under it. Or it is `annotations`, `kind` (of a function), `fields` (the names of its own properties), `arrowKind` or `arrow` (what it is in Arrow's terms), or a name like `__wrapped__`: the own property of this name. None: `missing`. */
  member: 19,
  /** `isinstance(a, obj)`: `a instanceof obj`. */
  instanceOf: 20,
  /** `issubclass(a, obj)`. */
  subclassOf: 21,
  /** `aiter(obj)`: the handle of an async generator over what JS can iterate over. `a` is false when that is not to close the iterator `obj`, and true when it is, with `b` also one that was made before. */
  iterateAsync: 22,
  /** Whoever waited on another thread for the call `id` (a number of `Hooks.serve`) waits no longer: `a` is the error. */
  cancelCall: 23,
  /** The loop that conversions use here, made if need be. */
  currentLoop: 24,
  /** Where JS is now, in terms for Python: the innermost call of the program as a function, a file and a line, joined by NUL; "" when it is unknown. */
  callSite: 25,
  /** Python knows why the promise was rejected: `a` is how many of its objects that stand for the promise. Core keeps it weakly from now on, if nothing else in Python has it. */
  loosen: 26,
  /** Python uses such a promise again. If it was collected, make one that was rejected with `a`. */
  revive: 27,
  /** `obj.throw(a)` of a JS iterator, `a` being the exception; as `next`. */
  throw: 28,
  /** `obj.close()` of a JS iterator. */
  close: 29,
  /** Python has dropped an iterator that it owns, and with it one count: `return()` is called when no other Python object stands for it. With `a` nobody hears what that throws: it is reported. */
  leave: 30,
  /** What kind of function it is, as text (`FunctionKind`). */
  functionKind: 31,
  /** The memory of the process has grown by much: let go of what is behind handles that are garbage. */
  collect: 32,
  /** A signal came for which Python has a handler: run it (`NativeBinding.runSignals`). Operations from here on concern the process. */
  runSignals: 33,
  /** Python is about to take the signal `id`. */
  takeSignal: 34,
  /** Python has changed what belongs to the process: `a` is the working folder, `b` whether it was the time zone. */
  processChanged: 35,
} as const;
