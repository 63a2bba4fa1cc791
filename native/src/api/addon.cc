// The addon's door: its exported functions, and how an environment begins and ends.

#include <dlfcn.h>
#include <node_api.h>

#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>

#include "api/environment_end.h"
#include "api/operations.h"
#include "api/python_module.h"
#include "await/pending_promises.h"
#include "await/task_driver.h"
#include "cpython/asyncio_api.h"
#include "environment/environment.h"
#include "environment/forked_child.h"
#include "environment/js_values.h"
#include "environment/native_call.h"
#include "environment/native_streams.h"
#include "environment/standard_streams.h"
#include "interpreter/discovery.h"
#include "interpreter/extension_modules.h"
#include "interpreter/interpreter.h"
#include "interpreter/interpreter_end.h"
#include "interpreter/main_thread.h"
#include "loop/guest.h"
#include "loop/handle.h"
#include "loop/js_mailbox.h"
#include "platform/arguments.h"
#include "platform/environ.h"
#include "platform/libc.h"
#include "process/exit_limit.h"
#include "process/fork_watch.h"
#include "process/process_changes.h"
#include "process/signals.h"
#include "process/watchdog.h"
#include "remote/async_call.h"
#include "streams/stream_producer.h"
#include "streams/stream_receiver.h"
#include "values/call_scope.h"
#include "values/context.h"
#include "values/convert.h"
#include "values/data_to_js.h"
#include "values/dropped_values.h"
#include "values/errors.h"
#include "values/memory_copies.h"
#include "values/memory_pressure.h"
#include "values/shared_block.h"

namespace interloop {

namespace {

constexpr int kContract = 1;  // binding.ts, CONTRACT
constexpr const char* kHookNames[kHooks] = {"identify", "wrap",     "value", "release",   "call", "serve",  "operate",
                                            "settle",   "schedule", "wake",  "makeError", "fail", "explain"};

std::mutex package_path_mutex;
std::string package_path;

napi_value Describe(napi_env env, const PythonFacts& facts, bool started) {
  return MakeObject(env, {{"executable", MakeText(env, facts.executable)},
                          {"library", MakeText(env, facts.library)},
                          {"version", MakeText(env, facts.version)},
                          {"prefix", MakeText(env, facts.prefix)},
                          {"started", MakeBoolean(env, started)}});
}

// False with a JS exception pending.
bool TakeHooks(CoreCopy& copy, napi_value hooks, uint32_t references) {
  Environment& environment = *copy.environment;
  napi_env env = environment.env;
  napi_value functions[kHooks] = {};
  for (int index = 0; index < kHooks; ++index) {
    napi_valuetype type = napi_undefined;
    if (napi_get_named_property(env, hooks, kHookNames[index], &functions[index]) != napi_ok || napi_typeof(env, functions[index], &type) != napi_ok ||
        type != napi_function) {
      ThrowFailure(environment, "bad-argument", std::string("attach() needs the hook '") + kHookNames[index] + "'");
      return false;
    }
  }
  for (int index = 0; index < kHooks; ++index) {
    if (napi_create_reference(env, functions[index], references, &copy.hooks[index]) != napi_ok) return false;
  }
  return true;
}

napi_value Attach(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  Environment& environment = *args.environment;
  if (environment.call_slots)
    return ThrowFailure(environment, "already-attached", "Core is attached to this environment already: two copies of @interloop/core cannot share it");
  if (!TakeHooks(environment.first, args.values[0], 1)) return nullptr;
  environment.quirks = static_cast<uint32_t>(GetNumber(env, args.values[1]));
  constexpr size_t kBlockThreshold = 4 << 20;
  if (environment.quirks & kMapsBlocks) MapBlocksFrom(kBlockThreshold);
  if ((environment.quirks & kLacksScopes) && !MakeScopeFunction(environment)) return nullptr;
  napi_value buffer = nullptr, call_slots = nullptr;
  void* memory = nullptr;
  if (napi_create_arraybuffer(env, (kTapeStart + kTapeNumbers) * sizeof(double) + kTapeCodes, &memory, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_float64_array, kCallSlots, buffer, 0, &call_slots) != napi_ok ||
      napi_create_reference(env, buffer, 1, &environment.call_slots_buffer) != napi_ok) {
    return nullptr;
  }
  environment.call_slots = static_cast<double*>(memory);
  return call_slots;
}

// When Python ends it clears the variables of the modules that are still there, in their order, so that files are flushed and `__del__` runs. That of `__main__` would be gone by then, but for what else holds its variables.
void KeepMain() {
  if (PyObject* module = py.PyImport_AddModule("__main__")) py.Py_IncRef(module);
}

bool DefineFunctions(napi_env env, napi_value target, CoreCopy* copy);

// join(hooks): another copy of core uses this environment. Gives the functions of the addon, as this copy is to call them.
napi_value Join(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  Environment& environment = *args.environment;
  if (!environment.call_slots) return ThrowFailure(environment, "not-started", "attach() comes before join()");
  auto copy = std::make_unique<CoreCopy>();
  copy->environment = &environment;
  napi_value functions = MakeObject(env, {});
  if (!functions || !TakeHooks(*copy, args.values[0], 0) || !DefineFunctions(env, functions, copy.get())) return nullptr;
  [[maybe_unused]] const CoreCopy* kept = copy.release();
  return functions;
}

// While a thread joins, the interpreter does not end under its feet.
class Joining {
 public:
  Joining() : open_(BeginJoining()) {}
  ~Joining() {
    if (open_) EndJoining();
  }
  Joining(const Joining&) = delete;
  explicit operator bool() const { return open_; }

