// What the addon uses of asyncio, looked up once.
#pragma once

#include "cpython/python_api.h"

namespace interloop {

struct Asyncio {
  PyObject* task = nullptr;             // asyncio.Task
  PyObject* future = nullptr;           // asyncio.Future
  PyObject* cancelled_error = nullptr;  // asyncio.CancelledError
  PyObject* enter_task = nullptr;
  PyObject* leave_task = nullptr;
  PyObject *create_task = nullptr, *timeout = nullptr, *timeout_at = nullptr;  // null where there is none, before 3.11
  PyObject* set_running_loop = nullptr;
  PyObject* get_running_loop = nullptr;  // the one that answers None
};

extern Asyncio asyncio;

// False with a Python error set. asyncio is imported at the first use of a loop, not with the interpreter: it takes 30 ms.
bool LoadAsyncio();

// A new reference to the loop that runs on this thread, or to None; null with a Python error set.
PyObject* RunningLoop();
bool SetRunningLoop(PyObject* loop_or_none);

// object.name(*args): a new reference, null with a Python error set. `name` is an interned str.
PyObject* CallMethod(PyObject* object, PyObject* name);
PyObject* CallMethod(PyObject* object, PyObject* name, PyObject* argument);

}  // namespace interloop
