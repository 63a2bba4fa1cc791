// Signals in a process whose JavaScript runtime has handlers of its own.
//
// The problem: to Python a handler that C has installed is None, which `signal.signal` does not take back, so whoever saves and restores a handler fails, and the runtime's handler is gone. And
// Python's handlers run when Python runs, which a guest that idles does not.
// What is done: `_signals.py` stands before Python's own functions. It asks here what the system has on record, keeps the runtime's action while Python has the signal, and puts it back.
// Python's C handler is called by ours, which also wakes the JS thread; that then enters Python, where the handlers of the program run.
#pragma once

#include "cpython/python_api.h"

namespace interloop {

// JS has its first listener of a signal, or its last one has left. Whoever comes last has the signal, and Python's handler gets it back when JS has left it.
// `stale`: the runtime's handler serves no purpose without listeners, so it must not be restored.
void HostSignalChanged(int number, bool listens, bool stale);

bool InitSignals(PyObject* module);

}  // namespace interloop
