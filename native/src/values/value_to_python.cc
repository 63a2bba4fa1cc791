#include "values/value_to_python.h"

#include "environment/js_values.h"
#include "values/convert.h"
#include "values/data_to_python.h"
#include "values/errors.h"
#include "values/js_buffer.h"

namespace interloop {

namespace {

bool ObjectFromJs(Environment& environment, napi_value source, napi_valuetype type, Value& value, bool reference) {
  environment.call_slots[kKind] = 0;
  napi_value arguments[2] = {source};
  if (reference) napi_get_boolean(environment.env, true, &arguments[1]);
  napi_value named = environment.CallHook(Hook::identify, reference ? 2 : 1, arguments);
  if (!named) return false;
  double number = 0;
  if (napi_get_value_double(environment.env, named, &number) != napi_ok && IsData(environment.env, named)) {
    value.kind = Value::Kind::data;
    value.data = std::make_unique<WrittenData>();
    return CopyData(environment, named, *value.data);
  }
  if (number > 0) {
    value.object = environment.refs.Get(static_cast<int64_t>(number));
    if (!value.object) {
      ThrowFailure(environment, "handle-invalid", "Cannot use this Python object: its handle was disposed or belongs to another thread");
      return false;
    }
    value.kind = Value::Kind::object;
    value.loan = environment.refs.Lend();
    return true;
  }
  value.kind = Value::Kind::js;
  value.number = -number;
  value.js_kind = KindOf(environment, source, type);
  value.is_async = value.js_kind == JsKind::function && environment.call_slots[kKind] == kAsyncFunction;
  value.is_owned = environment.call_slots[kKind] >= kOwnIterator;
  if (value.js_kind == JsKind::memory) value.memory = LookAtMemory(environment, value.number);
  return true;
}

}  // namespace

bool TextFromJs(napi_env env, napi_value source, Text& text) {
  size_t length = 0;
  if (napi_get_value_string_utf16(env, source, nullptr, 0, &length) != napi_ok) return false;
  text.is_wide = true;
  text.wide.resize(length + 1);
  if (napi_get_value_string_utf16(env, source, text.wide.data(), length + 1, &length) != napi_ok) return false;
  text.wide.resize(length);
  return true;
}

namespace {

bool FromJs(Environment& environment, napi_value source, Value& value, bool reference) {
  napi_env env = environment.env;
  const napi_valuetype type = TypeOfValue(env, source);
  switch (type) {
    case napi_undefined:
    case napi_null:
      return true;
    case napi_boolean:
      value.kind = Value::Kind::boolean;
      value.flag = IsTrue(env, source);
      return true;
    case napi_number:
      value.number = GetNumber(env, source);
      value.kind = IsIntegral(value.number) ? Value::Kind::integer : Value::Kind::number;
      if (value.kind == Value::Kind::integer) value.integer = static_cast<int64_t>(value.number);
      return true;
    case napi_string:
      value.kind = Value::Kind::text;
      return TextFromJs(env, source, value.text);
    case napi_bigint: {
      value.kind = Value::Kind::bigint;
      size_t count = 0;
      int sign = 0;
      if (napi_get_value_bigint_words(env, source, nullptr, &count, nullptr) != napi_ok) return false;
      value.words.resize(count);
      if (napi_get_value_bigint_words(env, source, &sign, &count, value.words.data()) != napi_ok) return false;
      value.flag = sign != 0;
      return true;
    }
    default:
      return ObjectFromJs(environment, source, type, value, reference);
  }
}

}  // namespace

bool FromJs(Environment& environment, napi_value source, Value& value) { return FromJs(environment, source, value, false); }

void ErrorFromJs(Environment& environment, napi_value thrown, Value& value) {
  napi_env env = environment.env;
  napi_value described = environment.CallHook(Hook::explain, 1, &thrown);
  if (!described) {  // explain() is ours and must not throw; a terminating worker makes every call fail
    TakeThrown(env);
    SayFailure("finalized", "JavaScript threw while its runtime was ending", value);
    return;
  }
  if (double ref = GetNumber(env, ElementOf(env, described, 0)); ref != 0) {
    if (PyObject* exception = environment.refs.Get(static_cast<int64_t>(ref))) {
      value.kind = Value::Kind::exception;
      value.object = exception;
      value.loan = environment.refs.Lend();
      return;
    }
  }
  value.kind = Value::Kind::thrown;
  value.number = GetNumber(env, ElementOf(env, described, 1));
  value.details.resize(5);  // name, message, stack, code, calls
  for (uint32_t index = 0; index < 5; ++index) TextFromJs(env, ElementOf(env, described, index + 2), value.details[index]);
  value.inner = std::make_unique<Value>();
  if (!FromJs(environment, thrown, *value.inner, true)) {
    TakeThrown(env);
    *value.inner = Value();
  }
}

void PendingErrorFromJs(Environment& environment, Value& value) {
  napi_value thrown = TakeThrown(environment.env);
  if (!thrown) {
    SayFailure("finalized", "Cannot call JavaScript: its runtime is ending", value);
  } else {
    ErrorFromJs(environment, thrown, value);
  }
}

PyObject* TextToPython(const Text& text) {
  if (!text.is_wide) return py.PyUnicode_FromStringAndSize(text.narrow.data(), static_cast<Py_ssize_t>(text.narrow.size()));
  int order = -1;  // little-endian, no byte order mark
  return py.PyUnicode_DecodeUTF16(reinterpret_cast<const char*>(text.wide.data()), static_cast<Py_ssize_t>(text.wide.size() * 2), "surrogatepass", &order);
}

PyObject* ToPython(Environment& environment, Value& value) {
  Own(value);
  switch (value.kind) {
    case Value::Kind::none:
      return NewRef(None());
    case Value::Kind::boolean:
      return NewRef(value.flag ? py._Py_TrueStruct : py._Py_FalseStruct);
    case Value::Kind::integer:
      return py.PyLong_FromLongLong(value.integer);
    case Value::Kind::number:
      return py.PyFloat_FromDouble(value.number);
    case Value::Kind::text:
      return TextToPython(value.text);
    case Value::Kind::bigint:
      return NumberOfWords(value.flag, value.words);
    case Value::Kind::object:
    case Value::Kind::exception: {
      PyObject* object = value.object;
      value.object = nullptr;
      return object;
    }
    case Value::Kind::data: {
      PyObject* made = DataToPython(environment, *value.data);
      for (PyObject* object : value.data->objects) {
        if (value.data->owned) py.Py_DecRef(object);
      }
      value.data.reset();
      value.kind = Value::Kind::none;
      return made;
    }
    case Value::Kind::js: {
      PyObject* object = NewJsObject(environment, value.js_kind, value.number, nullptr);
      value.number = 0;
      if (value.memory) return MemoryViewOf(object, std::move(value.memory));
      if (object && value.js_kind == JsKind::function) MarkAsync(object, value.is_async);
      if (object && value.is_owned) MarkOwned(object, true);
      return object;
    }
    case Value::Kind::failure: {
      RaiseFailure(value.details[0].narrow.c_str(), value.text.narrow);
      return TakeException();
    }
    case Value::Kind::thrown: {
      Owned holder(NewJsObject(environment, JsKind::object, value.number, nullptr));
      value.number = 0;
      PyObject* parts[6] = {};
      bool whole = bool(holder);
      // name, message, stack, code, value, calls
      for (size_t index = 0; index < 5 && whole; ++index) whole = (parts[index < 4 ? index : 5] = TextToPython(value.details[index])) != nullptr;
      whole = whole && (parts[4] = ToPython(environment, *value.inner)) != nullptr;
      PyObject* exception = whole ? ErrorFromParts(parts, holder.get()) : TakeException();
      for (PyObject* part : parts) {
        if (part) py.Py_DecRef(part);
      }
      return exception;
    }
  }
  return nullptr;
}

PyObject* RaiseValue(Environment& environment, Value& value) {
  Owned exception(ToPython(environment, value));
  return exception ? Raise(exception.get()) : nullptr;
}

}  // namespace interloop
