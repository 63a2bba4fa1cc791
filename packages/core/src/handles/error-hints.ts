/** What the messages of Python's exceptions do not say, because Python does not know about JavaScript: what to do about them. */
import { isPyError } from "../errors.ts";
import { dataKind } from "../convert/data-writer.ts";
import { isReference } from "../convert/js-ref.ts";
import { isKwargs } from "../convert/kwargs.ts";
import { environment } from "../environment/environment.ts";
import { isMemory } from "../convert/js-memory.ts";

/** What json and orjson say of a JsObject. */
const NO_JSON = /\bJs(?:Array|Mapping|Object) is not JSON serializable|not JSON serializable: (?:interloop\.)?Js(?:Array|Mapping|Object)$/;
const NO_JSON_TYPES: ReadonlySet<string> = new Set(["TypeError", "JSONEncodeError"]);

/** What raises where no loop runs: asyncio, anyio and sniffio, aiohttp and its kin. */
const NO_LOOP =
  /no (running|current) event loop|not currently running on any asynchronous event loop|not in async context|(created|used) (within|inside|from) (an? )?(async|coroutine|task)/i;
const NO_LOOP_TYPES: ReadonlySet<string> = new Set(["RuntimeError", "NoEventLoopError", "AsyncLibraryNotFoundError"]);

const MEMORY =
  "a typed array is a memoryview in Python: python.toPy() makes bytes or an array.array of it, numpy.asarray() an array of numpy, Array.from() a list of its numbers";
const INSTANCE = 'an instance of a class crosses by reference: hand over plain data ({ ...object }), or python.toPy(object, { instance: "dict" })';

/** What is added to the message of an exception, by its type and message alone. `noLoop`: it was raised in a plain call, in which no event loop runs. Never throws. */
export function hintOf(type: string, message: string, noLoop: boolean): string {
  try {
    return hint(type, message, noLoop);
  } catch {
    return ""; // The stack is full: V8 throws a SyntaxError for a regular expression that it cannot compile there.
  }
}

function hint(type: string, message: string, noLoop: boolean): string {
  if (noLoop && NO_LOOP_TYPES.has(type) && NO_LOOP.test(message)) {
    return " (no event loop runs during a plain call from JavaScript: call this within python.inLoop(() => ...))";
  }
  if (NO_JSON_TYPES.has(type) && NO_JSON.test(message)) {
    return ': it is a reference to a JavaScript value; hand over plain data, or what python.toPy() makes of it (of an instance of a class: python.toPy(object, { instance: "dict" }))';
  }
  if (type === "ModuleNotFoundError" && message.startsWith("No module named")) {
    const { executable } = environment.info ?? {};
    return executable === undefined ? "" : ` (in the Python "${executable}")`;
  }
  if (message === "Object of type array is not JSON serializable") return "; of a typed array Array.from() makes a list of numbers, which JSON has";
  if (message.includes("python.")) return "";
  if (/\bmemoryview\b|<memory at 0x|sync request with an AsyncClient/.test(message)) return `; ${MEMORY}`;
  return "";
}

/** What Python says where it got a dict and wanted something else, or too many arguments. */
const UNWANTED =
  /positional argument|keyword argument|takes (?:no|at most|at least|exactly|from|\d+) |missing \d+ required|expected (?:at most |at least |exactly )?\d+ arguments?, got|(?:not|got|of type|from|unhashable type:) '?dict'?/;
