#include "interpreter/crash_handlers.h"

namespace interloop {

void ShareCrashSignals(void*) {}

}  // namespace interloop
