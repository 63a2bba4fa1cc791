#include "platform/libraries.h"

#include <dlfcn.h>
#include <mach-o/dyld.h>

namespace interloop {

std::vector<std::string> LoadedLibraries() {
  std::vector<std::string> names;
  const uint32_t count = _dyld_image_count();
  for (uint32_t index = 0; index < count; ++index) {
    // Null when another thread has unloaded one meanwhile.
    if (const char* name = _dyld_get_image_name(index)) names.emplace_back(name);
  }
  return names;
}

LoadedSymbol FindInLibraries(const char* name) {
  for (const std::string& library : LoadedLibraries()) {
    void* handle = dlopen(library.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    void* address = handle == nullptr ? nullptr : dlsym(handle, name);
    Dl_info info;
    // dlsym() also looks into what the library depends on.
    const bool own = address != nullptr && dladdr(address, &info) != 0 && info.dli_fname != nullptr && library == info.dli_fname;
    if (handle != nullptr) dlclose(handle);
    if (own) return {address, 0};
  }
  return {};
}

}  // namespace interloop
