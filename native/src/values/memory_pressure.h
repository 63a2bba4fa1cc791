// Memory that the engine's collector does not see: the handle of a Python object is some hundred bytes of JS, and may hold an array of megabytes.
//
// The addon looks at the memory of the process while handles are made, at most once per tick of the system's coarse clock (some milliseconds). When that has grown by much since the last collection, it asks core for
// one (Operation.collect). FinalizationRegistry tells of a collected handle in a later turn only, which a loop without turns never reaches: so core first names the handles that it made lately
// (NativeBinding.watchHandle). They are known here by weak references, and what a collection took is let go of at once.
#pragma once

#include "environment/environment.h"

namespace interloop {

// Takes a weak reference to the handle of `ref`.
void WatchHandle(Environment& environment, int64_t ref, napi_value handle);
// This thread's environment ends, and its references with it.
void ForgetHandles();
// Lets go of the objects whose watched handles were collected. Without the GIL: their references are queued.
void SweepHandles(Environment& environment);

// Where Python code and JS may run, on the environment's thread: collects when the memory of the process has grown by much. Takes the GIL for that, where the thread has not got it.
void TendMemory(Environment& environment);

}  // namespace interloop
