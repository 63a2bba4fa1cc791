// What a Task of the hosted loop waits at until JavaScript comes back to it. It has a future's protocol as far as Tasks use it, serves one waiter at a time, and is shut again instead of made anew.
#pragma once

#include "environment.h"

namespace interloop {

struct Gate {
  PyObject head;
  Environment* environment;
  PyObject* loop;
  PyObject* callback;  // who waits, in which context; null when nobody does
  PyObject* context;
  PyObject* message;  // of the cancellation, or null
  enum class State : uint8_t { open, shut, cancelled } state;
  bool blocking;      // _asyncio_future_blocking
  bool busy;          // its owner works in the Task's stead: a cancellation is the Task's to remember
  bool cancel_asked;  // it was cancelled meanwhile
};

bool InitGate(PyObject* module);
// The base of the types that are gates.
PyTypeObject* GateType();

// A new object of a type that has Gate for its base, for the loop that this thread hosts. Null with a Python error set.
PyObject* NewGate(PyTypeObject* type, Environment& environment);
// The environment whose hosted loop runs on this thread with the C layer on; null when there is none.
Environment* GateEnvironment();
// Makes it ready to be waited at; whoever drives the Task is then given the gate.
void ShutGate(Gate* gate);
// Lets who waits go on, in a callback of the loop. False with a Python error set.
bool OpenGate(Gate* gate);

int TraverseGate(Gate* gate, visitproc visit, void* data);
void ClearGate(Gate* gate);

}  // namespace interloop
