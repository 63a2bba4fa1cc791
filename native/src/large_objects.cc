#include "large_objects.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "convert.h"
#include "errors.h"
#include "js_object.h"
#include "py_buffer.h"

namespace interloop {

namespace {

constexpr int64_t kLarge = 64 << 10;            // below that the count of handles is enough (Environment::ReportRefs)
constexpr int64_t kStep = int64_t{32} << 20;    // so much may come before somebody looks what has gone
constexpr int64_t kLeast = int64_t{128} << 20;  // so much may come before the collector runs
constexpr int64_t kMost = int64_t{1} << 30;
constexpr int64_t kHuge = int64_t{1} << 40;  // what says that it is larger than this is not in memory
constexpr size_t kHandlesEach = 4;           // of one object: more of them hold nothing more

enum class Measure : uint8_t { none, bytes, items, entries, nbytes, frame, bound };

struct Large {
  int64_t ref, bytes;
  napi_ref handle;
};

// Of the environment of this thread.
struct Ledger {
  std::unordered_multimap<PyObject*, Large> handles;
  int64_t unseen = 0;       // bytes that came since the last look
  int64_t uncollected = 0;  // and since the last collection
  int64_t limit = kLeast;
  int64_t resident = 0;  // after the last collection
  bool tending = false;
};

thread_local Ledger ledger;

bool HasText(PyObject* type, const char* name, std::string_view& text, Owned& kept) {
  kept.reset(py.PyObject_GetAttrString(type, name));
  Py_ssize_t size = 0;
  const char* data = kept && IsExactly(kept.get(), py.PyUnicode_Type) ? py.PyUnicode_AsUTF8AndSize(kept.get(), &size) : nullptr;
  py.PyErr_Clear();
  if (data) text = std::string_view(data, static_cast<size_t>(size));
  return data != nullptr;
}

// Of a class or of one that others inherit from: only such are known of which the answer costs nothing and runs none of the program's code.
Measure MeasureOf(PyObject* type, bool inherited) {
  std::string_view module, name;
  Owned kept_module, kept_name;
  if (!HasText(type, "__module__", module, kept_module) || !HasText(type, "__name__", name, kept_name)) return Measure::none;
  if (module == "builtins") {
    if (inherited) return Measure::none;
    if (name == "bytes" || name == "bytearray") return Measure::bytes;
    if (name == "list" || name == "tuple") return Measure::items;
    if (name == "dict" || name == "set" || name == "frozenset") return Measure::entries;
    if (name == "builtin_function_or_method" || name == "method") return Measure::bound;
    return name == "memoryview" ? Measure::nbytes : Measure::none;
  }
  if (module == "array" && !inherited) return Measure::items;
  const std::string_view package = module.substr(0, module.find('.'));
  for (std::string_view known : {"numpy", "pandas", "pyarrow", "torch"}) {
    if (package != known) continue;
    if (package == "pandas" && name == "DataFrame") return Measure::frame;
    return py.PyObject_HasAttrString(type, "nbytes") && py.PyObject_HasAttrString(type, "__len__") ? Measure::nbytes : Measure::none;
  }
  return Measure::none;
}

Measure MeasureOf(PyTypeObject* type) {
  Owned bases(py.PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "__mro__"));
  Measure measure = Measure::none;
  const Py_ssize_t count = bases && IsExactly(bases.get(), py.PyTuple_Type) ? py.PyTuple_Size(bases.get()) : 0;
  for (Py_ssize_t index = 0; index < count && measure == Measure::none; ++index) measure = MeasureOf(py.PyTuple_GetItem(bases.get(), index), index > 0);
  py.PyErr_Clear();
  return measure;
}

int64_t Number(PyObject* object, const char* name) {
  Owned value(py.PyObject_GetAttrString(object, name));
  int overflow = 0;
  int64_t number = value && IsExactly(value.get(), py.PyLong_Type) ? py.PyLong_AsLongLongAndOverflow(value.get(), &overflow) : 0;
  py.PyErr_Clear();
  return overflow ? 0 : number;
}

int64_t Items(PyObject* object, int64_t each) {
  Py_ssize_t count = py.PyObject_Size(object);
  if (count < 0) py.PyErr_Clear();
  return count > 0 ? count * each : 0;
}

// The columns of a pandas DataFrame.
int64_t FrameSize(PyObject* frame) {
  Owned manager(py.PyObject_GetAttrString(frame, "_mgr")), blocks(manager ? py.PyObject_GetAttrString(manager.get(), "blocks") : nullptr);
  Owned iterator(blocks ? py.PyObject_GetIter(blocks.get()) : nullptr);
  int64_t total = 0;
  while (PyObject* item = iterator ? py.PyIter_Next(iterator.get()) : nullptr) {
    Owned block(item), values(py.PyObject_GetAttrString(item, "values"));
    if (values) total += Number(values.get(), "nbytes");
    py.PyErr_Clear();
  }
  py.PyErr_Clear();
  return total;
}

// In bytes; 0 where the system does not tell.
int64_t Resident() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (!file) return 0;
  long long all = 0, resident = 0;
  const bool read = std::fscanf(file, "%lld %lld", &all, &resident) == 2;
  std::fclose(file);
  return read ? resident * sysconf(_SC_PAGESIZE) : 0;
}