 private:
  bool open_;
};

napi_value Start(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  Environment& environment = *args.environment;
  if (!environment.call_slots) return ThrowFailure(environment, "not-started", "attach() comes before start()");
  if (environment.finalized) return ThrowFailure(environment, "finalized", "Cannot use Python after its shutdown");
  const std::string requested = TextOf(env, args.values[0]);

  // One thread after the other, from before there is a GIL: making the module imports others, and an import lets other threads come in.
  static std::mutex starting;
  std::lock_guard<std::mutex> alone(starting);
  Interpreter interpreter;
  Failure failure;
  bool started_here = false;
  std::string path;
  {
    std::lock_guard<std::mutex> lock(package_path_mutex);
    path = package_path;
  }
  const Joining join;
  if (!join) return ThrowFailure(environment, "finalized", "Cannot use Python: the process is ending");
  if (!StartInterpreter(requested, path, interpreter, started_here, failure)) return ThrowFailure(environment, failure.code.c_str(), failure.message);
  if (environment.started) return Describe(env, interpreter.facts, false);
  std::string missing = LoadPythonApi(interpreter.library);
  if (!missing.empty())
    return ThrowFailure(environment, "python-unsupported", "This Python lacks functions that interloop needs (" + missing + "): use CPython 3.9 or newer");
  if (started_here) {
    EndWithProcess();
    NoteMainThread(interpreter.library);
    KeepMain();
    BufferNativeOutputByLine();
  } else {
    py.PyGILState_Ensure();  // makes this thread's state, which is then kept
    environment.ensured = true;
  }
  environment.holding = true;
  static bool module_ready = false;
  const bool first = !module_ready;
  bool ready = module_ready || (module_ready = WatchExtensionModules() && InitModule());
  if (first && ready) ready = WatchForks();
  if (first && ready && (environment.quirks & kHasLibuv)) ready = ShareLibuv();
  if (first && ready && started_here) ready = ShareProcess();
  if (ready) {
    environment.ident = reinterpret_cast<uintptr_t>(reinterpret_cast<void*>(pthread_self()));
    environment.mailbox = std::make_unique<JsMailbox>(environment);
    environment.inbox = environment.mailbox.get();
    environment.tell_process = TellProcess;
    environment.async_calls = std::make_unique<AsyncCalls>();
    environment.pending_promises = std::make_unique<PendingPromises>(environment);
    ready = environment.mailbox->Start() && EnterBaseContext();
  }
  if (ready) {
    environment.guest = std::make_unique<Guest>(environment);
    environment.wake_loop = [](Environment& waiting) { waiting.guest->Wake(); };
    Owned empty(py.PyContext_New());
    environment.empty_context = empty ? environment.refs.Add(empty.release()) : 0;
    Environments().push_back(&environment);
    environment.started = true;
    environment.look.TakeThis();
    WatchCalls(environment);
    LimitsExit(environment);
    if (!started_here) OfferMainThread();
  } else {
    ThrowPython(environment);
  }
  environment.ReleaseGil();
  return ready ? Describe(env, interpreter.facts, started_here) : nullptr;
}

// discover(python): what start() would take, and why.
napi_value Discover(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  const std::string requested = TextOf(env, args.values[0]);
  PythonFacts facts;
  Failure failure;
  std::vector<Candidate> tried;
  const bool found = DiscoverPython(requested, facts, failure, tried);
  std::vector<napi_value> candidates;
  candidates.reserve(tried.size());
  for (const Candidate& candidate : tried) {
    candidates.push_back(
        MakeObject(env, {{"source", MakeText(env, candidate.source)}, {"path", MakeText(env, candidate.path)}, {"verdict", MakeText(env, candidate.verdict)}}));
  }
  napi_value list = MakeArray(env, candidates.data(), candidates.size());
  if (found) return MakeObject(env, {{"candidates", list}, {"python", Describe(env, facts, false)}});
  return MakeObject(env,
                    {{"candidates", list}, {"failure", MakeObject(env, {{"code", MakeText(env, failure.code)}, {"message", MakeText(env, failure.message)}})}});
}

napi_value Running(napi_env env, napi_callback_info) {
  auto facts = RunningInterpreter();
  return facts ? Describe(env, *facts, false) : nullptr;
}

// watchHandle(ref, handle)
napi_value WatchHandleOf(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  args.environment->memory_pressure->Watch(static_cast<int64_t>(GetNumber(env, args.values[0])), args.values[1]);
  return nullptr;
}

napi_value SweepAllHandles(napi_env env, napi_callback_info info) {
  Arguments<0> args(env, info);
  args.environment->memory_pressure->Sweep();
  return nullptr;
}

// setReffed(reffed): whether Python's pending work keeps this thread alive.
napi_value SetReffed(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  Environment& environment = *args.environment;
  environment.unreffed = !IsTrue(env, args.values[0]);
  if (environment.started && !environment.finalized) environment.guest->UpdateAlive();
  return nullptr;
}

// endCalls(): from now on calls by other threads raise `finalized`, and those that wait for an answer no longer wait. JS is about to stand still for good.
napi_value EndCalls(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  Environment& environment = *args.environment;
  if (!environment.started || environment.finalized) return nullptr;
  environment.calls_ended = true;
  environment.mailbox->CancelCalls();
  environment.async_calls->End(environment);
  return nullptr;
}

// finalize(processEnds): JS is in its last moment.
napi_value Finalize(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  Environment& environment = *args.environment;
  if (environment.started && !environment.finalized) FinishEnvironment(environment, IsTrue(env, args.values[0]));
  return nullptr;
}

// limitExit(code): the process exits, and waits no more than a second for workers that are in Python.
napi_value LimitExitOf(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  int32_t code = 0;
  if (napi_get_value_int32(env, args.values[0], &code) != napi_ok) code = 0;
  LimitExit(code);
  return nullptr;
}

napi_value TakeCensus(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  Environment& environment = *args.environment;
  const auto number = [env](auto count) { return MakeNumber(env, static_cast<double>(count)); };
  return MakeObject(env, {{"refs", number(static_cast<int64_t>(environment.refs.size()) - (environment.empty_context ? 1 : 0))},
                          {"crossings", number(environment.guest ? environment.guest->crossings() : 0)},
                          {"jsObjects", number(environment.js_objects)},
                          {"watched", number(environment.pending_promises ? environment.pending_promises->count() : 0)},
                          {"buffers", number(environment.buffers + static_cast<int64_t>(environment.copies->count()))},
                          {"handles", number(LiveHandles())},
                          {"queued", number(environment.refs.queued())}});
}

// Makes C's environment what the program's is. Only for a runtime whose own changes do not reach it, and before Python starts.
void TakeEnvironment(napi_env env, napi_value variables) {
  napi_value names = nullptr;
  uint32_t count = 0;
  if (napi_get_property_names(env, variables, &names) != napi_ok || napi_get_array_length(env, names, &count) != napi_ok) return;
  std::map<std::string, std::string> wanted;
  for (uint32_t index = 0; index < count; ++index) {
    napi_value name = nullptr, value = nullptr, text = nullptr;
    // All or nothing: a worker that ends meanwhile would tell of no variables.
    if (napi_get_element(env, names, index, &name) != napi_ok || napi_get_property(env, variables, name, &value) != napi_ok ||
        napi_coerce_to_string(env, value, &text) != napi_ok) {
      return;
    }
    wanted[TextOf(env, name)] = TextOf(env, text);
  }
  std::vector<std::string> gone;
  for (char** entry = CEnvironment(); entry && *entry; ++entry) {
    std::string name(*entry, std::strcspn(*entry, "="));
    if (wanted.count(name) == 0) gone.push_back(name);
  }
  for (const std::string& name : gone) unsetenv(name.c_str());
  const char* zone = std::getenv("TZ");
  const std::string zone_before = zone ? zone : "";
  for (const auto& [name, value] : wanted) {
    const char* before = std::getenv(name.c_str());
    if (!before || value != before) setenv(name.c_str(), value.c_str(), 1);
  }
  // C reads it once only.
  zone = std::getenv("TZ");
  if (zone_before != (zone ? zone : "")) tzset();
}

// configure(packagePath, entry, variables?)
napi_value Configure(napi_env env, napi_callback_info info) {
  Arguments<3> args(env, info);
  if (TypeOfValue(env, args.values[2]) == napi_object && !RunningInterpreter()) TakeEnvironment(env, args.values[2]);
  SetEntryFile(TextOf(env, args.values[1]));
  std::lock_guard<std::mutex> lock(package_path_mutex);
  package_path = TextOf(env, args.values[0]);
  return nullptr;
}

// commandLine()
napi_value CommandLine(napi_env env, napi_callback_info) {
  std::vector<napi_value> words;
  for (const std::string& word : ProcessArguments()) words.push_back(MakeText(env, word));
  return MakeArray(env, words.data(), words.size());
}

// ownFile(): the file that the system has loaded this from, which is not the one that a runtime was given if that is inside an executable
napi_value OwnFile(napi_env env, napi_callback_info) {
  Dl_info found = {};
  if (!dladdr(reinterpret_cast<const void*>(&OwnFile), &found) || !found.dli_fname) return MakeText(env, "");
  return MakeText(env, found.dli_fname);
}

// setBlocking(descriptor, blocking)
napi_value ChangeBlocking(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  if (TypeOfValue(env, args.values[0]) != napi_number) return ThrowFailure(*args.environment, "bad-argument", "setBlocking() takes a descriptor");
  SetBlocking(static_cast<int>(GetNumber(env, args.values[0])), IsTrue(env, args.values[1]));
  return nullptr;
}

// signalChanged(signal, listens, stale)
napi_value SignalChanged(napi_env env, napi_callback_info info) {
  Arguments<3> args(env, info);
  if (TypeOfValue(env, args.values[0]) != napi_number) return ThrowFailure(*args.environment, "bad-argument", "signalChanged() takes the number of a signal");
  HostSignalChanged(static_cast<int>(GetNumber(env, args.values[0])), IsTrue(env, args.values[1]), IsTrue(env, args.values[2]));
  return nullptr;
}

bool DefineFunctions(napi_env env, napi_value target, CoreCopy* copy) {
  struct {
    const char* name;
    napi_callback function;
  } const functions[] = {{"configure", Configure},
                         {"commandLine", CommandLine},
                         {"ownFile", OwnFile},
                         {"attach", Attach},
                         {"join", Join},
                         {"start", Start},
                         {"discover", Discover},
                         {"running", Running},
                         {"importModule", ImportModule},
                         {"emptyContext", EmptyContext},
                         {"call", CallObject},
                         {"step", StepObject},
                         {"callWith", CallWith},
                         {"stepStream", StepStream},
                         {"feedStream", FeedStream},
                         {"getAttr", GetAttr},
                         {"setAttr", SetAttr},
                         {"flatten", FlattenData},
                         {"deleteAttr", DeleteAttr},
                         {"next", NextItem},
                         {"duplicate", Duplicate},
                         {"release", Release},
                         {"watchHandle", WatchHandleOf},
                         {"sweepHandles", SweepAllHandles},
                         {"drain", Drain},
                         {"buffer", Buffer},
                         {"endBuffer", EndBuffer},
                         {"share", ShareMemory},
                         {"hostLoop", HostLoop},
                         {"startTask", StartTask},
                         {"cancelTask", CancelTask},
                         {"observe", Observe},
                         {"useLoop", UseLoop},
                         {"answer", Answer},
                         {"futureOf", FutureOf},
                         {"pump", PumpLoop},
                         {"setBlocking", ChangeBlocking},
                         {"setReffed", SetReffed},
                         {"endCalls", EndCalls},
                         {"runSignals", RunSignals},
                         {"signalChanged", SignalChanged},
                         {"setVariable", SetVariable},
                         {"variables", Variables},
                         {"finalize", Finalize},
                         {"limitExit", LimitExitOf},
                         {"census", TakeCensus}};
  // The copy travels with each function, and the environment with it, not as instance data, so that several copies of the addon can live in one environment.
  for (const auto& entry : functions) {
    napi_property_descriptor property = {entry.name, nullptr, entry.function, nullptr, nullptr, nullptr, napi_enumerable, copy};
    if (napi_define_properties(env, target, 1, &property) != napi_ok) return false;
  }
  napi_value contract = MakeNumber(env, kContract);
  return contract && napi_set_named_property(env, target, "contract", contract) == napi_ok;
}

void OnEnvironmentEnd(void* environment) { LeaveEnvironment(*static_cast<Environment*>(environment)); }

}  // namespace

// Python has types and functions of this copy: where only workers use it, Node would unload it with the last of them.
void StayLoaded() { dlopen(OwnFile().c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE); }

napi_value Init(napi_env env, napi_value exports) {
  StayLoaded();
  auto* environment = new Environment();
  environment->dropped_values = std::make_unique<DroppedValues>(*environment);
  environment->copies = std::make_unique<MemoryCopies>(*environment);
  environment->memory_pressure = std::make_unique<MemoryPressure>(*environment);
  environment->env = env;
  environment->thread = std::this_thread::get_id();
  CurrentEnvironment() = environment;
  // Without it nobody would tell Python that the environment has ended.
  if (napi_add_env_cleanup_hook(env, OnEnvironmentEnd, environment) != napi_ok) return nullptr;

  return DefineFunctions(env, exports, &environment->first) ? exports : nullptr;
}

}  // namespace interloop

// Bun defers the finalizers of other modules to the event loop, which a loop without turns does not reach. Ours are made for the collector: they touch no JS.
extern "C" NAPI_MODULE_EXPORT int32_t NODE_API_MODULE_GET_API_VERSION() {
  constexpr int32_t kExperimental = 0x7fffffff;
  if (interloop::HasVersionedSymbol("napi_get_undefined", "BUN_1.2")) return kExperimental;
  return NAPI_VERSION;
}

extern "C" NAPI_MODULE_EXPORT napi_value NAPI_MODULE_INITIALIZER(napi_env env, napi_value exports) { return interloop::Init(env, exports); }
