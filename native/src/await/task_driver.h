// JavaScript awaits Python: a coroutine in C that drives the awaitable inside a real Task and settles the promise itself when the awaitable ends, which spares the done callback, a Handle and
// a second pump.
#pragma once

#include <vector>

#include "environment/environment.h"

namespace interloop {

class LoopMailbox;

struct TaskDriver {
  PyObject head;
  Environment* environment;
  double promise;  // core's id
  PyObject* awaitable;
  PyObject* iterator;  // what is driven; null before the first step
  PyObject* task;      // set once it exists; a cycle, broken when the promise is settled
  PyObject* loop;
  std::shared_ptr<LoopMailbox>* mailbox;  // of a loop that runs elsewhere: owned
  bool settled;
  bool unreffed;  // it waits for JS to come back to it: see Guest::Unref
  bool unseen;    // JS has cancelled it, and nobody there looks at the error when it ends by that
};

// What has ended and waits to be told to core.
struct Completion {
  double promise;
  bool fulfilled;
  PyObject* value;  // owned: the value or the exception
  PyObject* task;   // owned, of a failed one: its "never retrieved" message would be false
  bool unseen;      // the exception is the CancelledError of a cancellation by JS, which wants none
};

bool InitTaskDriver(PyObject* module);
// A new reference, and core's id is in use until it is settled.
PyObject* NewTaskDriver(Environment& environment, PyObject* awaitable, double promise, PyObject* loop, std::shared_ptr<LoopMailbox> mailbox = nullptr);
// Rejects with an exception (borrowed), when it is not settled yet.
void FailTask(TaskDriver* driver, PyObject* exception);
// The same with an InterloopError.
void FailTask(TaskDriver* driver, const char* code, const char* message);
// What a Task of it is called: the coroutine's qualified name, or the awaitable's type.
PyObject* NameOf(PyObject* awaitable);

}  // namespace interloop
