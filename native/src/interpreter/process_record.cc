#include "interpreter/process_record.h"

// The name carries the version of the layout.
#define INTERLOOP_RECORD interloop_process_record_1

extern "C" __attribute__((visibility("default"), weak)) interloop::ProcessRecord INTERLOOP_RECORD;
interloop::ProcessRecord INTERLOOP_RECORD = {PTHREAD_MUTEX_INITIALIZER, nullptr};

#ifdef __ELF__
// Clang makes no unique symbols by itself, and GCC only for templates and inline variables.
__asm__(".type interloop_process_record_1, @gnu_unique_object");
#endif

namespace interloop {

ProcessRecord& Record() { return INTERLOOP_RECORD; }

}  // namespace interloop
