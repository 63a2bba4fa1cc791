// Names, on standard error, a call of Python that has blocked a thread of JavaScript for long without a time limit: a lock, a queue of C, a socket whose server this very process is.
//
// Whether anything will end such a wait nobody can know, so nothing is raised. One thread for the process looks at the processor time of the threads of JavaScript every few seconds; it takes the GIL only to name a call.
// `_waits.py` looks at what is made of `threading.Condition` itself.
#pragma once

#include "environment/environment.h"

namespace interloop {

// From now on, if INTERLOOP_WATCHDOG and NODE_ENV say so. On the environment's thread, with the GIL.
void WatchCalls(Environment& environment);
// Its thread is about to end.
void StopWatchingCalls(Environment& environment);

}  // namespace interloop
