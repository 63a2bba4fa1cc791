#include "ref_table.h"

namespace interloop {

int64_t RefTable::Add(PyObject* object) {
  uint32_t index = free_;
  if (index == kNone) {
    index = static_cast<uint32_t>(slots_.size());
    slots_.push_back({nullptr, 1, 0, kNone});
  } else {
    free_ = slots_[index].next_free;
  }
  slots_[index].object = object;
  slots_[index].callee = static_cast<uint8_t>(Callee::unknown);
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

Callee RefTable::CalleeOf(int64_t ref) {
  Slot& slot = slots_[static_cast<size_t>(ref & kIndexMask)];
  if (static_cast<Callee>(slot.callee) != Callee::unknown) return static_cast<Callee>(slot.callee);
  constexpr long long kCoroutineFlag = 0x80;  // CO_COROUTINE
  Callee callee = Callee::other;
  if (IsExactly(slot.object, py.PyFunction_Type)) {
    Owned code(py.PyObject_GetAttrString(slot.object, "__code__")), flags(code ? py.PyObject_GetAttrString(code.get(), "co_flags") : nullptr);
    int overflow = 0;
    if (flags && (py.PyLong_AsLongLongAndOverflow(flags.get(), &overflow) & kCoroutineFlag)) callee = Callee::coroutine_function;
    py.PyErr_Clear();
  }
  slots_[static_cast<size_t>(ref & kIndexMask)].callee = static_cast<uint8_t>(callee);
  return callee;
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

void RefTable::ReleaseAll() {
  for (size_t index = 0; index < slots_.size(); ++index) {
    if (slots_[index].object) Release((int64_t{slots_[index].generation} << kIndexBits) | static_cast<int64_t>(index));
  }
}

void RefTable::Drain() {
  while (!queue_.empty()) {
    std::vector<PyObject*> taken;
    taken.swap(queue_);
    for (PyObject* object : taken) py.Py_DecRef(object);
  }
}

}  // namespace interloop