/** What it says where a list is no tuple, or no array. */
const NO_TUPLE = /\btuples?\b|'list' object|\blist to\b|[:r] \[/;
/** What databases say of a dict or list as a parameter. */
const NO_COLUMN = /cannot adapt type '(?:dict|list)'|type '(?:dict|list)' is not supported|probably unsupported type|Invalid input of type: '(?:dict|list)'/;
const NO_BYTES = /\bbytes\b|\bread\b|\bbuffer\b/;
const NO_JSON_DATA = /Object of type \w+ is not JSON serializable$/;
const OF_JS = /\bJsObject\b|<JS \w+>/;
const OF_REFERENCE = /\bJs(?:Array|Mapping)\b/;

/** The error of a call, which names the remedy when an argument was perhaps not what Python takes it for. */
export function withCallHints(error: unknown, args: readonly unknown[]): unknown {
  if (!isPyError(error) || args.length === 0) return error;
  try {
    if (/python\.|kwargs\(| of JavaScript /.test(error.message)) return error;
    const hint = hintOfCall(error.name, error.message, args);
    if (hint !== undefined) error.message += `; ${hint}`;
  } catch {
    // The stack is full.
  }
  return error;
}

function hintOfCall(type: string, message: string, args: readonly unknown[]): string | undefined {
  const last = args[args.length - 1];
  if (type === "TypeError" && typeof last === "object" && last !== null && dataKind(last) === "object" && UNWANTED.test(message)) {
    const names = Object.keys(last);
    const shown = names.slice(0, 4).join(", ") + (names.length > 4 ? ", …" : "");
    return `the last argument is a plain object, which becomes a dict: for keyword arguments use kwargs({ ${shown} })`;
  }
  if (NO_JSON_DATA.test(message) && find(args, (value) => dataKind(value) === "date" || dataKind(value) === "set" || isMemory(value))) {
    return "the option default of dumps says what becomes of it, as in kwargs({ default: python.builtins.str })";
  }
  if (NO_COLUMN.test(message) && find(args.slice(1), (value) => dataKind(value) === "object" || dataKind(value) === "array")) {
    return "objects and Arrays are dicts and lists in Python, which are no values here: JSON.stringify(value) makes a text, and psycopg's Jsonb(value) what a jsonb column takes";
  }
  if (OF_REFERENCE.test(message) && find(args, isReference)) return "python.ref() hands over the value itself: python.toPy() makes a list or dict of it";
  const remedy = remedyOf(args, type === "TypeError" || type === "AttributeError" || OF_JS.test(message));
  if (remedy !== undefined) return remedy;
  if (OF_JS.test(message) && find(args, (value) => dataKind(value) === undefined && !isMemory(value))) return INSTANCE;
  if (NO_BYTES.test(message) && find(args, isMemory)) return MEMORY;
  if (NO_TUPLE.test(message) && find(args, (value) => dataKind(value) === "array" && !Object.isFrozen(value))) {
    return "an Array is a list in Python: python.tuple(...) makes a tuple, numpy.array(...) an array";
  }
  return undefined;
}

/** Objects of JS that Python has its own kind of. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["URL", "a URL is an object of JavaScript: String(url) is its text"],
  ["RegExp", 'a RegExp is an object of JavaScript: python.import("re").compile(regexp.source) makes a pattern of it'],
  ["Blob", "a Blob is an object of JavaScript: python.toPy(await blob.bytes()) makes bytes of it"],
]);

function remedyOf(args: readonly unknown[], applies: boolean): string | undefined {
  let remedy: string | undefined;
  const isKnown = (value: object): boolean =>
    (remedy = INSTEAD.get(String((value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] ?? (value instanceof RegExp ? "RegExp" : "")))) !==
    undefined;
  return applies && find(args, isKnown) ? remedy : undefined;
}

/** How deep a value of the wrong kind is looked for. */
const LEVELS = 3;

/** Is there such an object among the arguments, or in their data? */
function find(values: readonly unknown[], is: (value: object) => boolean, level = 0): boolean {
  return values.slice(0, 100).some((value) => {
    if (typeof value !== "object" || value === null) return false;
    if (isKwargs(value)) return find(value._values, is, level);
    if (is(value)) return true;
    if (level === LEVELS) return false;
    const kind = dataKind(value);
    if (kind === "array") return find(value as unknown[], is, level + 1);
    return kind === "object" && find(Object.values(value), is, level + 1);
  });
}
