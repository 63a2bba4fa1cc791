// A plain JS object that has functions, in Python: a dict with its items, whose attributes are those of the object (`JsDict`, interloop/_js_dict.py).
#pragma once

#include "environment/environment.h"

namespace interloop {

// Loads the type. It runs Python's code, which makes do: NewJsDict does not. False with a Python error set.
bool LoadJsDict();

// A new, empty one for the object `id`, of which it takes over one count. Null with a Python error set.
PyObject* NewJsDict(Environment& environment, double id);

// The JsObject behind a JsDict, a new reference; null, with no error set, for anything else.
PyObject* JsObjectOfDict(PyObject* object);

// Sets `this` of the function `value`, which was read from the object of `dict`.
void BindToDict(PyObject* value, PyObject* dict);

}  // namespace interloop
