// Handle: a callback of the guest loop, as asyncio.Handle but in C. The ready queue holds these and asyncio's own; both have `_run()` and `_cancelled`.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpython/python_api.h"

namespace interloop {

bool InitHandle(PyObject* module);
int64_t LiveHandles();

// callback(*args) in `context`, or in a copy of the current one when that is null or None. A new reference; null with a Python error set.
PyObject* NewHandle(PyObject* callback, PyObject* const* args, size_t count, PyObject* context);
// Runs a handle (borrowed), ours or asyncio's. An error goes to the loop's exception handler; never leaves a Python error set.
void RunHandle(PyObject* loop, PyObject* handle);
// Tells the loop's exception handler of the Python error that is set.
void ReportError(PyObject* loop, const char* message, PyObject* handle);

}  // namespace interloop
