// Python's standard output, as far as the order of what both languages write depends on it.
//
// The problem: Python buffers what it prints to a pipe or a file, so what JS prints after a call stood before what Python printed in it.
// What is done: the streams of `_stdio.py` say when something is in a buffer, and the buffers are flushed before JS goes on: at the end of each entry, and before Python calls JS.
// While nothing is printed that costs one look at a flag.
#pragma once

#include <atomic>

#include "cpython/python_api.h"

namespace interloop {

extern std::atomic<bool> output_buffered;

// With the GIL. Keeps the Python error that is set.
void FlushBufferedOutput();
inline void FlushOutput() {
  if (output_buffered.load(std::memory_order_relaxed)) FlushBufferedOutput();
}

// Makes writes and reads of a descriptor wait (or not): O_NONBLOCK. False when it is not open.
bool SetBlocking(int descriptor, bool blocking);

bool InitStandardStreams(PyObject* module);

}  // namespace interloop
