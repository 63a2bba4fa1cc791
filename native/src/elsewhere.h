// Loops that do not run on the JS thread: their Tasks and futures are reached through call_soon_threadsafe (interloop._elsewhere).
// All need the GIL; false: a Python error is set.
#pragma once

#include "python_api.h"

namespace interloop {

bool StartElsewhere(PyObject* loop, PyObject* crossing);
bool CancelElsewhere(PyObject* loop, PyObject* crossing, PyObject* message);
bool ObserveElsewhere(PyObject* future, PyObject* callback);
// From now on the addon is told when the loop is closed. False too when it is closed already.
bool AdoptLoop(PyObject* loop);
bool SettleElsewhere(PyObject* loop, PyObject* future, bool fulfilled, PyObject* value);

// Waits for the threads that Python waits for at its end; whether others (daemons) still run.
bool PythonThreadsRemain();

// atexit handlers and flushing, for a process that ends inside a Python call.
void LeaveInterpreter();

}  // namespace interloop
