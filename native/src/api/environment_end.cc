#include "api/environment_end.h"

#include <unistd.h>

#include "environment/context.h"
#include "environment/environment.h"
#include "environment/forked_child.h"
#include "environment/native_streams.h"
#include "environment/standard_streams.h"
#include "interpreter/interpreter_end.h"
#include "interpreter/main_thread.h"
#include "loop/guest.h"
#include "platform/threads.h"
#include "process/exit_limit.h"
#include "process/watchdog.h"
#include "remote/async_call.h"
#include "remote/js_mailbox.h"
#include "remote/remote_loop.h"
#include "values/memory_pressure.h"
#include "values/py_buffer.h"

namespace interloop {

namespace {

// Seconds that a thread which is ended from outside gives to the tasks of its loop.
constexpr double kLimit = 1;

void Enter(Environment& environment) {
  py.PyEval_RestoreThread(environment.state);
  environment.holding = true;
  ++environment.depth;
}

void Leave(Environment& environment) {
  --environment.depth;
  environment.holding = false;
  environment.state = py.PyEval_SaveThread();
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
  if (!inside) environment.guest->Detach();
  Enter(environment);
  if (!inside) {
    // What JS still holds ends as at home: a coroutine that was never awaited is warned about.
    environment.refs.ReleaseAll();
    environment.refs.Drain();
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
      environment.guest->Detach();
    }
    Enter(environment);
    if (!finished && !inside) {
      environment.guest->EndLoop(kLimit);
      environment.refs.ReleaseAll();
      environment.refs.CloseCoroutines();
      environment.refs.Drain();
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
    environment.guest->Detach();
  }
  if (CurrentEnvironment() == &environment) CurrentEnvironment() = nullptr;
  environment.gone = true;
}

}  // namespace interloop
