// Plain JavaScript values. While an environment ends (a worker is being terminated) any function of Node-API may fail, and none may throw then. So these answer null, take null, and answer null when
// they are given it: whoever returns their answer to JavaScript, or gives it to Environment::CallHook(), needs no check of his own.
#pragma once

#include <node_api.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace interloop {

napi_value MakeUndefined(napi_env env);
napi_value MakeNull(napi_env env);
napi_value MakeBoolean(napi_env env, bool value);
napi_value MakeText(napi_env env, std::string_view utf8);
napi_value MakeArray(napi_env env, const napi_value* items, size_t count);
napi_value MakeObject(napi_env env, std::initializer_list<std::pair<const char*, napi_value>> properties);

// napi_undefined where there is no value.
napi_valuetype TypeOfValue(napi_env env, napi_value value);
// Empty where it is no string.
std::string TextOf(napi_env env, napi_value value);
// False where it is no boolean.
bool IsTrue(napi_env env, napi_value value);
// What was thrown, which is not thrown any more; null when nothing was.
napi_value TakeThrown(napi_env env);
// Throws; does nothing while the environment ends.
void ThrowValue(napi_env env, napi_value error);

}  // namespace interloop
