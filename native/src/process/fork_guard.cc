#include "process/fork_guard.h"

#include <pthread.h>

#include "environment/environment.h"

namespace interloop {

namespace {

thread_local Environment* guarded = nullptr;

void BeforeFork() {
  Environment* environment = CurrentEnvironment();
  if (!environment || !environment->started || environment->finalized || environment->holding || !environment->alive) return;
  py.PyEval_RestoreThread(environment->state);
  guarded = environment;
}

// In the parent only: the child goes on with the GIL, until it is another program.
void AfterFork() {
  if (!guarded) return;
  guarded->state = py.PyEval_SaveThread();
  guarded = nullptr;
}

}  // namespace

void GuardForks() {
  static bool done = pthread_atfork(BeforeFork, AfterFork, nullptr) == 0;
  (void)done;
}

}  // namespace interloop
