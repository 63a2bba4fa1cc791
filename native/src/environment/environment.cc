#include "environment/environment.h"

#include "environment/forked_child.h"
#include "environment/js_values.h"

namespace interloop {

Environment*& CurrentEnvironment() {
  thread_local Environment* current = nullptr;
  return current;
}

std::vector<Environment*>& Environments() {
  static auto* environments = new std::vector<Environment*>();
  return *environments;
}

void Environment::ReportRefs() {
  constexpr int64_t kStep = 4096, kBytesEach = 2048;
  int64_t more = static_cast<int64_t>(refs.size()) - reported_refs;
  if (more < kStep && more > -kStep) return;
  reported_refs += more;
  int64_t total = 0;
  [[maybe_unused]] const napi_status told = napi_adjust_external_memory(env, more * kBytesEach, &total);
}

napi_value Environment::CallHook(Hook hook, size_t count, const napi_value* arguments) {
  if (InForkedChild()) LeaveForkedChild(*this);
  if (!alive) return nullptr;
  // An argument that could not be made: the environment ends. Some engines would read it.
  for (size_t index = 0; index < count; ++index) {
    if (!arguments[index]) return nullptr;
  }
  napi_value function = nullptr, result = nullptr, receiver = MakeUndefined(env);
  const int index = static_cast<int>(hook);
  const bool drives = hook == Hook::settle || hook == Hook::schedule || hook == Hook::wake || hook == Hook::release;
  CoreCopy& asked = drives ? first : *copy;
  if (!receiver || napi_get_reference_value(env, asked.hooks[index], &function) != napi_ok) return nullptr;
  if (!function && (&asked == &first || napi_get_reference_value(env, first.hooks[index], &function) != napi_ok || !function)) return nullptr;
  return napi_call_function(env, receiver, function, count, arguments, &result) == napi_ok ? result : nullptr;
}

}  // namespace interloop
