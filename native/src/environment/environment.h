// One JS environment (a main thread or a worker) joined to the interpreter, and the two doors between them:
// PythonScope lets JS into Python (takes the GIL), AllowJsScope lets Python call JS (gives it up).
//
// Lifetime: an Environment is never freed, because Python objects of any thread may still point at it when its JS side is gone; `alive` says whether
// it may be touched. Everything belongs to the environment's own thread, but for what is atomic or says otherwise.
#pragma once

#include <node_api.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "cpython/python_api.h"
#include "environment/ref_table.h"
#include "environment/thread_wait.h"

namespace interloop {

class DroppedValues;
class Guest;
class JsMailbox;
class Mailbox;
class MemoryCopies;
class MemoryPressure;
class AsyncCalls;
class PendingPromises;
struct PyBufferExport;

// The functions of core's Hooks, in the order of their names in kHookNames.
enum class Hook { identify, wrap, value, release, call, serve, operate, settle, schedule, wake, makeError, fail, explain, count };
constexpr int kHooks = static_cast<int>(Hook::count);

// What the runtime needs the addon to allow for (binding.ts, Quirk).
enum Quirk : uint32_t { kLosesWakes = 1, kMapsBlocks = 2, kHasLibuv = 4, kLacksScopes = 8 };

// Indices into the call slots shared with core (binding.ts, CallSlot).
enum CallSlot { kPromise = 0, kContext = 1, kSnapshot = 2, kMissing = 3, kKind = 4, kDebug = 5, kCallSlots = 6 };
// Behind the call slots, in the same memory: the tape that core writes small data on (binding.ts, TAPE; data_tape.h).
constexpr size_t kTapeStart = 8, kTapeNumbers = 1024, kTapeCodes = 2048;

// What core says of an object in the register kKind (binding.ts, Kind).
constexpr double kThenable = 1, kSharedMemory = 2, kAsyncFunction = 3, kArray = 4, kMapping = 5, kIterator = 6, kAsyncIterator = 7, kBuffer = 8,
                 kOwnIterator = 9, kOwnAsyncIterator = 10, kAsyncIterable = 11;

// A flag of one thread that others may read. It costs what a bool does.
class SharedFlag {
 public:
  operator bool() const { return value_.load(std::memory_order_relaxed); }
  SharedFlag& operator=(bool value) {
    value_.store(value, std::memory_order_relaxed);
    return *this;
  }

 private:
  std::atomic<bool> value_{false};
};

struct Environment;

// One copy of core in an environment, and its hooks. The first copy attaches. Others join it: that of a library with a node_modules of its own, or that of another realm (a vm context, as
// test runners make one for each file). What JavaScript gets is made by the copy that asked for it, so that errors are instances of the Error of that realm.
// Never freed, as Python objects may name it. The hooks of all but the first are held weakly: a realm that JS has let go of is collected, and the first copy's are used in their place.
struct CoreCopy {
  Environment* environment = nullptr;
  napi_ref hooks[kHooks] = {};
};

struct Environment {
  napi_env env = nullptr;
  std::thread::id thread;
  uintptr_t ident = 0;       // the same as Python's threading.get_ident() names it
  CoreCopy first{this, {}};  // drives the loop
  CoreCopy* copy = &first;   // whose hooks are in force: that of the last entry, or of the function or conversion that JS is given something for
  napi_ref call_slots_buffer = nullptr;
  double* call_slots = nullptr;
  const double* tape_numbers() const { return call_slots + kTapeStart; }
  const uint8_t* tape_codes() const { return reinterpret_cast<const uint8_t*>(tape_numbers() + kTapeNumbers); }

  uint32_t quirks = 0;                   // bits of Quirk
  napi_ref scope_function = nullptr;     // where handle scopes do nothing (call_scope.h)
  uint32_t scopes_opened = 0;            // since JS last entered Python from outside
  std::atomic<bool> alive{true};         // the JS side exists
  int end_descriptor = -1;               // closed when the JS side ends: the reader of the other end is woken
  bool started = false;                  // joined to the interpreter
  std::atomic<bool> js_stopped{false};   // its thread is Python's for good: its JS does not run any more
  SharedFlag ending;                     // Finalize() has begun
  std::atomic<bool> calls_ended{false};  // JS is in its last moments: it answers no calls of other threads any more
  std::atomic<int> callers{0};           // calls by other threads that wait for JS
  std::atomic<int> holds{0};             // threads and executor jobs of Python that keep the process alive
  bool unreffed = false;                 // nothing of Python keeps it alive: the program has said so
  std::atomic<bool> finalized{false};
  std::atomic<bool> gone{false};   // its end is over: its thread does not want the GIL any more
  PyThreadState* state = nullptr;  // this thread's, kept while JS runs
  bool ensured =
      false;  // its own, by PyGILState_Ensure(): it goes with the thread. The interpreter's first state does not: some versions of CPython need one at any time
  SharedFlag holding;  // this thread is in Python now: it holds the GIL, or has released it there
  ThreadLook look;     // how other threads look at this one
  int depth = 0;       // entries on the stack; changed with the GIL held

