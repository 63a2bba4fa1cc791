// The Python objects that JS holds. A Ref is a slot and its generation, so that a stale or forged one is found out. This is the one place where a reference held for JS is dropped:
// Release() needs no GIL, it queues the object, and Drain() decrefs the queue at the next entry.
#pragma once

#include <cstdint>
#include <vector>

#include "python_api.h"

namespace interloop {

// What calling an object does: making a coroutine runs no code of the program's.
enum class Callee : uint8_t { unknown, coroutine_function, other };

class RefTable {
 public:
  // Takes over one reference to `object`.
  int64_t Add(PyObject* object);
  // Borrowed; null for a stale or forged Ref.
  PyObject* Get(int64_t ref) const;
  // Found out once for each Ref.
  Callee CalleeOf(int64_t ref);
  void Release(int64_t ref);
  // The same at once, with the GIL.
  void Drop(int64_t ref);
  // All of them, at the end of an environment.
  void ReleaseAll();
  // Needs the GIL. Decrefs may run any Python code, so the queue is taken first.
  void Drain();

  size_t size() const { return live_; }
  size_t queued() const { return queue_.size(); }

 private:
  static constexpr int kIndexBits = 28;
  static constexpr int64_t kIndexMask = (int64_t{1} << kIndexBits) - 1;
  static constexpr uint32_t kGenerations = 1u << 24;
  static constexpr uint32_t kNone = 0xffffffff;

  struct Slot {
    PyObject* object;
    uint32_t generation : 24;  // never 0, so that a Ref is never 0
    uint32_t callee : 8;
    uint32_t next_free;
  };

  std::vector<Slot> slots_;
  std::vector<PyObject*> queue_;
  uint32_t free_ = kNone;
  size_t live_ = 0;
};

}  // namespace interloop
