// The addon's door: its exported functions, and how an environment begins and ends.

#include <dlfcn.h>
#include <napi.h>

#include <pthread.h>

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "asyncio_api.h"
#include "context.h"
#include "convert.h"
#include "crossing.h"
#include "discovery.h"
#include "environment.h"
#include "errors.h"
#include "extension_modules.h"
#include "forked_child.h"
#include "guest.h"
#include "handle.h"
#include "inlet.h"
#include "interpreter.h"
#include "js_mailbox.h"
#include "js_served.h"
#include "memory_copies.h"
#include "native_streams.h"
#include "operations.h"
#include "outlet.h"
#include "python_module.h"
#include "shared_block.h"
#include "standard_streams.h"
#include "watched.h"

namespace interloop {

namespace {

constexpr int kContract = 1;  // binding.ts, CONTRACT
constexpr const char* kHookNames[kHooks] = {"identify", "wrap",     "value", "release",   "call", "serve",  "operate",
                                            "settle",   "schedule", "wake",  "makeError", "fail", "explain"};

std::mutex package_path_mutex;
std::string package_path;

// The thread that started the interpreter: only it may finalise it.
std::atomic<bool> started_by_us{false};
std::thread::id starter;

Napi::Object Describe(Napi::Env env, const PythonFacts& facts, bool started) {
  Napi::Object info = Napi::Object::New(env);
  info["executable"] = facts.executable;
  info["library"] = facts.library;
  info["version"] = facts.version;
  info["prefix"] = facts.prefix;
  info["started"] = started;
  return info;
}

napi_value Attach(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  void* data;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  napi_value hooks = arguments[0];
  Environment& environment = *static_cast<Environment*>(data);
  if (environment.registers)
    return ThrowFailure(environment, "already-attached", "Core is attached to this environment already: two copies of @interloop/core cannot share it");
  napi_value functions[kHooks];
  for (int index = 0; index < kHooks; ++index) {
    napi_valuetype type = napi_undefined;
    if (napi_get_named_property(env, hooks, kHookNames[index], &functions[index]) != napi_ok || napi_typeof(env, functions[index], &type) != napi_ok ||
        type != napi_function) {
      return ThrowFailure(environment, "bad-argument", std::string("attach() needs the hook '") + kHookNames[index] + "'");
    }
  }
  for (int index = 0; index < kHooks; ++index) napi_create_reference(env, functions[index], 1, &environment.hooks[index]);
  environment.quirks = static_cast<uint32_t>(GetNumber(env, arguments[1]));
#ifdef __GLIBC__
  constexpr int kBlockThreshold = 4 << 20;
  if (environment.quirks & kMapsBlocks) mallopt(M_MMAP_THRESHOLD, kBlockThreshold);
#endif
  napi_value buffer, registers;
  void* memory = nullptr;
  napi_create_arraybuffer(env, (kTapeStart + kTapeNumbers) * sizeof(double) + kTapeCodes, &memory, &buffer);
  napi_create_typedarray(env, napi_float64_array, kRegisters, buffer, 0, &registers);
  napi_create_reference(env, buffer, 1, &environment.registers_buffer);
  environment.registers = static_cast<double*>(memory);
  return registers;
}

napi_value Start(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value requested_value;
  void* data;
  napi_get_cb_info(env, info, &count, &requested_value, nullptr, &data);
  Environment& environment = *static_cast<Environment*>(data);
  if (!environment.registers) return ThrowFailure(environment, "not-started", "attach() comes before start()");
  if (environment.finalized) return ThrowFailure(environment, "finalized", "Cannot use Python after its shutdown");
  napi_valuetype type = napi_undefined;
  napi_typeof(env, requested_value, &type);
  std::string requested = type == napi_string ? Napi::Value(env, requested_value).As<Napi::String>().Utf8Value() : "";

  Interpreter interpreter;
  Failure failure;
  bool started_here = false;
  std::string path;
  {
    std::lock_guard<std::mutex> lock(package_path_mutex);
    path = package_path;
  }
  if (!StartInterpreter(requested, path, interpreter, started_here, failure)) return ThrowFailure(environment, failure.code.c_str(), failure.message);
  if (environment.started) return Describe(env, interpreter.facts, false);
  std::string missing = LoadPythonApi(interpreter.library);
  if (!missing.empty())
    return ThrowFailure(environment, "python-unsupported", "This Python lacks functions that interloop needs (" + missing + "): use CPython 3.9 or newer");
  if (started_here) {
    starter = environment.thread;
    started_by_us = true;
    BufferNativeOutputByLine();
  } else {
    py.PyGILState_Ensure();  // makes this thread's state, which is then kept
  }
  environment.holding = true;
  static bool module_ready = false;
  const bool first = !module_ready;
  bool ready = module_ready || (module_ready = WatchExtensionModules() && InitModule());
  // After that: an import lets other threads come in here.
  if (first && ready) ready = WatchForks();
  if (first && ready && (environment.quirks & kHasLibuv)) ready = ShareLibuv();
  if (first && ready && started_here) ready = ShareProcess();
  if (ready) {
    environment.ident = reinterpret_cast<uintptr_t>(reinterpret_cast<void*>(pthread_self()));
    environment.mailbox = std::make_unique<JsMailbox>(environment);
    environment.served = std::make_unique<Served>();
    environment.watched = std::make_unique<Watched>(environment);
    ready = environment.mailbox->Start() && EnterBaseContext();
  }
  if (ready) {
    environment.guest = std::make_unique<Guest>(environment);
    Owned empty(py.PyContext_New());
    environment.empty_context = empty ? environment.refs.Add(empty.release()) : 0;
    Environments().push_back(&environment);
    environment.started = true;
  } else {
    ThrowPython(environment);
  }
  environment.holding = false;
  environment.state = py.PyEval_SaveThread();
  return ready ? napi_value(Describe(env, interpreter.facts, started_here)) : nullptr;
}

// discover(python): what start() would take, and why.
napi_value Discover(napi_env env, napi_callback_info info) {
  Napi::CallbackInfo call(env, info);
  const std::string requested = call[0].IsString() ? call[0].As<Napi::String>().Utf8Value() : "";
  PythonFacts facts;
  Failure failure;
  std::vector<Candidate> tried;
  const bool found = DiscoverPython(requested, facts, failure, tried);
  Napi::Object answer = Napi::Object::New(env);
  Napi::Array candidates = Napi::Array::New(env, tried.size());
  for (size_t index = 0; index < tried.size(); ++index) {
    Napi::Object candidate = Napi::Object::New(env);
    candidate["source"] = tried[index].source;
    candidate["path"] = tried[index].path;
    candidate["verdict"] = tried[index].verdict;
    candidates[static_cast<uint32_t>(index)] = candidate;
  }
  answer["candidates"] = candidates;
  if (found) {
    answer["python"] = Describe(env, facts, false);
  } else {
    Napi::Object problem = Napi::Object::New(env);
    problem["code"] = failure.code;
    problem["message"] = failure.message;
    answer["failure"] = problem;
  }
  return answer;
}

napi_value Running(napi_env env, napi_callback_info) {
  auto facts = RunningInterpreter();
  return facts ? napi_value(Describe(env, *facts, false)) : nullptr;
}

// setReffed(reffed): whether Python's pending work keeps this thread alive.
napi_value SetReffed(napi_env env, napi_callback_info info) {
  Napi::CallbackInfo call(env, info);
  Environment& environment = *static_cast<Environment*>(call.Data());
  environment.unreffed = !call[0].ToBoolean().Value();
  if (environment.started && !environment.finalized) environment.guest->UpdateAlive();
  return nullptr;
}

// endCalls(): from now on calls by other threads raise `finalized`, and those that wait for an answer no longer wait. JS is about to stand still for good.
napi_value EndCalls(napi_env env, napi_callback_info info) {
  void* data;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  Environment& environment = *static_cast<Environment*>(data);
  if (!environment.started || environment.finalized) return nullptr;
  environment.calls_ended = true;
  environment.mailbox->AbandonCalls();
  environment.served->End(environment);
  return nullptr;
}

napi_value Finalize(napi_env env, napi_callback_info info) {
  void* data;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  Environment& environment = *static_cast<Environment*>(data);
  if (!environment.started || environment.finalized) return nullptr;
  const bool is_starter = started_by_us && starter == environment.thread;
  // process.exit() inside a Python call: the interpreter cannot end under its own frames.
  const bool inside = environment.depth > 0;
  environment.ending = true;
  if (!inside) environment.guest->Detach();
  py.PyEval_RestoreThread(environment.state);
  environment.holding = true;
  ++environment.depth;
  // A thread that wants the GIL of an ended interpreter is ended where it stands, which the JS of a worker would not survive.
  const bool alone = std::none_of(Environments().begin(), Environments().end(),
                                  [&](Environment* other) { return other != &environment && other->alive && !other->finalized; });
  if (!inside) {
    // What JS still holds ends as at home: a coroutine that was never awaited is warned about.
    environment.refs.ReleaseAll();
    environment.refs.Drain();
  }
  bool keep_gil = false;
  if (is_starter && alone && !inside) {
    // Daemon threads would come back into an interpreter that is gone: they are left without the GIL instead, until the process ends.
    if (!PythonThreadsRemain()) {
      py.Py_FinalizeEx();  // atexit handlers may still call JS
    } else {
      LeaveInterpreter();
    }
    keep_gil = true;
  } else if (is_starter) {
    LeaveInterpreter();
  }
  if (is_starter) FlushNativeOutput();
  environment.finalized = true;
  --environment.depth;
  if (!keep_gil) {
    environment.holding = false;
    environment.state = py.PyEval_SaveThread();
  }
  return nullptr;
}

napi_value TakeCensus(napi_env env, napi_callback_info info) {
  void* data;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  Environment& environment = *static_cast<Environment*>(data);
  Napi::Object census = Napi::Object::New(env);
  census["refs"] = static_cast<double>(environment.refs.size()) - (environment.empty_context ? 1 : 0);
  census["crossings"] = environment.guest ? static_cast<double>(environment.guest->crossings()) : 0;
  census["jsObjects"] = static_cast<double>(environment.js_objects);
  census["watched"] = environment.watched ? static_cast<double>(environment.watched->count()) : 0;
  census["buffers"] = static_cast<double>(environment.buffers) + static_cast<double>(environment.copies->count());
  census["handles"] = static_cast<double>(LiveHandles());
  census["queued"] = static_cast<double>(environment.refs.queued());
  return census;
}

// Makes C's environment what the program's is. Only for a runtime whose own changes do not reach it, and before Python starts.
void TakeEnvironment(const Napi::Object& variables) {
  std::vector<std::string> gone;
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string name(*entry, std::strcspn(*entry, "="));
    if (!variables.Has(name)) gone.push_back(name);
  }
  for (const std::string& name : gone) unsetenv(name.c_str());
  Napi::Array names = variables.GetPropertyNames();
  for (uint32_t index = 0; index < names.Length(); ++index) {
    std::string name = names.Get(index).ToString().Utf8Value(), value = variables.Get(name).ToString().Utf8Value();
    const char* before = std::getenv(name.c_str());
    if (!before || value != before) setenv(name.c_str(), value.c_str(), 1);
  }
}

// configure(packagePath, variables?)
napi_value Configure(napi_env env, napi_callback_info info) {
  Napi::CallbackInfo call(env, info);
  if (call[1].IsObject() && !RunningInterpreter()) TakeEnvironment(call[1].As<Napi::Object>());
  std::lock_guard<std::mutex> lock(package_path_mutex);
  package_path = call[0].ToString().Utf8Value();
  return nullptr;
}

// setBlocking(descriptor, blocking)
napi_value ChangeBlocking(napi_env env, napi_callback_info info) {
  Napi::CallbackInfo call(env, info);
  SetBlocking(call[0].ToNumber().Int32Value(), call[1].ToBoolean());
  return nullptr;
}

// The JS side ends, however it does. Python may still hold JS values and post wakes, so nothing is freed: leak rather than touch.
void OnEnvironmentEnd(void* data) {
  Environment& environment = *static_cast<Environment*>(data);
  environment.alive = false;
  if (environment.guest) environment.guest->Detach();
  if (environment.end_descriptor >= 0) {
    // A child process may hold a copy of the descriptor, so closing it is not enough.
    [[maybe_unused]] const ssize_t written = write(environment.end_descriptor, "", 1);
    close(environment.end_descriptor);
    environment.end_descriptor = -1;
  }
  // Deno ends so after an uncaught error: no exit event has come before.
  if (!environment.started || environment.finalized || environment.depth > 0 || !started_by_us || starter != environment.thread) return;
  py.PyEval_RestoreThread(environment.state);
  environment.holding = true;
  LeaveInterpreter();
  FlushNativeOutput();
  environment.holding = false;
  environment.finalized = true;
  environment.state = py.PyEval_SaveThread();
}

}  // namespace

