#include "values/data_to_js.h"

#include <cstdio>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "environment/native_call.h"
#include "values/convert.h"
#include "values/errors.h"

namespace interloop {

namespace {

// The codes of data-reader.ts.
enum class Code : uint8_t { none, boolean_true, boolean_false, number, text, bigint, array, frozen, numbers, shape, object, map, set, seen };

constexpr size_t kDeep = 200;   // deeper data is converted by the slower way, which needs no stack
constexpr size_t kLayouts = 4;  // how many layouts of dicts are remembered at each level

class Writer {
 public:
  // False: something is in it that this cannot convert.
  bool Item(PyObject* object, size_t level) {
    if (object == None()) return Put(Code::none);
    if (object == py._Py_TrueStruct) return Put(Code::boolean_true);
    if (object == py._Py_FalseStruct) return Put(Code::boolean_false);
    if (IsExactly(object, py.PyUnicode_Type)) return Put(Code::text) && Text(object);
    if (IsExactly(object, py.PyLong_Type)) return Integer(object);
    if (IsExactly(object, py.PyFloat_Type)) return Put(Code::number, py.PyFloat_AsDouble(object));
    const bool is_list = IsExactly(object, py.PyList_Type), is_dict = IsExactly(object, py.PyDict_Type), is_tuple = IsExactly(object, py.PyTuple_Type);
    if (!is_list && !is_dict && !is_tuple && !IsExactly(object, py.PySet_Type) && !IsExactly(object, py.PyFrozenSet_Type)) return false;
    // Nobody else has an object that is referred to once, so it cannot occur twice.
    if (object->ob_refcnt > 1) {
      auto [place, added] = met_.try_emplace(object, containers_);
      if (!added) return Put(Code::seen, static_cast<double>(place->second));
    }
    ++containers_;
    if (level >= kDeep) return false;
    return is_list ? List(object, level + 1) : is_dict ? Dict(object, level + 1) : is_tuple ? Tuple(object, level + 1) : Set(object, level + 1);
  }

  std::vector<uint8_t> codes;
  std::vector<double> numbers;
  std::string texts = "[";  // a JSON array
  bool ascii = true;

 private:
  bool Put(Code code) {
    codes.push_back(static_cast<uint8_t>(code));
    return true;
  }
  bool Put(Code code, double number) {
    numbers.push_back(number);
    return Put(code);
  }

  bool Integer(PyObject* object) {
    int overflow = 0;
    const long long number = py.PyLong_AsLongLongAndOverflow(object, &overflow);
    if (!overflow && IsSafeInteger(number)) return Put(Code::number, static_cast<double>(number));
    Owned digits(py.PyNumber_ToBase(object, 16));
    return digits && Put(Code::bigint) && Text(digits.get());
  }

  bool Text(PyObject* text) {
    Py_ssize_t size = 0;
    const char* data = py.PyUnicode_AsUTF8AndSize(text, &size);
    if (!data) return false;  // lone surrogates
    if (texts.size() > 1) texts += ',';
    texts += '"';
    const char* start = data;
    const char* end = data + size;
    unsigned char seen = 0;
    for (const char* at = data; at < end; ++at) {
      const auto unit = static_cast<unsigned char>(*at);
      seen |= unit;
      if (unit >= 0x20 && unit != '"' && unit != '\\') continue;
      texts.append(start, at);
      char escaped[7];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", unit);
      texts += escaped;
      start = at + 1;
    }
    texts.append(start, end);
    texts += '"';
    if (seen >= 0x80) ascii = false;
    return true;
  }

  bool List(PyObject* list, size_t level) {
    const Py_ssize_t count = py.PyList_Size(list);
    if (Numbers(list, count)) return true;
    Put(Code::array, static_cast<double>(count));
    for (Py_ssize_t index = 0; index < count; ++index) {
      if (!Item(py.PyList_GetItem(list, index), level)) return false;
    }
    return true;
  }

  // A list of nothing but floats needs no code for each.
  bool Numbers(PyObject* list, Py_ssize_t count) {
    if (count < 3) return false;
    for (Py_ssize_t index = 0; index < count; ++index) {
      if (!IsExactly(py.PyList_GetItem(list, index), py.PyFloat_Type)) return false;
    }
    Put(Code::numbers, static_cast<double>(count));
    for (Py_ssize_t index = 0; index < count; ++index) numbers.push_back(py.PyFloat_AsDouble(py.PyList_GetItem(list, index)));
    return true;
  }

