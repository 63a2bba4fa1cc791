#include "native_streams.h"

#include <dlfcn.h>
#include <stdio.h>

#include <initializer_list>

#ifdef __linux__
#include <stdio_ext.h>
#endif

namespace interloop {

void BufferNativeOutputByLine() {
#ifdef __linux__
  constexpr size_t kUnbuffered = 1;
  if (!__flbf(stdout) && __fbufsize(stdout) != kUnbuffered) setvbuf(stdout, nullptr, _IOLBF, 0);
#endif
}

void FlushNativeOutput() {
#ifdef __linux__
  // The C++ library of the process, if an extension module has loaded it; this addon has one of its own.
  if (void* library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD)) {
    const auto flush = reinterpret_cast<void* (*)(void*)>(dlsym(library, "_ZNSo5flushEv"));
    for (const char* name : {"_ZSt4cout", "_ZSt4clog"}) {
      void* stream = dlsym(RTLD_DEFAULT, name);  // the executable's, where it has one (copy_relocations.h)
      if (!stream) stream = dlsym(library, name);
      if (stream && flush) flush(stream);
    }
    dlclose(library);
  }
#endif
  // A thread that stands in a write to a full pipe has the lock.
  if (ftrylockfile(stdout) != 0) return;
  fflush(stdout);
  funlockfile(stdout);
}

}  // namespace interloop
