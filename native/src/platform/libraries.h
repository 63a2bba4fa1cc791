// The libraries that are loaded into this process, in the order in which they were.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace interloop {

std::vector<std::string> LoadedLibraries();

struct LoadedSymbol {
  void* address = nullptr;
  size_t size = 0;  // 0 where the format of the libraries does not tell
};
// The first library that exports it, also one that was opened with RTLD_LOCAL, whose file may be gone.
LoadedSymbol FindInLibraries(const char* name);

}  // namespace interloop
