#include "values/data_to_python.h"

#include <algorithm>

#include "cpython/tuple.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/js_dict.h"
#include "values/js_object.h"

namespace interloop {

namespace {

// Python's cyclic collector, which may run finalizers and so any code, waits until the containers are whole.
class CollectorPause {
 public:
  CollectorPause() : enabled_(py.PyGC_Disable && py.PyGC_Disable() != 0) {}
  ~CollectorPause() {
    if (enabled_) py.PyGC_Enable();
  }
  CollectorPause(const CollectorPause&) = delete;

 private:
  const bool enabled_;
};

PyObject* TextOf(const char16_t* units, size_t length) {
  constexpr size_t kShort = 256;
  char16_t seen = 0;
  if (length <= kShort) {
    char narrow[kShort];
    for (size_t index = 0; index < length; ++index) {
      seen |= units[index];
      narrow[index] = static_cast<char>(units[index]);
    }
    if (seen < 0x80) return py.PyUnicode_FromStringAndSize(narrow, static_cast<Py_ssize_t>(length));
    if (seen < 0x100) return py.PyUnicode_DecodeLatin1(narrow, static_cast<Py_ssize_t>(length), nullptr);
  }
  int order = -1;  // little-endian, no byte order mark
  return py.PyUnicode_DecodeUTF16(reinterpret_cast<const char*>(units), static_cast<Py_ssize_t>(length * 2), "surrogatepass", &order);
}

PyObject* NumberOf(double number) { return IsIntegral(number) ? py.PyLong_FromLongLong(static_cast<long long>(number)) : py.PyFloat_FromDouble(number); }

class Builder {
 public:
  Builder(Environment& environment, const DataView& view, PyObject* const* objects, std::vector<std::shared_ptr<JsMemory>> memories)
      : environment_(environment),
        view_(view),
        objects_(objects),
        memories_(std::move(memories)),
        codes_(view.codes),
        numbers_(view.numbers + kHeaderSize),
        text_(view.text) {}
  ~Builder() {
    for (PyObject* date : dates_) py.Py_DecRef(date);
    for (PyObject* key : keys_) py.Py_DecRef(key);
  }
  Builder(const Builder&) = delete;

  PyObject* Build() {
    PyObject* result = nullptr;
    if (MakeDates() && (view_.Count(kJsDictCount) == 0 || LoadJsDict())) {
      CollectorPause pause;
      made_.reserve(view_.Count(kContainerCount));
      result = Item();
    }
    view_.DropIds(environment_, ids_used_, js_dicts_used_);  // what was not reached
    return result;
  }

 private:
  // Before anything is half made, because Python's code runs.
  bool MakeDates() {
    const size_t count = view_.Count(kDateCount);
    if (count == 0) return true;
    Owned module(py.PyImport_ImportModule("interloop._to_py")), make(module ? py.PyObject_GetAttrString(module.get(), "date_of") : nullptr);
    if (!make) return false;
    for (size_t index = 0; index < count; ++index) {
      Owned time(NumberOf(view_.dates()[index]));
      PyObject* arguments[] = {nullptr, time.get()};
      PyObject* date = time ? CallVector(make.get(), arguments + 1, 1 | kVectorcallOffset) : nullptr;
      if (!date) return false;
      dates_.push_back(date);
    }
    return true;
  }

  double Number() { return *numbers_++; }
  size_t Size() { return static_cast<size_t>(*numbers_++); }

  PyObject* Text() {
    const size_t length = Size();
    const char16_t* units = text_;
    text_ += length;
    return TextOf(units, length);
  }

  PyObject* Item() {
    switch (static_cast<DataCode>(*codes_++)) {
      case DataCode::none:
        return NewRef(None());
      case DataCode::boolean_true:
        return NewRef(py._Py_TrueStruct);
      case DataCode::boolean_false:
        return NewRef(py._Py_FalseStruct);
      case DataCode::number:
        return NumberOf(Number());
      case DataCode::text:
        return Text();
      case DataCode::bigint: {
        const size_t length = Size();
        std::string digits(text_, text_ + length);
        text_ += length;
        return py.PyLong_FromString(digits.c_str(), nullptr, 16);
      }
      case DataCode::list:
        return List(Size());
      case DataCode::tuple:
        return Tuple(Size());
      case DataCode::numbers:
        return Numbers(Size());
      case DataCode::shape:
        if (!Shape(Size())) return nullptr;
        [[fallthrough]];
      case DataCode::dict:
        return Dict(shapes_[Size()], py.PyDict_New());
      case DataCode::map:
        return Map(Size());
      case DataCode::set:
        return Set(Size());
      case DataCode::seen:
        return NewRef(made_[Size()]);
      case DataCode::object:
        return NewRef(objects_[Size()]);
      case DataCode::js_object:
        return Js();
      case DataCode::date:
        return NewRef(dates_[Size()]);
      case DataCode::js_shape:
        if (!Shape(Size())) return nullptr;
        [[fallthrough]];
      case DataCode::js_dict:
        return JsDict(shapes_[Size()]);
    }
    return RaiseFailure("internal", "The data that JavaScript wrote for Python is not understood: please report this");
  }

  // It has no empty places at any time: the hash of a key further in, or a collection, may run code of the program's that finds it.
  PyObject* List(size_t count) {
    Owned list(py.PyList_New(0));
    if (!list) return nullptr;
    made_.push_back(list.get());
    for (size_t index = 0; index < count; ++index) {
      Owned item(Item());
      if (!item || py.PyList_Append(list.get(), item.get()) < 0) return nullptr;
    }
    return list.release();
  }

