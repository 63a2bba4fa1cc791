// How core hears that Python waits no longer for a promise: what waits was cancelled, or its loop was closed. Core asks for it when a signal is looked at.
#pragma once

#include "environment/environment.h"

namespace interloop {

// Nobody waits for a JsPromise any more, and core is to know why: Python cancelled, or the loop was closed. Takes `why` over (see Environment::Cancellation).
void CancelPromise(PyObject* promise, PyObject* why);
// Why core is told of a cancellation, given the arguments of the CancelledError: the one text or nothing, which are nearly always all there is to it, else another error. One that was raised knows the frames that it
// has passed, and with them what they hold.
// A new reference; null with a Python error set.
PyObject* WhyCancelled(PyObject* arguments);
// Lets a future that waits for the JsPromise say when it is done. `hosted`: it is of the hosted loop. False with a Python error set.
bool ObserveWaiter(PyObject* promise, PyObject* future, bool hosted);
// From now on core is told when Python cancels what waits for the promise `id`. False with a Python error set.
bool ObservePromise(Environment& environment, double id);

}  // namespace interloop
