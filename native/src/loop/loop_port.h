// A Python loop as conversions use it: one port, which the hosted loop fulfils on the JS thread (Guest), and which messages fulfil for a loop on any other thread (LoopMailbox, remote/remote_loop.cc). Whoever holds a port
// need not know which of the two it is.
#pragma once

#include <memory>
#include <vector>

#include "environment/environment.h"
#include "environment/mailbox.h"

namespace interloop {

struct TaskDriver;

// What has ended and waits to be told to core.
struct Completion {
  double promise;
  bool fulfilled;
  PyObject* value;  // owned: the value or the exception
  PyObject* task;   // owned, of a failed one: its "never retrieved" message would be false
  bool unseen;      // the exception is the CancelledError of a cancellation by JS, which wants none
};

class LoopPort {
 public:
  virtual ~LoopPort() = default;

  // JS awaits Python. With the GIL, on the loop's thread.
  // The conversion of the driver runs on this loop, which holds the driver until it is settled.
  virtual void Start(TaskDriver* driver) = 0;
  // The awaitable has ended: core is told. Takes over `value`, the result or the exception, and `task`, which may be null.
  virtual void Settle(TaskDriver* driver, bool fulfilled, PyObject* value, PyObject* task) = 0;
  // The driver waits for JS to come back to it, or no longer.
  virtual void Unref(TaskDriver* driver, bool unreffed) = 0;
  // On the environment's thread: cancels the Task of a conversion. `found`: there is one. `unseen`: nobody in JS looks at the error. False with a Python error set.
  virtual bool Cancel(Environment& environment, double promise, PyObject* message, bool unseen, bool* found) = 0;

  // Python awaits JS. With the GIL, on any thread.
  // A new asyncio.Future of the loop; null with a Python error set.
  virtual PyObject* NewFuture() = 0;

  // On the environment's thread: drops references that JS has released, on a thread that may take the GIL for it. False: this one has to, and nothing was taken.
  virtual bool Release(std::vector<PyObject*>& objects) = 0;

  // A message for the loop's thread, from any thread without the GIL. False: the loop was closed, and nothing was taken.
  virtual bool Post(std::unique_ptr<Message>& message) = 0;
  virtual bool open() const = 0;
  virtual PyObject* loop() const = 0;  // borrowed, and gone when the loop has ended
};

// The port of a loop that is not the hosted one, made when there is none. With the GIL. Null with a Python error set (loop-closed).
std::shared_ptr<LoopPort> RemotePortOf(PyObject* loop);
// Made known with the interpreter.
void UseRemotePorts(std::shared_ptr<LoopPort> (*find)(PyObject* loop));

// Functions of interloop._remote_loop, for any loop and on any thread. False with a Python error set.
// From now on the addon is told when the loop is closed. False too when it is closed already.
bool AdoptLoop(PyObject* loop);
// Settles a future of `loop`. One that was closed has nobody left to tell.
bool SettleOnLoop(PyObject* loop, PyObject* future, bool fulfilled, PyObject* value);
// Calls `callback` when the future is done.
bool ObserveOnLoop(PyObject* future, PyObject* callback);

}  // namespace interloop
