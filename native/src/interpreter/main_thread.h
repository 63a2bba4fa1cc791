// Which thread CPython takes for its main one: where it runs the handlers of signals, lets signal.signal() be called, and what threading.main_thread() is.
//
// The problem: CPython takes the thread that starts it, for good, and no function of its own changes that. Here any thread of JavaScript may be the first, and it may end long before the process does: a later thread can then
// get the same identifier and pass for the main one by chance.
// What is done: the identifier stands in the structure _PyRuntime, which libpython exports without its layout. The place is found by what it does (_PyOS_IsMainThread() changes its answer), once. Where it is not found, all stays as
// CPython has it.
#pragma once

#include "cpython/python_api.h"

namespace interloop {

struct Environment;

// This thread, which has started the interpreter in `library`, is the main one. With the GIL.
void NoteMainThread(void* library);

// A thread of JavaScript has joined: it becomes the main one if it is the process's main thread, or if none is. With the GIL.
void OfferMainThread();

// This thread becomes the main one, whatever it was. With the GIL.
void TakeMainThread();

// In a forked child, whose only thread is this one. CPython makes it the main one, but from 3.13 on it leaves the state of the one before in place, which is freed. With the GIL.
void BecomeMainInChild();

// This thread of JavaScript ends: it is the main one no longer, and signals that Python has taken go back to the runtime. With the GIL.
void LeaveMainThread();

}  // namespace interloop
