// Whether the operating system would end the process for a write to some memory: JavaScript has no read-only ArrayBuffer, so such memory must not get there.
#pragma once

#include <cstddef>

namespace interloop {

// Some hundred microseconds where the system has a table to read (Linux). What cannot be known is taken for protected.
bool IsWriteProtected(const void* start, size_t bytes);

}  // namespace interloop
