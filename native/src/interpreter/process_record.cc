#include "interpreter/process_record.h"

#include "platform/libraries.h"

// The name carries the version of the layout.
#define INTERLOOP_RECORD interloop_process_record_1
#define INTERLOOP_TEXT_OF(name) #name
#define INTERLOOP_NAME(name) INTERLOOP_TEXT_OF(name)

extern "C" __attribute__((visibility("default"))) interloop::ProcessRecord INTERLOOP_RECORD;
interloop::ProcessRecord INTERLOOP_RECORD = {PTHREAD_MUTEX_INITIALIZER, nullptr};

namespace interloop {

ProcessRecord& Record() {
  static ProcessRecord* const first = [] {
    void* found = FindInLibraries(INTERLOOP_NAME(INTERLOOP_RECORD)).address;
    return found == nullptr ? &INTERLOOP_RECORD : static_cast<ProcessRecord*>(found);
  }();
  return *first;
}

}  // namespace interloop
