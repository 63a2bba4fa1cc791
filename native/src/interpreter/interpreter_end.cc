#include "interpreter/interpreter_end.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "environment/environment.h"
#include "environment/forked_child.h"
#include "environment/native_streams.h"
#include "interpreter/main_thread.h"
#include "platform/libc.h"

namespace interloop {

namespace {

// How long the end of the process waits for the GIL, and for a thread that is just joining.
constexpr auto kPatience = std::chrono::seconds(5);

std::mutex& mutex = *new std::mutex();  // used until the process ends, so nothing destroys it
bool ours = false;                      // started by this copy of the addon
bool begun = false;                     // the end has
int joining = 0;                        // threads
pid_t owner = 0;                        // the process
std::atomic<bool> ended{false};

// Begins the end, unless it has begun. False: there is nothing to do.
bool Begin() {
  std::lock_guard<std::mutex> lock(mutex);
  if (!ours || begun || owner != getpid()) return false;
  begun = true;
  return true;
}

// interloop._remote_loop.name()
PyObject* Ask(const char* name) {
  Owned module(py.PyImport_ImportModule("interloop._remote_loop")), function(module ? py.PyObject_GetAttrString(module.get(), name) : nullptr);
  PyObject* none[] = {nullptr};
  PyObject* answer = function ? CallVector(function.get(), none + 1, kVectorcallOffset) : nullptr;
  if (!answer) py.PyErr_WriteUnraisable(None());
  return answer;
}

// Waits for the threads that Python waits for at its end; whether others (daemons) still run.
bool PythonThreadsRemain() {
  Owned answer(Ask("threads_remain"));
  return answer && py.PyObject_IsTrue(answer.get()) == 1;
}

// atexit handlers and flushing, for a process that ends inside a Python call.
void LeaveInterpreter() { Owned done(Ask("leave")); }

// Whether a thread of JavaScript but this one may want the GIL. One that waits for it for ever cannot be ended by its runtime, and one that wants that of an interpreter that was finalised is ended where it stands.
bool IsAlone(const Environment* self) {
  std::lock_guard<std::mutex> lock(mutex);
  return joining == 0 && std::none_of(Environments().begin(), Environments().end(), [self](const Environment* other) { return other != self && !other->gone; });
}

// With the GIL. True: nothing may run Python any more, and the GIL must be kept.
bool End(const Environment* environment, bool inside) {
  const bool alone = IsAlone(environment);
  if (!alone || inside) {
    LeaveInterpreter();
    return false;
  }
  TakeMainThread();
  // Daemon threads would come back into an interpreter that is gone: they are left without the GIL instead, until the process ends.
  if (PythonThreadsRemain()) {
    LeaveInterpreter();
  } else {
    py.Py_FinalizeEx();
  }
  ended = true;
  return true;
}

// What the thread of the exit handler and the one that exits tell each other. It is shared: the latter may give up.
struct Ending {
  std::mutex mutex;
  std::condition_variable changed;
  bool entered = false, over = false;
  void Tell(bool Ending::* what) {
    std::lock_guard<std::mutex> lock(mutex);
    this->*what = true;
    changed.notify_all();
  }
  template <class Condition>
  bool Await(Condition condition) {
    std::unique_lock<std::mutex> lock(mutex);
    return changed.wait_for(lock, kPatience, condition);
  }
};

void* EndOnThread(void* data) {
  const std::unique_ptr<std::shared_ptr<Ending>> owned(static_cast<std::shared_ptr<Ending>*>(data));
  const std::shared_ptr<Ending>& ending = *owned;
  py.PyGILState_Ensure();
  ending->Tell(&Ending::entered);
  for (Environment* environment : Environments()) environment->calls_ended = true;
  End(nullptr, false);
  FlushNativeOutput();
  // Whoever wants the GIL now would run Python while the libraries below it end.
  ended = true;
  ending->Tell(&Ending::over);
  for (;;) pause();
}

void OnExit() {
  // A library has called exit() in the midst of Python, as in a program of C's own.
  if (!ours || InForkedChild() || py.PyGILState_Check()) return;
  if (!Begin()) return;
  auto ending = std::make_shared<Ending>();
  auto shared = std::make_unique<std::shared_ptr<Ending>>(ending);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, EndOnThread, shared.get()) != 0) return;
  pthread_detach(thread);
  [[maybe_unused]] auto* passed = shared.release();
  if (!ending->Await([&] { return ending->entered; })) {
    std::fputs("interloop: at exit a thread of Python did not release the GIL, so atexit functions did not run\n", stderr);
    return;
  }
  std::unique_lock<std::mutex> lock(ending->mutex);
  ending->changed.wait(lock, [&] { return ending->over; });
}

}  // namespace

void EndWithProcess() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    ours = true;
    owner = getpid();
  }
  EndBeforeLibraries();
  AtQuickExit(OnExit);
}

void EndBeforeLibraries() {
  if (ours) std::atexit(OnExit);
}

bool BeginJoining() {
  std::lock_guard<std::mutex> lock(mutex);
  if (begun) return false;
  ++joining;
  return true;
}

void EndJoining() {
  std::lock_guard<std::mutex> lock(mutex);
  --joining;
}

bool InterpreterHasEnded() { return ended; }

bool EndInterpreter(const Environment& environment, bool inside) {
  if (!Begin()) return false;
  return End(&environment, inside);
}

}  // namespace interloop
