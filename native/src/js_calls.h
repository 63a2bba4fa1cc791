// JavaScript used from threads that are not its own: the synchronous part is a visit (js_visit.h), calls of async functions are served (js_served.h).
#pragma once

#include "js_object.h"

namespace interloop {

// f(*args, **kwargs) from another thread; as the vectorcall protocol has it.
PyObject* CallThere(PyObject* function, PyObject* const* args, size_t count, PyObject* names);
// Operate() (js_object.h) from another thread.
PyObject* OperateThere(PyObject* self, Operation operation, PyObject* a, PyObject* b, bool* missing);
// construct(constructor, sequence, named) from another thread.
PyObject* ConstructThere(PyObject* constructor, PyObject* sequence, PyObject* named);

}  // namespace interloop
