// Which loop asyncio finds on a JS thread where none runs, and what may be done there to a loop that runs on another thread.
//
// asyncio's Futures, `gather`, `shield` and the like ask the policy for the current loop. On a JS thread the answer is the one that conversions use there: core is asked, because task-locals live in the JS async
// context (setup_script.cc installs the question). When that loop runs on another thread, its methods are not safe to call: so the `call_soon` family of such loops is guarded. Called on a JS thread, it collects the
// callbacks, and the end of the entry posts them. Until then nothing of what a plain call makes is run, so a Future is whole before the loop's thread can see it.
#pragma once

#include "environment/environment.h"

namespace interloop {

// Made once, with the interpreter.
bool InitCurrentLoop(PyObject* module);

// A new reference to the loop that conversions use on this thread, made if need be. Null with a Python error set.
PyObject* LoopHere(Environment& environment);

// Lets the hosted loop run during a call from JS of what can do nothing without a running loop (Callee::needs_loop). Another loop that is in force here does not run, and the call fails as at home.
class LoopTurn {
 public:
  LoopTurn(Environment& environment, bool wanted);
  ~LoopTurn();
  LoopTurn(const LoopTurn&) = delete;

 private:
  Environment& environment_;
  bool running_ = false;
};

// Posts what was collected in this entry. With the GIL.
void PostDeferred(Environment& environment);

}  // namespace interloop
