#include "environment/ref_table.h"

#include <algorithm>
#include <cstring>

#include "cpython/asyncio_api.h"
#include "loop/main_frame.h"

namespace interloop {

int64_t RefTable::Add(PyObject* object, Callee callee) {
  uint32_t index = free_;
  if (index == kNone) {
    index = static_cast<uint32_t>(slots_.size());
    slots_.push_back({nullptr, 1, 0, 0, kNone});
  } else {
    free_ = slots_[index].next_free;
  }
  slots_[index].object = object;
  slots_[index].callee = static_cast<uint8_t>(callee);
  slots_[index].calls = 0;
  ++live_;
  ++made_;
  return (int64_t{slots_[index].generation} << kIndexBits) | index;
}

PyObject* RefTable::Get(int64_t ref) const {
  if (ref <= 0) return nullptr;
  uint64_t index = static_cast<uint64_t>(ref & kIndexMask);
  if (index >= slots_.size()) return nullptr;
  const Slot& slot = slots_[index];
  return slot.generation == static_cast<uint64_t>(ref >> kIndexBits) ? slot.object : nullptr;
}

namespace {

// asyncio's functions that raise where no loop runs. asyncio may be there without having been looked up.
bool IsOfRunningLoop(PyObject* function) {
  if (asyncio.get_running_loop) return function == asyncio.create_task || function == asyncio.timeout || function == asyncio.timeout_at;
  Owned module(py.PyObject_GetAttrString(function, "__module__"));
  const char* name = module && IsExactly(module.get(), py.PyUnicode_Type) ? py.PyUnicode_AsUTF8AndSize(module.get(), nullptr) : nullptr;
  py.PyErr_Clear();
  if (!name || (std::strcmp(name, "asyncio.tasks") != 0 && std::strcmp(name, "asyncio.timeouts") != 0)) return false;
  if (LoadAsyncio()) return IsOfRunningLoop(function);
  py.PyErr_Clear();
  return false;
}

// Whether a class has `__enter__` in order to be entered: one that is declared to give None is there to say that `async with` is right, as aiohttp's is.
bool HasEnter(PyObject* type) {
  Owned enter(py.PyObject_GetAttrString(type, "__enter__"));
  Owned annotations(enter ? py.PyObject_GetAttrString(enter.get(), "__annotations__") : nullptr);
  PyObject* returned = annotations ? py.PyDict_GetItemString(annotations.get(), "return") : nullptr;  // borrowed
  const char* text = returned && IsExactly(returned, py.PyUnicode_Type) ? py.PyUnicode_AsUTF8AndSize(returned, nullptr) : nullptr;
  py.PyErr_Clear();
  return enter && !(returned == None() || (text && std::strcmp(text, "None") == 0));
}

// A class of objects that are for `async with` only: aiohttp.ClientSession, for one, needs a running loop when it is made.
bool IsAsyncManager(PyObject* object) {
  if (!py.PyType_IsSubtype(TypeOf(object), reinterpret_cast<PyTypeObject*>(py.PyType_Type))) return false;
  return py.PyObject_HasAttrString(object, "__aenter__") && !HasEnter(object);
}

}  // namespace

Callee FindCallee(PyObject* object) {
  constexpr long long kCoroutineFlag = 0x80;  // CO_COROUTINE
  if (!IsExactly(object, py.PyFunction_Type)) return IsAsyncManager(object) ? Callee::needs_loop : Callee::other;
  if (IsOfRunningLoop(object)) return Callee::needs_loop;
  Owned code(py.PyObject_GetAttrString(object, "__code__")), flags(code ? py.PyObject_GetAttrString(code.get(), "co_flags") : nullptr);
  int overflow = 0;
  bool coroutine = flags && (py.PyLong_AsLongLongAndOverflow(flags.get(), &overflow) & kCoroutineFlag);
  py.PyErr_Clear();
  return coroutine ? Callee::coroutine_function : Callee::other;
}

Callee RefTable::CalleeOf(int64_t ref) {
  Slot& slot = slots_[static_cast<size_t>(ref & kIndexMask)];
  if (static_cast<Callee>(slot.callee) != Callee::unknown) return static_cast<Callee>(slot.callee);
  Callee callee = FindCallee(slot.object);
  slots_[static_cast<size_t>(ref & kIndexMask)].callee = static_cast<uint8_t>(callee);
  return callee;
}

Callee RefTable::CalleeToCall(int64_t ref) {
  Callee callee = CalleeOf(ref);
  size_t index = static_cast<size_t>(ref & kIndexMask);
  if (callee != Callee::other || slots_[index].calls == kManyCalls || ++slots_[index].calls < kManyCalls) return callee;
  if (!IsExactly(slots_[index].object, py.PyFunction_Type) || !MakesNoCalls(slots_[index].object)) return callee;
  slots_[index].callee = static_cast<uint8_t>(Callee::leaf);
  return Callee::leaf;
}

PyObject* RefTable::Take(int64_t ref) {
  PyObject* object = Get(ref);
  if (!object) return nullptr;
  uint32_t index = static_cast<uint32_t>(ref & kIndexMask);
  Slot& slot = slots_[index];
  slot.object = nullptr;
  --live_;
  if (slot.generation + 1 == kGenerations) {
    slot.generation = 0;  // no Ref has it: the slot has had all its generations, and is not used again
  } else {
    ++slot.generation;
    slot.next_free = free_;
    free_ = index;
  }
  return object;
}

void RefTable::Release(int64_t ref) {
  if (PyObject* object = Take(ref)) Queue(object);
}

void RefTable::Drop(int64_t ref) {
  PyObject* object = Take(ref);
  if (!object) return;
  if (loans_.empty()) {
    py.Py_DecRef(object);
  } else {
    Queue(object);
  }
}

Loan RefTable::Lend() {
  loans_.push_back(std::make_shared<std::atomic<bool>>(false));
  ++lent_;
  return Loan(loans_.back());
}

size_t RefTable::Ripe() {
  while (!loans_.empty() && *loans_.front()) loans_.pop_front();
  if (loans_.empty()) return queue_.size();
  uint64_t returned = lent_ - loans_.size();  // all up to this number are
  auto end = std::partition_point(queue_.begin(), queue_.end(), [returned](const Queued& queued) { return queued.lent <= returned; });
  return static_cast<size_t>(end - queue_.begin());
}

std::vector<PyObject*> RefTable::TakeQueue() {
  std::vector<PyObject*> taken(Ripe());
  for (PyObject*& object : taken) {
    object = queue_.front().object;
    queue_.pop_front();
  }
  return taken;
}

void RefTable::CloseCoroutines() {
  static PyObject* close = Interned("close");
  std::vector<PyObject*> objects;
  for (size_t index = 0, count = Ripe(); index < count; ++index) objects.push_back(queue_[index].object);
  for (PyObject* object : objects) {
    if (!IsExactly(object, py.PyCoro_Type) || object->ob_refcnt > 1) continue;
    Owned done(CallMethod(object, close));
    if (!done) py.PyErr_WriteUnraisable(object);
  }
}

void RefTable::ReleaseAll() {
  for (size_t index = 0; index < slots_.size(); ++index) {
    if (slots_[index].object) Release((int64_t{slots_[index].generation} << kIndexBits) | static_cast<int64_t>(index));
  }
}

void RefTable::Drain() {
  // What their end says of where it comes from, as that of a coroutine that was never awaited, is JavaScript's doing.
  if (Ripe() == 0) return;
  RunAllAboveMain([this] {
    for (size_t count = Ripe(); count > 0; count = Ripe()) {
      for (PyObject* object : TakeQueue()) py.Py_DecRef(object);
    }
  });
}

}  // namespace interloop
