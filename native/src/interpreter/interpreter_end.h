// The end of the interpreter: once, with the process, whichever thread has started it and whichever threads use it.
//
// Where the process's main thread uses Python, its end is that of the program, and JavaScript still runs then, so that atexit functions can call it. Where only workers use Python they come and go, and a later one uses the
// interpreter that an earlier one has started: then an exit handler of C ends it, on a thread of its own, so that a time limit holds.
//
// C runs exit handlers last first, among them the destructors of libraries, on which Python's objects may count. So ours is registered again after each extension module and at the end of each environment.
#pragma once

namespace interloop {

struct Environment;

// This copy of the addon has started the interpreter, and ends it.
void EndWithProcess();
// After libraries were loaded or used.
void EndBeforeLibraries();

// A thread is about to join. False: the interpreter has ended, or is about to.
bool BeginJoining();
void EndJoining();

// Whether it is too late for the GIL: it is kept until the process ends.
bool InterpreterHasEnded();

// The process's main thread ends, and with it the program. With the GIL. `inside`: Python functions are on the stack. True: the GIL must be kept.
bool EndInterpreter(const Environment& environment, bool inside);

}  // namespace interloop
