#include "environment/thread_wait.h"

#include <mach/mach.h>
#include <pthread.h>

namespace interloop {

void ThreadLook::TakeThis() {
  id_ = static_cast<long>(pthread_mach_thread_np(pthread_self()));
  has_clock_ = true;
}

uint64_t ThreadLook::ProcessorTime() const {
  thread_basic_info_data_t info;
  mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;
  if (!has_clock_ || thread_info(static_cast<thread_act_t>(id_), THREAD_BASIC_INFO, reinterpret_cast<thread_info_t>(&info), &count) != KERN_SUCCESS) return 0;
  const auto seconds = static_cast<uint64_t>(info.user_time.seconds + info.system_time.seconds);
  const auto micros = static_cast<uint64_t>(info.user_time.microseconds + info.system_time.microseconds);
  return (seconds * 1000000 + micros) * 1000;
}

WaitKind ThreadLook::Wait() const { return WaitKind::unknown; }

}  // namespace interloop
