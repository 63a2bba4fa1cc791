// The memory of the process.
#pragma once

#include <cstdint>

namespace interloop {

// What is resident, in bytes; 0 where the system does not tell.
int64_t ResidentMemory();
// Milliseconds of a clock that is cheap to read; only differences within a second mean anything.
long CoarseTick();

}  // namespace interloop
