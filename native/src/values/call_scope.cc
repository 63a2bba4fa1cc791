#include "values/call_scope.h"

#include "environment/js_values.h"
#include "values/errors.h"

namespace interloop {

namespace {

struct Run {
  void (*block)(void*);
  void* data;
  bool done;
};

thread_local Run* run = nullptr;

napi_value RunBlock(napi_env, napi_callback_info) {
  Run* current = run;
  run = nullptr;
  if (!current) return nullptr;
  current->done = true;
  current->block(current->data);
  return nullptr;
}

}  // namespace

bool MakeScopeFunction(Environment& environment) {
  napi_value function = nullptr;
  return napi_create_function(environment.env, nullptr, 0, RunBlock, nullptr, &function) == napi_ok &&
         napi_create_reference(environment.env, function, 1, &environment.scope_function) == napi_ok;
}

bool RunInFunction(Environment& environment, void (*block)(void*), void* data) {
  Run own = {block, data, false};
  napi_value function = nullptr, receiver = MakeUndefined(environment.env);
  if (!receiver || napi_get_reference_value(environment.env, environment.scope_function, &function) != napi_ok || !function) return false;
  run = &own;
  [[maybe_unused]] const napi_status called = napi_call_function(environment.env, receiver, function, 0, nullptr, nullptr);
  run = nullptr;
  return own.done;
}

}  // namespace interloop
