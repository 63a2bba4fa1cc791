// Boundary: a function of this package that programs call or that calls them, without its frame in tracebacks. `_interloop.boundary(function)` makes one.
#pragma once

#include "cpython/python_api.h"

namespace interloop {

// Made once, with the interpreter; adds the type to the built-in module `_interloop`.
bool InitBoundary(PyObject* module);

}  // namespace interloop