void Forget(Environment& environment, const Large& large) {
  napi_delete_reference(environment.env, large.handle);
  int64_t total;
  napi_adjust_external_memory(environment.env, -large.bytes, &total);
}

// Lets go of the objects whose handles were collected.
void Look(Environment& environment) {
  ledger.unseen = 0;
  ValueScope scope(environment.env);
  for (auto entry = ledger.handles.begin(); entry != ledger.handles.end();) {
    const Large& large = entry->second;
    bool gone = environment.refs.Get(large.ref) != entry->first;
    napi_value handle = nullptr;
    if (!gone && napi_get_reference_value(environment.env, large.handle, &handle) == napi_ok && !handle) {
      environment.refs.Release(large.ref);
      gone = true;
    }
    if (gone) Forget(environment, large);
    entry = gone ? ledger.handles.erase(entry) : std::next(entry);
  }
}

void Collect(Environment& environment) {
  const int64_t before = Resident();
  ledger.uncollected = 0;
  if (before != 0 && before - ledger.resident < ledger.limit / 2) {  // it was not so much after all
    ledger.resident = std::min(ledger.resident, before);
    return;
  }
  {
    ValueScope scope(environment.env);
    const napi_value arguments[] = {MakeNumber(environment.env, kOperationCollect), MakeNumber(environment.env, 0)};
    environment.CallHook(Hook::operate, 2, arguments);
    ClearPending(environment);
  }
  Look(environment);
  ReleaseFreedBuffers(environment);
  environment.refs.Drain();
  ledger.resident = Resident();
  // What the program keeps is not looked through again and again.
  ledger.limit = before - ledger.resident < ledger.limit / 4 ? std::min(ledger.limit * 2, kMost) : kLeast;
}

}  // namespace

void ForgetLarge() { ledger = {}; }

int64_t LargeSize(PyObject* object) {
  static auto* measures =
      new std::unordered_map<PyTypeObject*, Measure>();  // the GIL guards it; a type that is freed may leave a wrong answer, which does no harm
  constexpr size_t kMostTypes = 4096;
  PyTypeObject* type = TypeOf(object);
  auto found = measures->find(type);
  if (found == measures->end()) {
    if (measures->size() >= kMostTypes) measures->clear();
    found = measures->emplace(type, MeasureOf(type)).first;
  }
  int64_t bytes = 0;
  switch (found->second) {
    case Measure::none:
      return 0;
    case Measure::bytes:
      bytes = Items(object, 1);
      break;
    case Measure::items:
      bytes = Items(object, 8);
      break;
    case Measure::entries:
      bytes = Items(object, 100);
      break;
    case Measure::nbytes:
      bytes = Number(object, "nbytes");
      break;
    case Measure::frame:
      bytes = FrameSize(object);
      break;
    case Measure::bound: {
      Owned self(py.PyObject_GetAttrString(object, "__self__"));
      if (!self) py.PyErr_Clear();
      return self && TypeOf(self.get()) != type ? LargeSize(self.get()) : 0;
    }
  }
  return bytes >= kLarge && bytes <= kHuge ? bytes : 0;
}

void NoteLarge(Environment& environment, PyObject* object, int64_t ref, int64_t bytes, napi_value handle) {
  if (ledger.handles.count(object) >= kHandlesEach) return;
  Large large = {ref, bytes, nullptr};
  if (napi_create_reference(environment.env, handle, 0, &large.handle) != napi_ok) return;
  int64_t total;
  napi_adjust_external_memory(environment.env, bytes, &total);
  ledger.handles.emplace(object, large);
  ledger.unseen += bytes;
  ledger.uncollected += bytes;
}

void TendLarge(Environment& environment) {
  if (ledger.unseen < kStep || ledger.tending || !environment.OnThread()) return;
  ledger.tending = true;  // what runs meanwhile comes here as well
  Look(environment);
  environment.refs.Drain();
  if (ledger.uncollected >= ledger.limit) Collect(environment);
  ledger.tending = false;
}

}  // namespace interloop
