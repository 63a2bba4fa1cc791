// Python to JavaScript: makes the items of an async generator, for the Task of the stream, and hands them over by the batch. Between two batches the Task waits at a reusable future. When JavaScript asks for more and
// the generator need not wait for anything, the items are made in the Task's stead, as its step would make them: in its context, and with it as the current task. Otherwise the Task is woken.
#pragma once

#include "environment/environment.h"

namespace interloop {

bool InitStreamProducer(PyObject* module);

// stepStream(producer, room, collect): the items as `collect` answers, null when the Task goes on by itself and delivers them, false when it has to be let go on with open().
napi_value StepStream(napi_env env, napi_callback_info info);

}  // namespace interloop
