// Loops that do not run on the JS thread: starting and cancelling Tasks there, settling futures, and what comes back. All of it goes through mailboxes (mailbox.h). What needs Python is in
// interloop._remote_loop; those functions need the GIL, and answer false with a Python error set.
#pragma once

#include "remote/loop_mailbox.h"
#include "values/value.h"

namespace interloop {

// An awaitable on its way to its Task.
struct Submission {
  double promise;
  Value awaitable;
  Value context;        // none: an empty one
  double snapshot = 0;  // a JsId with its count
};

// From the environment's thread, without the GIL. A loop that was closed settles the conversion at once.
void PostStart(Environment& environment, const std::shared_ptr<LoopMailbox>& mailbox, Submission submission);
void PostCancel(Environment& environment, const std::shared_ptr<LoopMailbox>& mailbox, double promise, Text message);

// From any thread, with the GIL: the conversion has ended.
void PostSettled(Environment& environment, double promise, bool fulfilled, PyObject* value);

// Settles a future of another loop, from any thread without the GIL. Takes over one reference to `future`. False: the loop was closed, and nothing was taken.
bool PostAnswer(Environment& environment, LoopMailbox& mailbox, PyObject* future, bool fulfilled, Value& value);
// Lets the loop's thread drop references, so that the JS thread need not take the GIL for it. False: the loop was closed, and nothing was taken.
bool PostDrops(LoopMailbox& mailbox, std::vector<PyObject*>& objects);

// Stops a loop whose JS has ended.
void PostStop(LoopMailbox& mailbox);

bool ObserveRemote(PyObject* future, PyObject* callback);
// From now on the addon is told when the loop is closed. False too when it is closed already.
bool AdoptLoop(PyObject* loop);
// The same, and the loop calls `drain` when the descriptor can be read.
bool ListenRemote(PyObject* loop, int descriptor, PyObject* drain);
bool SettleRemote(PyObject* loop, PyObject* future, bool fulfilled, PyObject* value);
// A failed Task's error was delivered: asyncio is not to report it.
void QuietRemote(PyObject* loop, PyObject* task);

// What makes it hopeless to wait for that thread, in words; null without an error set: nothing that is known. `waited`: how many seconds it was seen to stand still.
PyObject* BlockedRemote(uintptr_t thread, PyObject* seen, WaitKind wait);

// Says on standard error which call of Python has blocked that thread of JavaScript. With the GIL.
void NameBlocked(uintptr_t thread);

// Waits for the threads that Python waits for at its end; whether others (daemons) still run.
bool PythonThreadsRemain();

// atexit handlers and flushing, for a process that ends inside a Python call.
void LeaveInterpreter();

}  // namespace interloop
