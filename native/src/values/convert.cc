#include "values/convert.h"

#include <cmath>
#include <cstring>
#include <string>

#include "environment/forked_child.h"
#include "environment/js_values.h"
#include "values/callee.h"
#include "values/data_to_python.h"
#include "values/errors.h"
#include "values/js_buffer.h"
#include "values/js_dict.h"
#include "values/js_function.h"
#include "values/js_object.h"

namespace interloop {

namespace {

constexpr unsigned long kTypeSubclassFlag = 1ul << 31;  // Py_TPFLAGS_TYPE_SUBCLASS: the type of a class
constexpr const char* kTooLarge = "Cannot convert this int: it is too large for a JavaScript bigint";

// Whether the type has __await__. 3.9 cannot read the slots of static types.
bool IsAwaitable(PyObject* object) {
  PyTypeObject* type = TypeOf(object);
  if (py.PyIter_Send) return py.PyType_GetSlot(type, kAmAwait) != nullptr;
  return py.PyObject_HasAttrString(reinterpret_cast<PyObject*>(type), "__await__");
}

// Whether the type has a method `then`, as polars' `when(...)` has. One of the object alone, such as a mock's, does not count.
bool HasThen(PyObject* object) {
  static PyObject* name = Interned("then");
  return name && py._PyType_Lookup && py._PyType_Lookup(TypeOf(object), name) != nullptr;
}

// An int outside the safe range.
napi_value BigIntToJs(napi_env env, PyObject* number) {
  bool negative = false;
  std::vector<uint64_t> words;
  if (!WordsOf(number, negative, words)) return nullptr;
  napi_value result = nullptr;
  if (napi_create_bigint_words(env, negative, words.size(), words.data(), &result) != napi_ok) {
    TakeThrown(env);
    RaiseFailure("bad-argument", kTooLarge);
    return nullptr;
  }
  return result;
}

PyObject* BigIntToPython(napi_env env, napi_value value) {
  int sign = 0;
  size_t count = 0;
  std::vector<uint64_t> words;
  if (napi_get_value_bigint_words(env, value, nullptr, &count, nullptr) == napi_ok) {
    words.resize(count);
    if (napi_get_value_bigint_words(env, value, &sign, &count, words.data()) != napi_ok) words.clear();
  }
  return NumberOfWords(sign != 0, words);
}

// An object, function or symbol: core names it, and its JS type chooses the Python one; or it writes down the data.
PyObject* ObjectToPython(Environment& environment, napi_value value, napi_valuetype type, bool reference) {
  napi_env env = environment.env;
  environment.call_slots[kKind] = 0;
  napi_value arguments[2] = {value};
  if (reference) napi_get_boolean(env, true, &arguments[1]);
  napi_value named = environment.CallHook(Hook::identify, reference ? 2 : 1, arguments);
  if (!named) return RaisePending(environment);
  double number = 0;
  if (napi_get_value_double(env, named, &number) != napi_ok && IsData(env, named)) return DataToPython(environment, named);
  if (number > 0) {
    PyObject* object = environment.refs.Get(static_cast<int64_t>(number));
    if (!object) return RaiseFailure("handle-invalid", "Cannot use this Python object: its handle was disposed or belongs to another thread");
    return NewRef(object);
  }
  JsKind kind = KindOf(environment, value, type);
  PyObject* object = NewJsObject(environment, kind, -number, nullptr);
  if (kind == JsKind::memory) return MemoryViewOf(object, nullptr);
  if (object && kind == JsKind::function) MarkAsync(object, environment.call_slots[kKind] == kAsyncFunction);
  if (object && environment.call_slots[kKind] >= kOwnIterator) MarkOwned(object, true);
  return object;
}

}  // namespace

// Through its hexadecimal digits, which have no length limit.
bool WordsOf(PyObject* number, bool& negative, std::vector<uint64_t>& words) {
  Owned text(py.PyNumber_ToBase(number, 16));
  if (!text) return false;
  Py_ssize_t size = 0;
  const char* digits = py.PyUnicode_AsUTF8AndSize(text.get(), &size);
  if (!digits) return false;
  negative = *digits == '-';
  const char* first = digits + (negative ? 3 : 2);  // "-0x" or "0x"
  for (const char* end = digits + size; end > first; end -= std::min<Py_ssize_t>(16, end - first)) {
    const char* start = end - std::min<Py_ssize_t>(16, end - first);
    words.push_back(std::stoull(std::string(start, end), nullptr, 16));
  }
  return true;
}

PyObject* NumberOfWords(bool negative, const std::vector<uint64_t>& words) {
  std::string text = negative ? "-0" : "0";
  char digits[17];
  for (size_t index = words.size(); index-- > 0;) {
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(words[index]));
    text += digits;
  }
  return py.PyLong_FromString(text.c_str(), nullptr, 16);
}