  bool Tuple(PyObject* tuple, size_t level) {
    const Py_ssize_t count = py.PyTuple_Size(tuple);
    Put(Code::frozen, static_cast<double>(count));
    for (Py_ssize_t index = 0; index < count; ++index) {
      if (!Item(py.PyTuple_GetItem(tuple, index), level)) return false;
    }
    return true;
  }

  bool Set(PyObject* set, size_t level) {
    Put(Code::set, static_cast<double>(py.PySet_Size(set)));
    Owned iterator(py.PyObject_GetIter(set));
    while (PyObject* member = iterator ? py.PyIter_Next(iterator.get()) : nullptr) {
      Owned owned(member);
      // What the walk refers to has one reference more here.
      if (IsContainer(member) || !Item(member, level)) return false;
    }
    return !py.PyErr_Occurred();
  }

  static bool IsContainer(PyObject* object) { return IsExactly(object, py.PyTuple_Type) || IsExactly(object, py.PyFrozenSet_Type); }

  bool Dict(PyObject* dict, size_t level) {
    keys_.clear();
    Py_ssize_t position = 0;
    PyObject *key, *value;
    while (py.PyDict_Next(dict, &position, &key, &value)) {
      if (!IsExactly(key, py.PyUnicode_Type)) return Map(dict, level);
      keys_.push_back(key);
    }
    if (!Layout(level)) return false;
    position = 0;
    while (py.PyDict_Next(dict, &position, &key, &value)) {
      if (!Item(value, level)) return false;
    }
    return true;
  }

  // The keys: those of a dict that was met at this level shortly before, or a new shape.
  bool Layout(size_t level) {
    if (layouts_.size() <= level) layouts_.resize(level + 1);
    std::vector<Known>& known = layouts_[level];
    for (const Known& each : known) {
      if (each.keys == keys_) return Put(Code::object, each.number);
    }
    Put(Code::shape, static_cast<double>(keys_.size()));
    for (PyObject* key : keys_) {
      if (!Text(key)) return false;
    }
    if (known.size() == kLayouts) known.erase(known.begin());
    known.push_back({keys_, shapes_++});
    return true;
  }

  bool Map(PyObject* dict, size_t level) {
    Put(Code::map, static_cast<double>(py.PyDict_Size(dict)));
    Py_ssize_t position = 0;
    PyObject *key, *value;
    while (py.PyDict_Next(dict, &position, &key, &value)) {
      if (!Item(key, level) || !Item(value, level)) return false;
    }
    return true;
  }

  struct Known {
    std::vector<PyObject*> keys;  // borrowed; the same strings, which the dicts hold
    double number;
  };
  std::unordered_map<PyObject*, size_t> met_;
  std::vector<std::vector<Known>> layouts_;
  std::vector<PyObject*> keys_;
  size_t containers_ = 0;
  double shapes_ = 0;
};

bool MakeArray(napi_env env, napi_typedarray_type type, size_t count, size_t width, const void* source, napi_value* array) {
  napi_value buffer;
  void* memory = nullptr;
  if (napi_create_arraybuffer(env, count * width, &memory, &buffer) != napi_ok) return false;
  if (count > 0) std::memcpy(memory, source, count * width);
  return napi_create_typedarray(env, type, count, buffer, 0, array) == napi_ok;
}

}  // namespace

napi_value FlattenData(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  Environment& environment = *args.environment;
  PythonScope entry(environment);
  if (!entry) return nullptr;
  PyObject* object = GetRef(environment, args.values[0]);
  if (!object) return nullptr;
  Owned kept(NewRef(object));
  Writer writer;
  if (!writer.Item(object, 0)) {
    py.PyErr_Clear();  // the slower way says what is wrong
    return nullptr;
  }
  writer.texts += ']';
  napi_value parts[3], answer;
  const std::string& texts = writer.texts;
  const bool made = MakeArray(env, napi_uint8_array, writer.codes.size(), 1, writer.codes.data(), &parts[0]) &&
                    MakeArray(env, napi_float64_array, writer.numbers.size(), sizeof(double), writer.numbers.data(), &parts[1]) &&
                    (writer.ascii ? napi_create_string_latin1(env, texts.data(), texts.size(), &parts[2])
                                  : napi_create_string_utf8(env, texts.data(), texts.size(), &parts[2])) == napi_ok &&
                    napi_create_array_with_length(env, 3, &answer) == napi_ok;
  if (!made) return nullptr;
  for (uint32_t index = 0; index < 3; ++index) {
    if (napi_set_element(env, answer, index, parts[index]) != napi_ok) return nullptr;
  }
  return answer;
}

}  // namespace interloop
