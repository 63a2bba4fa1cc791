#include "platform/page_protection.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace interloop {

bool IsWriteProtected(const void* start, size_t bytes) {
  if (bytes == 0) return false;
  auto next = reinterpret_cast<uintptr_t>(start);
  const uintptr_t end = next + bytes;
  std::FILE* maps = std::fopen("/proc/self/maps", "re");
  if (!maps) return true;
  // Sorted by address, one mapping to a line: "start-end rw-p …".
  char line[512];
  bool whole = true;  // the last line was read to its end
  while (next < end && std::fgets(line, sizeof line, maps)) {
    const bool begins = whole;
    whole = false;
    for (const char* c = line; *c; ++c) whole = whole || *c == '\n';
    char* rest = nullptr;
    const uintptr_t low = std::strtoull(line, &rest, 16);
    if (!begins || *rest != '-') continue;
    const uintptr_t high = std::strtoull(rest + 1, &rest, 16);
    if (high <= next || *rest != ' ') continue;
    if (low > next || rest[2] != 'w') break;
    next = high;
  }
  std::fclose(maps);
  return next < end;
}

}  // namespace interloop