// Python has types and functions of this copy: where only workers use it, Node would unload it with the last of them.
void StayLoaded() { dlopen(OwnFile().c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE); }

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  StayLoaded();
  auto* environment = new Environment();
  environment->env = env;
  environment->thread = std::this_thread::get_id();
  CurrentEnvironment() = environment;
  napi_add_env_cleanup_hook(env, OnEnvironmentEnd, environment);

  struct {
    const char* name;
    napi_callback function;
  } const functions[] = {{"configure", Configure},
                         {"attach", Attach},
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
                         {"deleteAttr", DeleteAttr},
                         {"next", NextItem},
                         {"duplicate", Duplicate},
                         {"release", Release},
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
                         {"finalize", Finalize},
                         {"census", TakeCensus}};
  // The environment travels with each function, not as instance data, so that several copies of the addon can live in one environment.
  for (const auto& entry : functions) {
    napi_property_descriptor property = {entry.name, nullptr, entry.function, nullptr, nullptr, nullptr, napi_enumerable, environment};
    napi_define_properties(env, exports, 1, &property);
  }
  exports["contract"] = kContract;
  return exports;
}

}  // namespace interloop

static Napi::Object InitAddon(Napi::Env env, Napi::Object exports) { return interloop::Init(env, exports); }
NODE_API_MODULE(interloop, InitAddon)
