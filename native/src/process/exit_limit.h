// Ends the process when its main thread has left, and Python still runs on the thread of a worker.
//
// The problem: before Node exits, it stops each worker and joins its thread. A worker that is inside Python cannot be stopped: a call that never ends (a lock, an endless loop, a long computation in C) keeps the process for ever.
// What is done: a thread looks on. When the main thread waits for another thread, and uses no processor time for a second, the process ends with its exit code, as python3 ends while daemon threads still run.
#pragma once

#include "environment/environment.h"

namespace interloop {

// Environments that use Python, from start to end. On their threads.
void LimitsExit(Environment& environment);
void LimitsExitNoMore(Environment& environment);

// The process exits with `code`: nothing but joins is left for the calling thread.
void LimitExit(int code);

}  // namespace interloop
