// JavaScript used from threads that are not its own: the synchronous part waits for the JS thread (sync_call.h), calls of async functions are answered later (async_call.h).
#pragma once

#include "values/js_object.h"

namespace interloop {

// f(*args, **kwargs) from another thread; as the vectorcall protocol has it.
PyObject* CallRemote(PyObject* function, PyObject* const* args, size_t count, PyObject* names);
// Operate() (js_object.h) from another thread.
PyObject* OperateRemote(PyObject* self, Operation operation, PyObject* a, PyObject* b, bool* missing);
// construct(constructor, sequence, named) from another thread.
PyObject* ConstructRemote(PyObject* constructor, PyObject* sequence, PyObject* named);

}  // namespace interloop
