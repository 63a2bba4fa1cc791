#include "environment/native_streams.h"

#include <stdio.h>

namespace interloop {

// Nothing tells there how stdout is buffered, so it stays as it is.
void BufferNativeOutputByLine() {}

void FlushNativeOutput() {
  // A thread that stands in a write to a full pipe has the lock.
  if (ftrylockfile(stdout) != 0) return;
  fflush(stdout);
  funlockfile(stdout);
}

}  // namespace interloop
