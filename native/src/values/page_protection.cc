#include "values/page_protection.h"

#include <cinttypes>
#include <cstdint>
#include <cstdio>

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
    uintptr_t low = 0, high = 0;
    char permissions[5] = {};
    whole = false;
    for (const char* c = line; *c; ++c) whole = whole || *c == '\n';
    if (!begins || std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &low, &high, permissions) != 3 || high <= next) continue;
    if (low > next || permissions[1] != 'w') break;
    next = high;
  }
  std::fclose(maps);
  return next < end;
}

}  // namespace interloop
