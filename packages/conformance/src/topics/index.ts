import { dataLibraries } from "../data-libraries/index.ts";
import type { Topic } from "../suite.ts";
import { abortsAsNative } from "./aborts-as-native.ts";
import { aborts } from "./aborts.ts";
import { blocking } from "./blocking.ts";
import { buffers } from "./buffers.ts";
import { buffersOfJs } from "./buffers-of-js.ts";
import { bytesInLibraries } from "./bytes-in-libraries.ts";
import { callables } from "./callables.ts";
import { callerFrames } from "./caller-frames.ts";
import { cancellation } from "./cancellation.ts";
import { contextManagers } from "./context-managers.ts";
import { context } from "./context.ts";
import { conversions } from "./conversions.ts";
import { copiesOfErrors } from "./copies-of-errors.ts";
import { coroutines } from "./coroutines.ts";
import { errorCycles } from "./error-cycles.ts";
import { errorRules } from "./error-rules.ts";
import { errors } from "./errors.ts";
import { fairness } from "./fairness.ts";
import { functionsAndClasses } from "./functions-and-classes.ts";
import { functionsInLibraries } from "./functions-in-libraries.ts";
import { handleScopes } from "./handle-scopes.ts";
import { handlesAsData } from "./handles-as-data.ts";
import { handles } from "./handles.ts";
import { idReuse } from "./id-reuse.ts";
import { hostileKeys } from "./hostile-keys.ts";
import { iteratingHandles } from "./iterating-handles.ts";
import { iteratingJs } from "./iterating-js.ts";
import { jsClasses } from "./js-classes.ts";
import { jsInPython } from "./js-in-python.ts";
import { keywords } from "./keywords.ts";
import { loopFeatures } from "./loop-features.ts";
import { memory } from "./memory.ts";
import { naughtyStrings } from "./naughty-strings.ts";
import { oddExceptions } from "./odd-exceptions.ts";
import { oddData } from "./odd-data.ts";
import { operations } from "./operations.ts";
import { plainData } from "./plain-data.ts";
import { properties } from "./properties.ts";
import { numpyBuffers } from "./numpy-buffers.ts";
import { modules } from "./modules.ts";
import { otherThreads } from "./other-threads.ts";
import { pymodule } from "./pymodule.ts";
import { races } from "./races.ts";
import { realms } from "./realms.ts";
import { reentry } from "./reentry.ts";
import { roundTrips } from "./round-trips.ts";
import { arrowFromJs } from "./arrow-from-js.ts";
import { dataMethods } from "./data-methods.ts";
import { typedHandles } from "./typed-handles.ts";
import { errorHints } from "./error-hints.ts";
import { writingHandles } from "./writing-handles.ts";
import { deadlockDetection } from "./deadlock-detection.ts";
import { running } from "./run.ts";
import { referenceCycles } from "./reference-cycles.ts";
import { pyo3Parity } from "./pyo3-parity.ts";
import { severalLoops } from "./several-loops.ts";
import { signals } from "./signals.ts";
import { spawning } from "./spawning.ts";
import { storms } from "./storms.ts";
import { asyncIterators } from "./streams/async-iterators.ts";
import { bothWays } from "./streams/both-ways.ts";
import { intoJsBody } from "./streams/into-js-body.ts";
import { inLoop } from "./in-loop.ts";
import { intoJsEnding } from "./streams/into-js-ending.ts";
import { intoJs } from "./streams/into-js.ts";
import { intoPyEnding } from "./streams/into-py-ending.ts";
import { intoPy } from "./streams/into-py.ts";
import { leavingStreams } from "./streams/leaving.ts";
import { storeContexts } from "./store-contexts.ts";
import { taskGroups } from "./task-groups.ts";
import { taskLifetimes } from "./task-lifetimes.ts";
import { taskStorms } from "./task-storms.ts";
import { taskLocals } from "./task-locals.ts";
import { unhandledErrors } from "./unhandled-errors.ts";
import { tensors } from "./tensors.ts";
import { thenMethods } from "./then-methods.ts";
import { userTests } from "./user-tests.ts";
import { values } from "./values.ts";
import { webRoutes } from "./web-routes.ts";

/** What crosses by itself: no loop takes part. */
const loopless: Readonly<Record<string, Topic>> = {
  values,
  conversions,
  buffers,
  "buffers of js": buffersOfJs,
  "numpy buffers": numpyBuffers,
  callables,
  operations,
  "handles as data": handlesAsData,
  "writing handles": writingHandles,
  "data methods": dataMethods,
  "typed handles": typedHandles,
  "arrow from js": arrowFromJs,
  modules,
  "naughty strings": naughtyStrings,
  properties,
  "round trips": roundTrips,
  "data libraries": dataLibraries,
  "odd data": oddData,
  "then methods": thenMethods,
  keywords,
  "error hints": errorHints,
  "hostile keys": hostileKeys,
};

/** What may be otherwise where the loop is another one. */
export const onLoops: Readonly<Record<string, Topic>> = {
  "parity with pyo3": pyo3Parity,
  handles,
  "handle scopes": handleScopes,
  "caller frames": callerFrames,
  "functions and classes": functionsAndClasses,
  "functions in libraries": functionsInLibraries,
  "web routes": webRoutes,
  tensors,
  "copies of errors": copiesOfErrors,
  "js in python": jsInPython,
  "js classes": jsClasses,
  "plain data": plainData,
  "bytes in libraries": bytesInLibraries,
  "context managers": contextManagers,
  pymodule,
  "objects of another realm": realms,
  reentry,
  fairness,
  context,
  "contexts of stores": storeContexts,
  "task locals": taskLocals,
  cancellation,
  "id reuse": idReuse,
  "streams into js": intoJs,
  "streams into js, async iterators": asyncIterators,
  "streams into js, the body": intoJsBody,
  "streams into js, ending": intoJsEnding,
  "streams, leaving": leavingStreams,
  "iterating handles": iteratingHandles,
  "iterating js": iteratingJs,
  "streams into py": intoPy,
  "streams into py, ending": intoPyEnding,
  "streams both ways": bothWays,
  signals,
  aborts,
  "aborts, as native": abortsAsNative,
  coroutines,
  spawning,
  "task groups": taskGroups,
  "reference cycles": referenceCycles,
  "error cycles": errorCycles,
  blocking,
  "user tests": userTests,
  "task lifetimes": taskLifetimes,
  "several loops": severalLoops,
  "odd exceptions": oddExceptions,
  "other threads": otherThreads,
  run: running,
  "in the loop": inLoop,
  errors,
  "error rules": errorRules,
  "unhandled errors": unhandledErrors,
  "deadlock detection": deadlockDetection,
  "loop features": loopFeatures,
};

/** What every run tests. */
export const topics: Readonly<Record<string, Topic>> = { ...loopless, ...onLoops };

/** What takes rounds: few by default, many at night. */
export const stress: Readonly<Record<string, Topic>> = { memory, storms, "task storms": taskStorms, races };
