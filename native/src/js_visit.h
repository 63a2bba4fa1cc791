// What another Python thread wants of JS at once is carried to the JS thread and waited for, with the GIL given up.
#pragma once

#include <functional>

#include "environment.h"

namespace interloop {

// Whether this thread may wait for that environment. False with a Python error set.
bool CheckVisit(Environment* environment);
// Runs `body` on the environment's thread, without the GIL, while this thread waits. With the GIL. False with a Python error set, when it was not run: the JS thread waits for this one (would-deadlock), it has
// ended (finalized), or a signal came.
bool VisitJs(Environment& environment, const std::function<void()>& body);

}  // namespace interloop
