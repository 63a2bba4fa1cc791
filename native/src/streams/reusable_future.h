// A reusable, single-waiter future for the Tasks of streams on the hosted loop: such a Task waits for it until JavaScript comes back. It has a future's protocol as far as Tasks use it, and is reset instead of made anew.
#pragma once

#include "environment/environment.h"

namespace interloop {

struct ReusableFuture {
  PyObject head;
  Environment* environment;
  PyObject* loop;
  PyObject* callback;  // who waits, in which context; null when nobody does
  PyObject* context;
  PyObject* message;  // of the cancellation, or null
  enum class State : uint8_t { resolved, pending, cancelled } state;
  bool blocking;      // _asyncio_future_blocking
  bool busy;          // its owner works in the Task's stead: a cancellation is the Task's to remember
  bool cancel_asked;  // it was cancelled meanwhile
};

bool InitReusableFuture(PyObject* module);
// The base of the types that are reusable futures.
PyTypeObject* ReusableFutureType();

// A new object of a type that has ReusableFuture for its base, for the loop that this thread hosts. Null with a Python error set.
PyObject* NewReusableFuture(PyTypeObject* type, Environment& environment);
// The environment whose hosted loop runs on this thread with the C layer on; null when there is none.
Environment* StreamEnvironment();
// Resets it, so that the Task can wait for it; the Task's step yields it then.
void ResetFuture(ReusableFuture* reusable);
// Resolves it: the waiter goes on in a callback of the loop. False with a Python error set.
bool ResolveFuture(ReusableFuture* reusable);

int TraverseFuture(ReusableFuture* reusable, visitproc visit, void* data);
void ClearFuture(ReusableFuture* reusable);

}  // namespace interloop
