// Tuples that are made when all their items are there.
//
// A tuple can be found from its first moment on, through gc.get_objects() and gc.get_referrers(), and whoever reads an empty place of it ends the process. So nothing may run between PyTuple_New() and the
// last PyTuple_SetItem(): no conversion of a JS value (getters and proxies run the program's code, which may call Python), and no allocation of another container, since before 3.12 that may run the collector
// with its callbacks.
#pragma once

#include <initializer_list>
#include <vector>

#include "cpython/python_api.h"

namespace interloop {

// Takes the items over. Null with a Python error set, also when an item is null because making it has failed.
PyObject* NewTuple(std::vector<Owned>& items);

// The same of borrowed items, which are few.
PyObject* NewTuple(std::initializer_list<PyObject*> items);
PyObject* NewTuple(PyObject* const* items, size_t count);

}  // namespace interloop
