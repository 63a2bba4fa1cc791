#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

#include "platform/memory.h"

namespace interloop {

int64_t ResidentMemory() {
  static const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  static const int64_t page = sysconf(_SC_PAGESIZE);
  char text[128];
  const ssize_t size = file < 0 ? -1 : pread(file, text, sizeof text - 1, 0);
  if (size <= 0) return 0;
  text[size] = 0;
  char* end = nullptr;
  std::strtoll(text, &end, 10);  // what is mapped
  return std::strtoll(end, nullptr, 10) * page;
}

long CoarseTick() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  constexpr long kMillisecond = 1'000'000;
  return now.tv_nsec / kMillisecond;
}

}  // namespace interloop
