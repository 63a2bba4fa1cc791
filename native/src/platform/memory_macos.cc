#include <mach/mach.h>

#include <ctime>

#include "platform/memory.h"

namespace interloop {

int64_t ResidentMemory() {
  mach_task_basic_info info;
  mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
  const kern_return_t told = task_info(mach_task_self(), MACH_TASK_BASIC_INFO, reinterpret_cast<task_info_t>(&info), &count);
  return told == KERN_SUCCESS ? static_cast<int64_t>(info.resident_size) : 0;
}

long CoarseTick() {
  constexpr uint64_t kMillisecond = 1'000'000;
  return static_cast<long>(clock_gettime_nsec_np(CLOCK_UPTIME_RAW_APPROX) / kMillisecond % 1000);
}

}  // namespace interloop
