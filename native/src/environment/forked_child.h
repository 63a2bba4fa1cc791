// A child process of fork() has a copy of the thread that forked, and no other: no JavaScript can run in it, nor may it touch what it shares with its parent (the descriptors of the poller, eventfds).
// Python goes on in the child. Where the Python call that forked would return to JavaScript, the child process ends as `python3` would: by the exception, or with status 0.
#pragma once

#include "cpython/python_api.h"

namespace interloop {

struct Environment;

extern bool in_forked_child;

// Whether this process is such a child. Asked wherever Python comes back to JavaScript.
inline bool InForkedChild() { return __builtin_expect(in_forked_child, false); }

// This process is one from now on (fork_watch.h).
void EnterForkedChild();

// What the call that forked has come to: an exception (not taken over), or null for a value. The first outcome counts.
void KeepOutcome(PyObject* exception);

// Ends the child. With the GIL; `under_frames`: Python functions are still on the stack.
[[noreturn]] void LeaveForkedChild(bool under_frames);
// The same where Python comes back to JavaScript. Nothing of Node-API may be used before: V8's heap is not in the child's memory.
[[noreturn]] void LeaveForkedChild(const Environment& environment);

}  // namespace interloop
