#include "values/value_to_js.h"

#include "environment/js_values.h"
#include "values/callee.h"
#include "values/errors.h"
#include "values/js_buffer.h"
#include "values/js_dict.h"
#include "values/js_function.h"

namespace interloop {

namespace {

// The JS value that a JsObject stands for.
napi_value JsValueToJs(Environment& environment, Value& value) {
  napi_value id = MakeNumber(environment.env, value.number);
  napi_value result = environment.CallHook(Hook::value, 1, &id);
  environment.refs.Queue(value.object);
  value.object = nullptr;
  return result;
}

napi_value ObjectToJs(Environment& environment, Value& value) {
  int64_t ref = environment.refs.Add(value.object, value.traits & kCoroutineFunction ? Callee::coroutine_function : Callee::other);
  value.object = nullptr;
  napi_value arguments[2] = {MakeNumber(environment.env, static_cast<double>(ref))};
  arguments[1] = MakeNumber(environment.env, value.traits);
  napi_value handle = environment.CallHook(Hook::wrap, 2, arguments);
  if (!handle) environment.refs.Release(ref);
  return handle;
}

// A Python exception that has no JS error yet: details[0] is the type's name.
napi_value ExceptionToJs(Environment& environment, Value& value) {
  napi_env env = environment.env;
  int64_t ref = environment.refs.Add(value.object);
  value.object = nullptr;
  napi_value text = TextToJs(env, value.text);
  if (!text) text = MakeText(env, kTooLongMessage);
  napi_value arguments[] = {MakeNumber(env, static_cast<double>(ref)), TextToJs(env, value.details[0]), text,
                            MakeBoolean(env, false)};  // it was raised on another thread
  napi_value error = environment.CallHook(Hook::makeError, 4, arguments);
  if (!error) environment.refs.Release(ref);
  return error;
}

// A JS error comes home; details[0] names the Python functions that it has passed.
napi_value ThrownToJs(Environment& environment, Value& value) {
  napi_env env = environment.env;
  if (!value.details.empty()) {
    napi_value arguments[3] = {MakeNumber(env, kOperationAddPythonFrames), MakeNumber(env, value.number), TextToJs(env, value.details[0])};
    environment.CallHook(Hook::operate, 3, arguments);
  }
  return JsValueToJs(environment, value);
}

}  // namespace

napi_value TextToJs(napi_env env, const Text& text) {
  napi_value result = nullptr;
  if (text.is_wide) {
    napi_create_string_utf16(env, text.wide.data(), text.wide.size(), &result);
  } else {
    napi_create_string_utf8(env, text.narrow.data(), text.narrow.size(), &result);
  }
  return result;
}

bool TextFromPython(PyObject* text, Text& result) {
  Py_ssize_t size = 0;
  if (const char* data = py.PyUnicode_AsUTF8AndSize(text, &size)) {
    result.narrow.assign(data, static_cast<size_t>(size));
    return true;
  }
  py.PyErr_Clear();  // lone surrogates: JS strings may have them too
  Owned bytes(py.PyUnicode_AsEncodedString(text, "utf-16-le", "surrogatepass"));
  char* data = nullptr;
  if (!bytes || py.PyBytes_AsStringAndSize(bytes.get(), &data, &size) < 0) return false;
  result.is_wide = true;
  result.wide.assign(reinterpret_cast<char16_t*>(data), static_cast<size_t>(size) / 2);
  return true;
}

bool FromPython(Environment& target, PyObject* object, Value& value, Handover handover) {
  if (object == py._Py_NoneStruct || object == UndefinedMarker()) {
    value.flag = object != py._Py_NoneStruct;
    return true;
  }
  if (object == py._Py_TrueStruct || object == py._Py_FalseStruct) {
    value.kind = Value::Kind::boolean;
    value.flag = object == py._Py_TrueStruct;
    return true;
  }
  if (IsExactly(object, py.PyLong_Type)) {
    int overflow = 0;
    value.integer = py.PyLong_AsLongLongAndOverflow(object, &overflow);
    value.kind = Value::Kind::integer;
    if (!overflow && IsSafeInteger(value.integer)) return true;
    value.kind = Value::Kind::bigint;
    return WordsOf(object, value.flag, value.words);
  }
  if (IsExactly(object, py.PyFloat_Type)) {
    value.kind = Value::Kind::number;
    value.number = py.PyFloat_AsDouble(object);
    return true;
  }
  if (IsExactly(object, py.PyUnicode_Type)) {
    value.kind = Value::Kind::text;
    return TextFromPython(object, value.text);
  }
  Owned buffer(IsExactly(object, py.PyMemoryView_Type) ? WholeBufferOf(object) : nullptr);
  if (buffer) object = buffer.get();
  Owned behind(JsObjectOfDict(object));
  if (behind && EnvironmentOf(behind.get()) == &target) object = behind.get();
  value.object = NewRef(object);
  value.owned = true;
  if (IsJsObject(object) && EnvironmentOf(object) == &target) {
    value.kind = Value::Kind::js;
    value.number = JsIdOf(target, object);
    return true;
  }
  value.kind = Value::Kind::object;
  value.traits = TraitsOf(object, handover);
  if (FindCallee(object) == Callee::coroutine_function) value.traits |= kCoroutineFunction;
  return true;
}

napi_value ToJs(Environment& environment, Value& value) {
  napi_env env = environment.env;
  napi_value result = nullptr;
  switch (value.kind) {
    case Value::Kind::none:
      return value.flag ? MakeUndefined(env) : MakeNull(env);
    case Value::Kind::boolean:
      return MakeBoolean(env, value.flag);
    case Value::Kind::integer:
      return napi_create_int64(env, value.integer, &result) == napi_ok ? result : nullptr;
    case Value::Kind::number:
      return MakeNumber(env, value.number);
    case Value::Kind::text:
      result = TextToJs(env, value.text);
      return result ? result : ThrowTooLong(environment);
    case Value::Kind::bigint:
      if (napi_create_bigint_words(env, value.flag, value.words.size(), value.words.data(), &result) == napi_ok) return result;
      TakeThrown(env);
      return ThrowFailure(environment, "bad-argument", "Cannot convert this int: it is too large for a JavaScript bigint");
    case Value::Kind::js:
      return JsValueToJs(environment, value);
    case Value::Kind::data:  // from JS to Python only
      break;
    case Value::Kind::object:
      return ObjectToJs(environment, value);
    case Value::Kind::exception:
      return ExceptionToJs(environment, value);
    case Value::Kind::thrown:
      return ThrownToJs(environment, value);
    case Value::Kind::failure: {
      napi_value arguments[] = {TextToJs(env, value.details[0]), TextToJs(env, value.text)};
      return environment.CallHook(Hook::fail, 2, arguments);
    }
  }
  return nullptr;
}

}  // namespace interloop