// Not by std::trunc(): without SSE 4.1 that is a call of the mathematics library.
bool IsSafeInteger(double number) { return std::fabs(number) <= kMaxSafeInteger && static_cast<double>(static_cast<int64_t>(number)) == number; }

bool IsIntegral(double number) { return IsSafeInteger(number) && !(number == 0 && std::signbit(number)); }

int TraitsOf(PyObject* object, Handover handover) {
  bool coroutine = IsExactly(object, py.PyCoro_Type);
  int traits = coroutine ? kCoroutine : py.PyCallable_Check(object) ? kCallable : 0;
  if ((traits & kCallable) && (py.PyType_GetFlags(TypeOf(object)) & kTypeSubclassFlag)) traits |= kClass;
  if (handover == Handover::call_result && (coroutine || IsAwaitable(object))) traits |= kAwaitable;
  if (HasThen(object)) traits |= kHasThen;
  return traits;
}

JsKind KindOf(Environment& environment, napi_value value, napi_valuetype type) {
  napi_env env = environment.env;
  if (type == napi_function) return JsKind::function;
  if (type != napi_object) return JsKind::object;
  double kind = environment.call_slots[kKind];
  if (kind == kThenable) return JsKind::promise;
  if (kind == kIterator || kind == kOwnIterator) return JsKind::iterator;
  if (kind == kAsyncIterator || kind == kOwnAsyncIterator) return JsKind::async_iterator;
  if (kind == kAsyncIterable) return JsKind::async_iterable;
  if (kind == kArray) return JsKind::array;
  if (kind == kMapping) return JsKind::mapping;
  if (kind == kBuffer) return JsKind::buffer;
  bool is = false;
  if (kind == kSharedMemory || (napi_is_typedarray(env, value, &is) == napi_ok && is) || (napi_is_arraybuffer(env, value, &is) == napi_ok && is) ||
      (napi_is_dataview(env, value, &is) == napi_ok && is)) {
    return JsKind::memory;
  }
  return JsKind::object;
}

napi_value MakeNumber(napi_env env, double number) {
  napi_value result = nullptr;
  int32_t small = static_cast<int32_t>(static_cast<int64_t>(number));
  // No heap number is made for a small integer.
  const bool is_small = small == number && !(small == 0 && std::signbit(number));
  return (is_small ? napi_create_int32(env, small, &result) : napi_create_double(env, number, &result)) == napi_ok ? result : nullptr;
}

double GetNumber(napi_env env, napi_value value) {
  double number = 0;
  return value && napi_get_value_double(env, value, &number) == napi_ok ? number : 0;
}

napi_value ElementOf(napi_env env, napi_value array, uint32_t index) {
  napi_value element = nullptr;
  return napi_get_element(env, array, index, &element) == napi_ok ? element : MakeUndefined(env);
}

napi_value MakeString(napi_env env, PyObject* text) {
  napi_value result = nullptr;
  Py_ssize_t size = 0;
  if (const char* data = py.PyUnicode_AsUTF8AndSize(text, &size)) {
    return MakeText(env, {data, static_cast<size_t>(size)});
  }
  py.PyErr_Clear();  // lone surrogates: JS strings may have them too
  Owned bytes(py.PyUnicode_AsEncodedString(text, "utf-16-le", "surrogatepass"));
  char* data = nullptr;
  if (!bytes || py.PyBytes_AsStringAndSize(bytes.get(), &data, &size) < 0) return nullptr;
  napi_create_string_utf16(env, reinterpret_cast<char16_t*>(data), static_cast<size_t>(size) / 2, &result);
  return result;
}

PyObject* StringToPython(napi_env env, napi_value text) {
  constexpr size_t kShort = 256;
  char16_t buffer[kShort];
  size_t length = 0;
  if (napi_get_value_string_utf16(env, text, buffer, kShort, &length) != napi_ok) {
    py.PyErr_SetString(py.PyExc_TypeError, "Expected a JavaScript string");
    return nullptr;
  }
  const char16_t* units = buffer;
  std::u16string longer;
  if (length == kShort - 1) {  // perhaps cut
    napi_get_value_string_utf16(env, text, nullptr, 0, &length);
    longer.resize(length + 1);
    napi_get_value_string_utf16(env, text, longer.data(), length + 1, &length);
    units = longer.data();
  } else {
    char narrow[kShort];
    char16_t seen = 0;
    for (size_t index = 0; index < length; ++index) {
      seen |= units[index];
      narrow[index] = static_cast<char>(units[index]);
    }
    if (seen < 0x80) return py.PyUnicode_FromStringAndSize(narrow, static_cast<Py_ssize_t>(length));
  }
  int order = -1;  // little-endian, no byte order mark
  return py.PyUnicode_DecodeUTF16(reinterpret_cast<const char*>(units), static_cast<Py_ssize_t>(length * 2), "surrogatepass", &order);
}

