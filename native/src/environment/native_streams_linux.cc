#include "environment/native_streams.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdio_ext.h>

#include <initializer_list>

namespace interloop {

void BufferNativeOutputByLine() {
  constexpr size_t kUnbuffered = 1;
  if (!__flbf(stdout) && __fbufsize(stdout) != kUnbuffered) setvbuf(stdout, nullptr, _IOLBF, 0);
}

void FlushNativeOutput() {
  // The C++ library of the process, if an extension module has loaded it; this addon has one of its own.
  if (void* library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD)) {
    void* found = dlsym(library, "_ZNSo5flushEv");
    const auto flush = reinterpret_cast<void* (*)(void*)>(found);
    // Bun and Deno have another C++ library in them, whose streams are none of this one's.
    const bool shared = dlsym(RTLD_DEFAULT, "_ZNSo5flushEv") == found;
    for (const char* name : {"_ZSt4cout", "_ZSt4clog"}) {
      void* stream = shared ? dlsym(RTLD_DEFAULT, name) : nullptr;  // the executable's, where it has one (copy_relocations.h)
      if (!stream) stream = dlsym(library, name);
      // Until some library that uses it has run its initialisers, a stream is memory with nothing in it.
      if (stream && flush && *static_cast<void**>(stream)) flush(stream);
    }
    dlclose(library);
  }
  // A thread that stands in a write to a full pipe has the lock.
  if (ftrylockfile(stdout) != 0) return;
  fflush(stdout);
  funlockfile(stdout);
}

}  // namespace interloop
