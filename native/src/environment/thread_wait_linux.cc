#include "environment/thread_wait.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace interloop {

namespace {

constexpr int32_t kHour = 3600000;  // milliseconds

}  // namespace

void ThreadLook::TakeThis() {
  id_ = syscall(SYS_gettid);
  has_clock_ = pthread_getcpuclockid(pthread_self(), &clock_) == 0;
}

uint64_t ThreadLook::ProcessorTime() const {
  timespec time;
  if (!has_clock_ || clock_gettime(clock_, &time) != 0) return 0;
  return (static_cast<uint64_t>(time.tv_sec) * 1000000000) + static_cast<uint64_t>(time.tv_nsec);
}

WaitKind ThreadLook::Wait() const {
  char path[64], text[256];
  std::snprintf(path, sizeof path, "/proc/self/task/%ld/syscall", id_);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return WaitKind::unknown;
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return WaitKind::unknown;
  text[size] = '\0';
  // The number and six arguments; or "running".
  char* at = text;
  char* end = nullptr;
  const long number = std::strtol(at, &end, 10);
  if (end == at) return WaitKind::unknown;
  uint64_t arguments[6] = {};
  for (uint64_t& argument : arguments) {
    at = end;
    argument = std::strtoull(at, &end, 16);
    if (end == at) return WaitKind::unknown;
  }
  const bool none_fourth = arguments[3] == 0, none_fifth = arguments[4] == 0;
  // What is read from descriptor 0 is what a user types; readline selects it first.
  const bool of_input = arguments[0] == 0, input_selected = arguments[0] == 1;
  const auto unless = [](bool limited) { return limited ? WaitKind::limited : WaitKind::other; };
  switch (number) {
    case SYS_futex:
      return none_fourth ? WaitKind::lock : WaitKind::limited;
    case SYS_read:
      return unless(of_input);
    case SYS_pselect6:
      return unless(!none_fifth || input_selected);
    case SYS_ppoll:
      return unless(arguments[2] != 0);
    case SYS_epoll_pwait:
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
      // Trio's longest is a day.
      return static_cast<int32_t>(arguments[3]) < 0 || static_cast<int32_t>(arguments[3]) > kHour ? WaitKind::loop : WaitKind::limited;
#ifdef SYS_poll
    case SYS_poll:
      return unless(static_cast<int32_t>(arguments[2]) >= 0);
#endif
#ifdef SYS_select
    case SYS_select:
      return unless(!none_fifth || input_selected);
#endif
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_accept4:
    case SYS_accept:
    case SYS_connect:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_write:
    case SYS_wait4:
    case SYS_waitid:
    case SYS_flock:
      return WaitKind::other;
    case SYS_clock_nanosleep:
    case SYS_nanosleep:
      return WaitKind::limited;
    default:
      return WaitKind::unknown;
  }
}

}  // namespace interloop
