#include <ctime>

#include "platform/clock.h"

namespace interloop {

// CPython reads mach_absolute_time(), which stands still while the machine sleeps, as this one does.
double MonotonicSeconds() { return static_cast<double>(clock_gettime_nsec_np(CLOCK_UPTIME_RAW)) * 1e-9; }

}  // namespace interloop
