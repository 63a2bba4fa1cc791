// The Python frame below what JavaScript calls: one of the module __main__, as if a line of a program there made the call.
//
// Python functions and C functions look at their caller's frame (globals(), eval(), sys._getframe(1), warnings.warn(stacklevel=2), namedtuple(), pandas' query()). When an embedder calls them there is none, and
// they raise, or take the wrong module for their caller. CPython has no public way to push a frame, so a call goes through a Python function without parameters and locals of its own, whose globals are
// those of __main__ and whose one instruction calls Proceed(), which makes the call.
#pragma once

#include <type_traits>

#include "cpython/python_api.h"

namespace interloop {

// Runs body(data), which returns a new reference or null with a Python error set, above a frame of __main__. Tracebacks do not show that frame.
// In asyncio's debug mode the frame says where JavaScript made the call, so that coroutines know where they come from, if it is a call.
PyObject* RunAboveMain(PyObject* (*body)(void*), void* data, bool is_call);

// Whether the code of this Python function makes no calls: then it cannot look at its caller. Raises nothing.
bool MakesNoCalls(PyObject* function);

// PyObject_GetAttr() and a step of an iterator, above a frame of __main__ where they may run Python code.
PyObject* ReadAboveMain(PyObject* object, PyObject* attribute);
int SendAboveMain(PyObject* iterator, PyObject* value, PyObject** result);  // as SendTo()

template <class Body>
PyObject* AboveMain(Body&& body, bool is_call = true) {
  using Function = std::remove_reference_t<Body>;
  return RunAboveMain([](void* data) -> PyObject* { return (*static_cast<Function*>(data))(); }, const_cast<void*>(static_cast<const void*>(&body)), is_call);
}

// One that answers nothing: the callbacks of a loop. Should Python have no room for the frame, they run without.
template <class Body>
void RunAllAboveMain(Body&& body) {
  bool ran = false;
  auto run = [&]() -> PyObject* {
    ran = true;
    body();
    return NewRef(None());
  };
  Owned done(AboveMain(run, false));
  if (!done) py.PyErr_Clear();
  if (!ran) body();
}

// An operation that answers with a status.
template <class Operation>
int StatusAboveMain(Operation&& operation) {
  Owned done(AboveMain([&]() -> PyObject* { return operation() < 0 ? nullptr : NewRef(None()); }));
  return done ? 0 : -1;
}

}  // namespace interloop
