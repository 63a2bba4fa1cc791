#include "environment/ref_table.h"

#include <algorithm>

#include "cpython/asyncio_api.h"

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

}  // namespace interloop
