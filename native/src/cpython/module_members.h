// What the built-in module `_interloop` (python_module.h) consists of: types and functions.
#pragma once

#include "cpython/python_api.h"

namespace interloop {

// Makes a type from its slots and adds it under the part of its name behind the dot. Null with a Python error set.
PyTypeObject* AddType(PyObject* module, const char* name, int size, unsigned flags, PyType_Slot* slots, PyTypeObject* base);

// Adds the functions of a list that ends with an empty one. False with a Python error set.
bool AddFunctions(PyObject* module, PyMethodDef* definitions);

}  // namespace interloop
