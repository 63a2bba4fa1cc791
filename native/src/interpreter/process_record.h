// What every copy of this addon in the process must agree on: who starts the interpreter.
//
// A runtime opens addons with RTLD_LOCAL, so an ordinary variable exists once per copy. Each copy has a record, and all use that of the copy that was loaded first: they look for its name in every loaded library, in the order in
// which these were loaded. The order never changes, since a copy asks not to be unloaded (StayLoaded, addon.cc) and libraries are added at the end. A unique symbol (STB_GNU_UNIQUE) would do the same, but only GCC makes them,
// and only glibc knows them.
// An environment variable would not do: setenv is not thread-safe, and the variable outlives exec, which keeps the process id.
#pragma once

#include <pthread.h>

#include <atomic>

namespace interloop {

// Its layout is frozen: copies of other versions read it. A change needs a new symbol name.
struct ProcessRecord {
  pthread_mutex_t lock;
  // Set once, when the interpreter is ready: the line of facts (python_facts.h), never freed.
  std::atomic<const char*> facts;
};

ProcessRecord& Record();

}  // namespace interloop
