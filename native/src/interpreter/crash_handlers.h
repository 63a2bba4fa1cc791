// Which handler gets SIGSEGV and its like. JS engines use them: for the bounds checks of WebAssembly, and in Bun to stop a worker. Python's faulthandler (which pytest switches on) and signal.signal() would
// take them away. So Python's own calls of sigaction() come here first: Python's handler is called for a fault in native code outside the engine, or for a signal that somebody sent, and the engine's
// handler for all others.
#pragma once

namespace interloop {

// Before Python starts, with its library. Does nothing where the library's calls cannot be redirected.
void ShareCrashSignals(void* library);

}  // namespace interloop
