// The functions of NativeBinding that act on Python objects (binding.ts); addon.cc names them.
#pragma once

#include <node_api.h>

namespace interloop {

napi_value ImportModule(napi_env env, napi_callback_info info);
napi_value EmptyContext(napi_env env, napi_callback_info info);
napi_value CallObject(napi_env env, napi_callback_info info);
napi_value StepObject(napi_env env, napi_callback_info info);
napi_value CallWith(napi_env env, napi_callback_info info);
napi_value GetAttr(napi_env env, napi_callback_info info);
napi_value SetAttr(napi_env env, napi_callback_info info);
napi_value DeleteAttr(napi_env env, napi_callback_info info);
napi_value NextItem(napi_env env, napi_callback_info info);
napi_value Duplicate(napi_env env, napi_callback_info info);
napi_value Release(napi_env env, napi_callback_info info);
napi_value Drain(napi_env env, napi_callback_info info);
napi_value Buffer(napi_env env, napi_callback_info info);
napi_value EndBuffer(napi_env env, napi_callback_info info);
napi_value HostLoop(napi_env env, napi_callback_info info);
napi_value StartTask(napi_env env, napi_callback_info info);
napi_value CancelTask(napi_env env, napi_callback_info info);
napi_value Observe(napi_env env, napi_callback_info info);
napi_value UseLoop(napi_env env, napi_callback_info info);
napi_value Answer(napi_env env, napi_callback_info info);
napi_value FutureOf(napi_env env, napi_callback_info info);
napi_value PumpLoop(napi_env env, napi_callback_info info);
napi_value RunSignals(napi_env env, napi_callback_info info);

}  // namespace interloop
