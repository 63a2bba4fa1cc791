#include "environment/js_values.h"

namespace interloop {

napi_value MakeUndefined(napi_env env) {
  napi_value result = nullptr;
  return napi_get_undefined(env, &result) == napi_ok ? result : nullptr;
}

napi_value MakeNull(napi_env env) {
  napi_value result = nullptr;
  return napi_get_null(env, &result) == napi_ok ? result : nullptr;
}

napi_value MakeBoolean(napi_env env, bool value) {
  napi_value result = nullptr;
  return napi_get_boolean(env, value, &result) == napi_ok ? result : nullptr;
}

napi_value MakeText(napi_env env, std::string_view utf8) {
  napi_value result = nullptr;
  return napi_create_string_utf8(env, utf8.data(), utf8.size(), &result) == napi_ok ? result : nullptr;
}

napi_value MakeArray(napi_env env, const napi_value* items, size_t count) {
  napi_value result = nullptr;
  if (napi_create_array_with_length(env, count, &result) != napi_ok) return nullptr;
  for (size_t index = 0; index < count; ++index) {
    if (!items[index] || napi_set_element(env, result, static_cast<uint32_t>(index), items[index]) != napi_ok) return nullptr;
  }
  return result;
}

napi_value MakeObject(napi_env env, std::initializer_list<std::pair<const char*, napi_value>> properties) {
  napi_value result = nullptr;
  if (napi_create_object(env, &result) != napi_ok) return nullptr;
  for (const auto& [name, value] : properties) {
    if (!value || napi_set_named_property(env, result, name, value) != napi_ok) return nullptr;
  }
  return result;
}

napi_valuetype TypeOfValue(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  return value && napi_typeof(env, value, &type) == napi_ok ? type : napi_undefined;
}

std::string TextOf(napi_env env, napi_value value) {
  size_t length = 0;
  if (TypeOfValue(env, value) != napi_string || napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return "";
  std::string text(length + 1, '\0');
  if (napi_get_value_string_utf8(env, value, text.data(), text.size(), &length) != napi_ok) return "";
  text.resize(length);
  return text;
}

bool IsTrue(napi_env env, napi_value value) {
  bool boolean = false;
  return value && napi_get_value_bool(env, value, &boolean) == napi_ok && boolean;
}

napi_value TakeThrown(napi_env env) {
  bool pending = false;
  napi_value thrown = nullptr;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) return nullptr;
  return napi_get_and_clear_last_exception(env, &thrown) == napi_ok ? thrown : nullptr;
}

void ThrowValue(napi_env env, napi_value error) {
  // A second exception beside one that is pending aborts in some engines.
  bool pending = false;
  if (!error || napi_is_exception_pending(env, &pending) != napi_ok || pending) return;
  [[maybe_unused]] const napi_status thrown = napi_throw(env, error);
}

}  // namespace interloop
