#include "api/environment_end.h"

#include <unistd.h>

#include "await/pending_promises.h"
#include "environment/environment.h"
#include "environment/forked_child.h"
#include "environment/native_streams.h"
#include "environment/standard_streams.h"
#include "interpreter/interpreter_end.h"
#include "interpreter/main_thread.h"
#include "loop/guest.h"
#include "loop/js_mailbox.h"
#include "platform/threads.h"
#include "process/exit_limit.h"
#include "process/watchdog.h"
#include "remote/async_call.h"
#include "remote/remote_loop.h"
#include "values/callee.h"
#include "values/context.h"
#include "values/memory_pressure.h"
#include "values/py_buffer.h"

namespace interloop {

namespace {

// Seconds that a thread which is ended from outside gives to the tasks of its loop.
constexpr double kLimit = 1;

void Enter(Environment& environment) {
  environment.TakeGil();
  ++environment.depth;
}

void Leave(Environment& environment) {
  --environment.depth;
  environment.ReleaseGil();
}

// Whoever waits for this JavaScript on another thread is told, and nothing wakes it any more.
void DetachLoops(Environment& environment) {
  environment.async_calls->End(environment);
  environment.pending_promises->End();
  environment.guest->Detach();
}

// The thread goes, and the interpreter stays.
void LeaveThread(Environment& environment) {
  LeaveBaseContext();
  LeaveMainThread();
  environment.holding = false;
  --environment.depth;
  environment.state = nullptr;
  constexpr int kUnlocked = 1;  // PyGILState_UNLOCKED
  if (environment.ensured) {
    py.PyGILState_Release(kUnlocked);
  } else {
    py.PyEval_SaveThread();
  }
}

}  // namespace

void FinishEnvironment(Environment& environment, bool process_ends) {
  // process.exit() inside a Python call: the interpreter cannot end under its own frames.
  const bool inside = environment.depth > 0;
  environment.ending = true;
  if (!inside) DetachLoops(environment);
  Enter(environment);
  if (!inside) {
    // What JS still holds ends as at home: a coroutine that was never awaited is warned about.
    environment.refs.ReleaseAll();
    DropQueued(environment.refs);
  }
  const bool keep_gil = process_ends && IsProcessMainThread() && EndInterpreter(environment, inside);
  if (!keep_gil) FlushOutput();
  FlushNativeOutput();
  environment.finalized = true;
  if (keep_gil) {
    --environment.depth;
  } else {
    Leave(environment);
  }
}

void LeaveEnvironment(Environment& environment) {
  static double nothing[kCallSlots] = {};
  environment.alive = false;
  if (environment.call_slots) environment.call_slots = nothing;
  if (environment.end_descriptor >= 0) {
    // A child process may hold a copy of the descriptor, so closing it is not enough.
    [[maybe_unused]] const ssize_t written = write(environment.end_descriptor, "", 1);
    close(environment.end_descriptor);
    environment.end_descriptor = -1;
  }
  StopWatchingCalls(environment);
  LimitsExitNoMore(environment);
  environment.memory_pressure->Forget();
  if (environment.started && !InForkedChild() && !InterpreterHasEnded()) {
    const bool finished = environment.finalized;
    const bool inside = environment.depth > 0;
    environment.ending = true;
    if (!finished) {
      Enter(environment);
      environment.guest->ExpectFailures();
      Leave(environment);
      DetachLoops(environment);
    }
    Enter(environment);
    if (!finished && !inside) {
      environment.guest->EndLoop(kLimit);
      environment.refs.ReleaseAll();
      environment.refs.CloseCoroutines();
      DropQueued(environment.refs);
    }
    if (!finished) FlushOutput();
    FlushNativeOutput();
    environment.finalized = true;
    if (!inside) {
      ReleaseLastBuffers(environment);
      ReleaseOrphanedBuffers();
    }
    EndBeforeLibraries();
    if (inside) {
      Leave(environment);
    } else {
      LeaveThread(environment);
    }
  } else if (environment.guest) {
    DetachLoops(environment);
  }
  if (CurrentEnvironment() == &environment) CurrentEnvironment() = nullptr;
  environment.gone = true;
}

}  // namespace interloop
