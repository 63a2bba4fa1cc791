// Memory behind handles that the engine's collector does not see: a handle is some hundred bytes of JS, and may hold an array of megabytes. Handles of large objects are counted here, told to the engine as external memory, and known by weak
// references, because FinalizationRegistry tells of a collected handle in a later turn only, which a synchronous loop never reaches. When much has come since the last collection, and the process has really grown, the
// collector is run, and what it took is let go of at once.
#pragma once

#include "environment.h"

namespace interloop {

// binding.ts: Trait.large, Operation.collect.
constexpr int kLargeObject = 32;

// How many bytes the object holds, when that is much; else 0. Looks at what is cheap to know only.
int64_t LargeSize(PyObject* object);
// A handle was made of an object of this size.
void NoteLarge(Environment& environment, PyObject* object, int64_t ref, int64_t bytes, napi_value handle);
// Where Python code and JS may run, with the GIL: lets go of what was collected, and collects.
void TendLarge(Environment& environment);
// This thread's environment ends, and its handles with it.
void ForgetLarge();

}  // namespace interloop
