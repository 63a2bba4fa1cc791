// How an environment ends, and with it what it has of Python: its loop, its handles, the state of its thread. The interpreter lives on for other threads, unless the process ends (interpreter_end.h).
#pragma once

namespace interloop {

struct Environment;

// JavaScript still runs: its last moment. `process_ends`: the program ends with it, if this is the process's main thread.
void FinishEnvironment(Environment& environment, bool process_ends);

// The JS side is gone, however that came. Nothing of Node-API may be used any more, and Python may still hold JS values and post wakes: what they need is never freed.
void LeaveEnvironment(Environment& environment);

}  // namespace interloop
