// The standard output of C and C++ code: stdio's stdout, and std::cout, which has a buffer of its own after sync_with_stdio(false).
#pragma once

namespace interloop {

// Lines reach a pipe or a file when they are complete, so that they stand in order with what JavaScript and Python print. Node and Bun have arranged that already.
void BufferNativeOutputByLine();

// Writes what is left in the buffers. Bun ends without it, and so does a forked child.
void FlushNativeOutput();

}  // namespace interloop
