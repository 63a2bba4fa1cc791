// The clock of Python's time.monotonic().
#pragma once

namespace interloop {

double MonotonicSeconds();

}  // namespace interloop
