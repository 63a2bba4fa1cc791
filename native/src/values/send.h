// Steps of iterators and coroutines, as am_send takes them.
#pragma once

#include "cpython/python_api.h"

namespace interloop {

// What iter.send(value) or a bare iterator answers, in the terms of PyIter_Send, for interpreters without it as well.
int SendTo(PyObject* iterator, PyObject* value, PyObject** result);
// The same as the answer of a method: a yielded value, or StopIteration with the returned one.
PyObject* AsMethodResult(int outcome, PyObject* result);

}  // namespace interloop
