// Errors across the border. A Python exception becomes the JS error that core makes for it, a JS throw becomes interloop.JsError; either keeps its identity on the way back.
#pragma once

#include <node_api.h>

#include "environment/environment.h"

namespace interloop {

// Takes the Python error that is set and throws it in JS. Null, for `return Throw...`.
napi_value ThrowPython(Environment& environment);
// The JS value for a Python exception object (borrowed, normalised). Null with a JS exception pending. Unless `traced` it is not thrown where JS is now: the calls that are on its stack by chance are not recorded.
napi_value ErrorToJs(Environment& environment, PyObject* exception, bool traced = true);
// Throws an InterloopError in JS; works before core is attached (a plain Error with `code`).
napi_value ThrowFailure(Environment& environment, const char* code, const std::string& message);
// A str has more characters than a string of this engine can have.
napi_value ThrowTooLong(Environment& environment);
// In the place of an exception's message that is too long.
constexpr const char* kTooLongMessage = "(the message is longer than a JavaScript string can be)";

// Forgets the JS exception that is pending, if one is.
void ClearPending(Environment& environment);
// Takes the JS exception that is pending and sets it as the Python error. Null.
PyObject* RaisePending(Environment& environment);
// A new reference to the Python exception for what JS threw.
PyObject* ErrorToPython(Environment& environment, napi_value thrown);
// A new reference to the interloop.JsError, or InterloopError, of what JS threw: name, message, stack, code, value and calls, and the JsObject that stands for what was thrown. All borrowed.
PyObject* ErrorFromParts(PyObject* const* parts, PyObject* holder);
// Sets an interloop.InterloopError. Null.
PyObject* RaiseFailure(const char* code, const std::string& message);

// Takes the Python error that is set: a new reference to the normalised exception with its traceback.
PyObject* TakeException();
// Takes this package's own functions, and the frame below JavaScript's calls, out of the traceback of the error that is set, or of an exception.
void DropOwnFrames();
void DropOwnFrames(PyObject* exception);
// Sets an exception as the Python error: TakeException() the other way. Null.
PyObject* Raise(PyObject* exception);
// The same with what the throw() of a generator was given: an exception, or its class and a value.
PyObject* RaiseThrown(PyObject* const* args, Py_ssize_t count);
// Whether an exception, or its class, is one of the two that asyncio lets out of a callback: they end a loop that drives itself.
bool EndsLoop(PyObject* error);
// A new reference to what a future takes for the exception: StopIteration ends whatever awaits it.
PyObject* ForFuture(PyObject* exception);

// An InterloopError of code "forked". Always null.
PyObject* RaiseForked();

}  // namespace interloop
