// A JsFunction as Python's tools see a function: how it takes keyword arguments, binds `self`, and what it answers to `inspect`.
#pragma once

#include "values/js_object.h"

namespace interloop {

// Made once, with the interpreter; adds what `_signature.py` needs to the built-in module `_interloop`.
bool InitJsFunction(PyObject* module);

// What JavaScript receives as `undefined`: an argument that Python left out, before one that it gave. Borrowed.
PyObject* UndefinedMarker();

// __get__: a function on a class becomes a method, a JavaScript class stays what it is.
PyObject* BindAsMethod(PyObject* self, PyObject* instance, PyObject* type);

// Whether functions of Python have an attribute of this name, which this one takes from JavaScript.
bool IsFunctionAttribute(const char* name);
// That attribute, or `__dict__` of any JsObject. Null with a Python error set.
PyObject* FunctionAttribute(PyObject* self, PyObject* name);
// `__class__`: libraries tell functions from other things by `isinstance(f, types.FunctionType)`. A JavaScript class is a JsFunction.
PyObject* ClassOfFunction(PyObject* self);

// The arguments of a call with keyword arguments, each at the place that JavaScript's parameters give it.
struct Arranged {
  Owned all;    // a tuple: the arguments by position, and the values of those that are left over
  Owned names;  // a tuple: the names of those
  size_t positional = 0;
};
// False with a Python error set.
bool Arrange(PyObject* self, PyObject* const* args, size_t count, PyObject* names, Arranged& arranged);

}  // namespace interloop
