// JavaScript to Python: where the Task that reads a stream waits for the next items. JavaScript feeds it, which runs the Task at once; when the Task has taken all and asks for more meanwhile, the answer
// says so, and that spares a call from Python.
#pragma once

#include "environment/environment.h"

namespace interloop {

bool InitStreamReceiver(PyObject* module);

// feedStream(receiver, ...items): whether Python asks for more.
napi_value FeedStream(napi_env env, napi_callback_info info);

}  // namespace interloop
