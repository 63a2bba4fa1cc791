// JavaScript awaits Python: a coroutine in C that drives the awaitable inside a real Task and settles the promise itself when the awaitable ends, which spares the done callback, a Handle and
// a second pump.
#pragma once

#include <vector>

#include "environment/environment.h"
#include "loop/loop_port.h"

namespace interloop {

struct TaskDriver {
  PyObject head;
  Environment* environment;
  double promise;  // core's id
  PyObject* awaitable;
  PyObject* iterator;  // what is driven; null before the first step
  PyObject* task;      // set once it exists; a cycle, broken when the promise is settled
  PyObject* loop;
  LoopPort* port;                   // of that loop
  std::shared_ptr<LoopPort>* kept;  // keeps the port, where it may end before the driver: owned
  bool settled;
  bool unreffed;  // it waits for JS to come back to it: see Guest::Unref
  bool unseen;    // JS has cancelled it, and nobody there looks at the error when it ends by that
};

bool InitTaskDriver(PyObject* module);
// A new reference, and core's id is in use until it is settled.
PyObject* NewTaskDriver(Environment& environment, PyObject* awaitable, double promise, LoopPort& port, PyObject* loop);
// The same, and the driver keeps the port.
PyObject* NewTaskDriver(Environment& environment, PyObject* awaitable, double promise, const std::shared_ptr<LoopPort>& port);
// Rejects with an exception (borrowed), when it is not settled yet.
void FailTask(TaskDriver* driver, PyObject* exception);
// The same with an InterloopError.
void FailTask(TaskDriver* driver, const char* code, const char* message);
// What a Task of it is called: the coroutine's qualified name, or the awaitable's type.
PyObject* NameOf(PyObject* awaitable);

}  // namespace interloop
