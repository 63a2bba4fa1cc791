// What belongs to the process and either language may change: environment variables, the working folder, the time zone.
//
// Python reads C's environment whenever it is asked (`_environ.py`), and hears from here whether it has changed. JS runtimes remember the folder and the time zone: when Python changes these, each
// JS environment is told as soon as its thread goes back to JS. While nothing changes that costs one look at a flag.
#pragma once

#include <node_api.h>

#include "environment/environment.h"

namespace interloop {

void TellProcessChanges(Environment& environment);
// On the environment's thread, without the GIL.
inline void TellProcess(Environment& environment) {
  if (environment.process_changes.load(std::memory_order_relaxed) != 0) TellProcessChanges(environment);
}

// setVariable(name, value): in C's environment; undefined removes it.
napi_value SetVariable(napi_env env, napi_callback_info info);
// variables(): "NAME=value" each, when C's environment has changed since this was asked, or undefined.
napi_value Variables(napi_env env, napi_callback_info info);

bool InitProcessChanges(PyObject* module);

}  // namespace interloop
