// The loop port (loop/loop_port.h) of loops that do not run on the JS thread: starting and cancelling Tasks there, settling futures, and what comes back. All of it goes through mailboxes (mailbox.h). What needs Python is in
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

// Settles a future of another loop, from any thread without the GIL. Takes over one reference to `future`. False: the loop was closed, and nothing was taken.
bool PostAnswer(Environment& environment, LoopMailbox& mailbox, PyObject* future, bool fulfilled, Value& value);
// Stops a loop whose JS has ended.
void PostStop(LoopMailbox& mailbox);

// The loop calls `drain` when the descriptor can be read. False too when the loop is closed.
bool ListenRemote(PyObject* loop, int descriptor, PyObject* drain);

}  // namespace interloop
