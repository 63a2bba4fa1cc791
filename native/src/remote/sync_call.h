// What another Python thread wants of JS at once is carried to the JS thread and waited for, with the GIL given up.
#pragma once

#include <functional>

#include "environment/environment.h"

namespace interloop {

// Whether this thread may wait for that environment. False with a Python error set.
bool CheckSyncCall(Environment* environment);

// How a visit went. All but `done` have a Python error set.
enum class SyncCallEnd {
  done,
  refused,  // JS has not begun and never will: its thread waits for this one (would-deadlock), it has ended (finalized), or a signal came
  left,     // JS has begun and ends the process in there, for one: it does not come back, or nobody knows when
};
// Runs `body` on the environment's thread, without the GIL, while this thread waits. With the GIL. What the body uses must be its own, since this thread may leave before it has ended: `unasked` is called after it then.
SyncCallEnd CallJsThread(Environment& environment, std::function<void()> body, std::function<void()> unasked);

}  // namespace interloop