napi_value ToJs(Environment& environment, PyObject* object, Handover handover) {
  if (InForkedChild()) LeaveForkedChild(environment);
  napi_env env = environment.env;
  napi_value result = nullptr;
  if (object == py._Py_NoneStruct) {
    return MakeNull(env);
  }
  if (object == py._Py_TrueStruct || object == py._Py_FalseStruct) {
    return MakeBoolean(env, object == py._Py_TrueStruct);
  }
  if (IsExactly(object, py.PyLong_Type)) {
    int overflow = 0;
    long long number = py.PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow || !IsSafeInteger(number)) return BigIntToJs(env, object);
    napi_create_int64(env, number, &result);
    return result;
  }
  if (IsExactly(object, py.PyFloat_Type)) return MakeNumber(env, py.PyFloat_AsDouble(object));
  if (IsExactly(object, py.PyUnicode_Type)) {
    napi_value text = MakeString(env, object);
    return text || py.PyErr_Occurred() ? text : ThrowTooLong(environment);
  }
  if (IsJsObject(object) && EnvironmentOf(object) == &environment) return JsValueOf(environment, object);
  if (IsExactly(object, py.PyMemoryView_Type)) {
    Owned buffer(WholeBufferOf(object));
    if (buffer && EnvironmentOf(buffer.get()) == &environment) return JsValueOf(environment, buffer.get());
  }
  if (Owned behind(JsObjectOfDict(object)); behind && EnvironmentOf(behind.get()) == &environment) return JsValueOf(environment, behind.get());

  if (object == UndefinedMarker()) return MakeUndefined(env);
  int traits = TraitsOf(object, handover);
  int64_t ref = environment.refs.Add(NewRef(object));
  if (CalleeOf(environment.refs, ref) == Callee::coroutine_function) traits |= kCoroutineFunction;
  napi_value arguments[2];
  arguments[0] = MakeNumber(env, static_cast<double>(ref));
  arguments[1] = MakeNumber(env, traits);
  napi_value handle = environment.CallHook(Hook::wrap, 2, arguments);
  if (!handle) environment.refs.Release(ref);  // the stack is full; a Ref that core has released already is stale
  return handle;
}

namespace {

PyObject* ToPython(Environment& environment, napi_value value, bool reference) {
  napi_env env = environment.env;
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  switch (type) {
    case napi_undefined:
    case napi_null:
      return NewRef(None());
    case napi_boolean: {
      bool boolean = false;
      napi_get_value_bool(env, value, &boolean);
      return NewRef(boolean ? py._Py_TrueStruct : py._Py_FalseStruct);
    }
    case napi_number: {
      double number = GetNumber(env, value);
      return IsIntegral(number) ? py.PyLong_FromLongLong(static_cast<long long>(number)) : py.PyFloat_FromDouble(number);
    }
    case napi_string:
      return StringToPython(env, value);
    case napi_bigint:
      return BigIntToPython(env, value);
    default:
      return ObjectToPython(environment, value, type, reference);
  }
}

}  // namespace

PyObject* ToPython(Environment& environment, napi_value value) { return ToPython(environment, value, false); }

PyObject* ReferenceToPython(Environment& environment, napi_value value) { return ToPython(environment, value, true); }

PyObject* GetRef(Environment& environment, napi_value value) {
  double number = 0;
  if (napi_get_value_double(environment.env, value, &number) == napi_ok && IsSafeInteger(number)) {
    if (PyObject* object = environment.refs.Get(static_cast<int64_t>(number))) return object;
  }
  ThrowFailure(environment, "handle-invalid", "Cannot use this Python object: its handle was disposed or belongs to another thread");
  return nullptr;
}

bool SetOwn(napi_env env, napi_value object, napi_value name, napi_value value) {
  napi_property_descriptor property = {nullptr, name, nullptr, nullptr, nullptr, value, napi_default_jsproperty, nullptr};
  return napi_define_properties(env, object, 1, &property) == napi_ok;
}

}  // namespace interloop