  RefTable refs;
  // How many Refs the engine's collector was told of. It sees small handles only, and would let millions of Python objects wait for a collection.
  int64_t reported_refs = 0;
  void ReportRefs();
  int64_t empty_context = 0;  // the Ref of the shared empty context
  std::unique_ptr<Guest> guest;
  void (*wake_loop)(Environment&) = nullptr;  // set with the guest: this part does not know loops
  // From any thread: lets the hosted loop look at what has come for it.
  void WakeLoop() {
    if (wake_loop) wake_loop(*this);
  }
  std::unique_ptr<JsMailbox> mailbox;                 // there from the start of Python on
  Mailbox* inbox = nullptr;                           // the same, as parts below it know it
  void (*tell_process)(Environment&) = nullptr;       // of what process_changes says; set with the mailbox
  std::unique_ptr<AsyncCalls> async_calls;            // calls by other threads
  std::unique_ptr<PendingPromises> pending_promises;  // promises that Python waits for

  std::unique_ptr<DroppedValues> dropped_values;  // JS values and waits that Python has ended; told to core at the end of an entry

  // What this entry is to post to loops of other threads at its end (current_loop.h): an owned list, or null.
  PyObject* deferred = nullptr;

  // Memory of Python objects in ArrayBuffers, by object and by number, and those that JS has collected (py_buffer.h).
  std::unordered_map<PyObject*, PyBufferExport*> exports;
  std::unordered_map<double, PyBufferExport*> looked_at;
  double last_export = 0;
  std::mutex ended_mutex;  // for the two that follow: an engine may free memory on any thread
  std::vector<PyBufferExport*> ended_exports;
  std::atomic<bool> any_ended{false};

  // Copies of JS memory that Python uses.
  std::unique_ptr<MemoryCopies> copies;
  std::unique_ptr<MemoryPressure> memory_pressure;

  std::atomic<uint32_t> process_changes{0};  // what JS has to be told (process_changes.h)

  int64_t js_objects = 0, buffers = 0, handles = 0;  // the census; changed with the GIL held

  bool OnThread() const { return std::this_thread::get_id() == thread; }
  // Calls a hook. Null when it threw: the JS exception is then pending. Does not touch the GIL.
  napi_value CallHook(Hook hook, size_t count, const napi_value* arguments);

  // Around what this thread does without Python.
  void ReleaseGil() {
    holding = false;
    state = py.PyEval_SaveThread();
  }
  void TakeGil() {
    py.PyEval_RestoreThread(state);
    holding = true;
  }
};

// Releases the GIL for the block, if the environment's thread holds it.
class GilReleased {
 public:
  explicit GilReleased(Environment& environment) : environment_(environment), held_(environment.holding) {
    if (held_) environment.ReleaseGil();
  }
  ~GilReleased() {
    if (held_) environment_.TakeGil();
  }
  GilReleased(const GilReleased&) = delete;

 private:
  Environment& environment_;
  const bool held_;
};

// The hooks of a copy are in force during the block.
class InCopy {
 public:
  InCopy(Environment& environment, CoreCopy* copy) : environment_(environment), before_(environment.copy) { environment.copy = copy; }
  ~InCopy() { environment_.copy = before_; }
  InCopy(const InCopy&) = delete;

 private:
  Environment& environment_;
  CoreCopy* const before_;
};

// The environment of this thread, or null.
Environment*& CurrentEnvironment();

// Environments that are joined to the interpreter; the GIL guards it.
std::vector<Environment*>& Environments();

// JS enters Python: takes the GIL, runs queued decrefs, enters the Python context and the JS async context that core asked for. At its end settles what has ended, gives dropped values back,
// and lets core schedule a pump. Test it before use: false means that a JS exception is pending.
class PythonScope {
 public:
  // `plain`: no event loop runs for what is done here, unless Python on the stack runs one.
  enum Kind { plain, loop };
  explicit PythonScope(Environment& environment, Kind kind = plain);
  ~PythonScope();
  PythonScope(const PythonScope&) = delete;
  explicit operator bool() const { return open_; }

 private:
  Environment& environment_;
  bool open_ = false;
  bool outermost_ = false;  // this entry took the GIL
  Owned context_, token_;
};

// Python calls JS: what has ended is settled first, so that JS sees things in their order; then the GIL is given up for the block.
class AllowJsScope {
 public:
  explicit AllowJsScope(Environment& environment);
  ~AllowJsScope();
  AllowJsScope(const AllowJsScope&) = delete;

 private:
  Environment& environment_;
};

// The JS values made in the block are let go at its end; a Python call into JS may be one of very many in one entry.
class HandleScope {
 public:
  explicit HandleScope(napi_env env) : env_(env) {
    if (napi_open_handle_scope(env, &scope_) != napi_ok) scope_ = nullptr;
  }
  ~HandleScope() {
    if (scope_) [[maybe_unused]]
      const napi_status closed = napi_close_handle_scope(env_, scope_);
  }
  HandleScope(const HandleScope&) = delete;

 private:
  napi_env env_;
  napi_handle_scope scope_ = nullptr;
};

// Why a call of another thread raises `finalized`.
constexpr const char* kNoAnswer = "Cannot call JavaScript: its runtime is ending, and answers no calls of other threads any more";

// False with a Python error set (wrong-thread, finalized) when this thread cannot use the environment's JS values.
bool CheckEnvironment(Environment* environment);

}  // namespace interloop
