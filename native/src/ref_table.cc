#include "ref_table.h"

namespace interloop {

int64_t RefTable::Add(PyObject* object) {
  uint32_t index = free_;
  if (index == kNone) {
    index = static_cast<uint32_t>(slots_.size());
    slots_.push_back({nullptr, 1, kNone});
  } else {
    free_ = slots_[index].next_free;
  }
  slots_[index].object = object;
  ++live_;
  return (int64_t{slots_[index].generation} << kIndexBits) | index;
}

PyObject* RefTable::Get(int64_t ref) const {
  if (ref <= 0) return nullptr;
  uint64_t index = static_cast<uint64_t>(ref & kIndexMask);
  if (index >= slots_.size()) return nullptr;
  const Slot& slot = slots_[index];
  return slot.generation == static_cast<uint64_t>(ref >> kIndexBits) ? slot.object : nullptr;
}

void RefTable::Release(int64_t ref) {
  PyObject* object = Get(ref);
  if (!object) return;
  uint32_t index = static_cast<uint32_t>(ref & kIndexMask);
  Slot& slot = slots_[index];
  slot.object = nullptr;
  slot.generation = slot.generation + 1 == kGenerations ? 1 : slot.generation + 1;
  slot.next_free = free_;
  free_ = index;
  --live_;
  queue_.push_back(object);
}

void RefTable::Drop(int64_t ref) {
  Release(ref);
  if (queue_.empty()) return;
  PyObject* object = queue_.back();
  queue_.pop_back();
  py.Py_DecRef(object);
}

void RefTable::Drain() {
  while (!queue_.empty()) {
    std::vector<PyObject*> taken;
    taken.swap(queue_);
    for (PyObject* object : taken) py.Py_DecRef(object);
  }
}

}  // namespace interloop