  PyObject* Numbers(size_t count) {
    Owned list(py.PyList_New(static_cast<Py_ssize_t>(count)));
    if (!list) return nullptr;
    made_.push_back(list.get());
    for (size_t index = 0; index < count; ++index) {
      PyObject* item = NumberOf(Number());
      if (!item || py.PyList_SetItem(list.get(), static_cast<Py_ssize_t>(index), item) < 0) return nullptr;
    }
    return list.release();
  }

  // The writer sees to it that nothing refers to a tuple that is not whole.
  PyObject* Tuple(size_t count) {
    const size_t number = made_.size();
    made_.push_back(nullptr);
    std::vector<Owned> items;
    items.reserve(count);
    for (size_t index = 0; index < count; ++index) {
      items.emplace_back(Item());
      if (!items.back()) return nullptr;
    }
    return made_[number] = NewTuple(items);
  }

  bool Shape(size_t count) {
    shapes_.push_back({keys_.size(), count});
    for (size_t index = 0; index < count; ++index) {
      PyObject* key = Text();
      if (!key) return false;
      keys_.push_back(key);
    }
    return true;
  }

  struct Keys {
    size_t first, count;
  };

  PyObject* Dict(Keys keys, PyObject* made, bool has_functions = false) {
    Owned dict(made);
    if (!dict) return nullptr;
    made_.push_back(dict.get());
    for (size_t index = 0; index < keys.count; ++index) {
      Owned value(Item());
      if (!value || py.PyDict_SetItem(dict.get(), keys_[keys.first + index], value.get()) < 0) return nullptr;
      if (has_functions) BindToDict(value.get(), dict.get());
    }
    return dict.release();
  }

  PyObject* JsDict(Keys keys) { return Dict(keys, NewJsDict(environment_, view_.js_dicts()[js_dicts_used_++]), true); }

  PyObject* Map(size_t count) {
    Owned dict(py.PyDict_New());
    if (!dict) return nullptr;
    made_.push_back(dict.get());
    for (size_t index = 0; index < count; ++index) {
      Owned key(Item()), value(key ? Item() : nullptr);
      if (!value || py.PyDict_SetItem(dict.get(), key.get(), value.get()) < 0) return nullptr;
    }
    return Whole(dict, py.PyDict_Size(dict.get()), count, "keys of a Map");
  }

  PyObject* Set(size_t count) {
    Owned set(py.PySet_New(nullptr));
    if (!set) return nullptr;
    made_.push_back(set.get());
    for (size_t index = 0; index < count; ++index) {
      Owned item(Item());
      if (!item || py.PySet_Add(set.get(), item.get()) < 0) return nullptr;
    }
    return Whole(set, py.PySet_Size(set.get()), count, "members of a Set");
  }

  // JavaScript tells 1 and true apart, and Python does not.
  PyObject* Whole(Owned& made, Py_ssize_t size, size_t wanted, const char* what) {
    if (static_cast<size_t>(size) == wanted) return made.release();
    return RaiseFailure("not-convertible",
                        std::string("Two ") + what + " are equal in Python, so one of them would be lost; python.ref() hands over the object itself");
  }

  PyObject* Js() {
    const double id = Number();
    const int kind = static_cast<int>(Number());
    ++ids_used_;
    PyObject* object = NewJsObject(environment_, static_cast<JsKind>(kind % kAsyncFlag), id, nullptr);
    if (kind == static_cast<int>(JsKind::memory)) return MemoryViewOf(object, std::move(memories_[memories_used_++]));
    if (object && kind % kAsyncFlag == static_cast<int>(JsKind::function)) MarkAsync(object, kind >= kAsyncFlag);
    return object;
  }

  Environment& environment_;
  const DataView& view_;
  PyObject* const* objects_;
  std::vector<std::shared_ptr<JsMemory>> memories_;
  const uint8_t* codes_;
  const double* numbers_;
  const char16_t* text_;
  std::vector<PyObject*> made_;   // borrowed
  std::vector<PyObject*> dates_;  // owned
  std::vector<PyObject*> keys_;   // owned
  std::vector<Keys> shapes_;
  size_t ids_used_ = 0, js_dicts_used_ = 0, memories_used_ = 0;
};

}  // namespace

PyObject* DataToPython(Environment& environment, WrittenData& data) {
  data.ids_used = true;
  const DataView view = data.view();
  return Builder(environment, view, data.objects.data(), std::move(data.memories)).Build();
}

PyObject* DataToPython(Environment& environment, napi_value identified) {
  DataView view;
  std::u16string text;
  if (!FindData(environment, identified, view, text))
    return RaiseFailure("internal", "The data that JavaScript wrote for Python cannot be read: please report this");
  std::vector<PyObject*> objects;
  if (!FindObjects(environment, view, objects)) {
    view.DropIds(environment, 0, 0);
    return RaiseFailure("handle-invalid", "Cannot use this Python object: its handle was disposed or belongs to another thread");
  }
  // Where Python's code may run meanwhile (the hash of a Python object that is a key), it may call JavaScript, which writes on the same tape.
  std::vector<uint8_t> codes;
  std::vector<double> numbers;
  if (!objects.empty() || view.Count(kDateCount) > 0 || view.Count(kJsDictCount) > 0 || !py.PyGC_Disable) {
    codes.assign(view.codes, view.codes + view.Count(kCodeCount));
    numbers.assign(view.numbers, view.numbers + view.size());
    view.codes = codes.data();
    view.numbers = numbers.data();
  }
  for (PyObject* object : objects) py.Py_IncRef(object);
  PyObject* result = Builder(environment, view, objects.data(), LookAtMemories(environment, view)).Build();
  for (PyObject* object : objects) py.Py_DecRef(object);
  return result;
}

}  // namespace interloop
