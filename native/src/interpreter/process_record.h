// What every copy of this addon in the process must agree on: who starts the interpreter.
//
// A runtime opens addons with RTLD_LOCAL, so an ordinary variable exists once per copy. The record is a unique symbol (STB_GNU_UNIQUE; weak definitions
// on macOS behave so by themselves): the dynamic loader binds every copy to the first one. Where the loader does not know unique symbols (musl), each copy has its own record:
// a later copy still finds the running interpreter through Py_IsInitialized, only two copies that start at the very same moment are not kept apart.
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
