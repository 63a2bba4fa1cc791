// The Python objects that JS holds. A Ref is a slot and its generation, so that a stale or forged one is found out. This is the one place where a reference held for JS is dropped:
// Release() needs no GIL, it queues the object, and Drain() decrefs the queue at the next entry.
//
// Lending. A message to another thread (mailbox.h) names objects whose references stay here, since taking one needs the GIL. Whoever opens the message takes its own and then returns the loan. Meanwhile JS may
// release the Ref: a queued object remembers how many loans there had been, and is not decref'd before all of those were returned.
#pragma once

#include <atomic>

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "cpython/python_api.h"

namespace interloop {

// What calling an object does: making a coroutine runs no code of the program's, a Python function whose code makes no calls (a leaf) cannot look at its caller, and what needs a running loop can do nothing
// without one.
enum class Callee : uint8_t { unknown, coroutine_function, leaf, needs_loop, other };

// Returned on any thread, once its object has a reference of its own or is not wanted any more.
class Loan {
 public:
  Loan() = default;
  explicit Loan(std::shared_ptr<std::atomic<bool>> returned) : returned_(std::move(returned)) {}
  Loan(Loan&&) = default;
  Loan& operator=(Loan&& other) noexcept {
    Return();
    returned_ = std::move(other.returned_);
    return *this;
  }
  ~Loan() { Return(); }
  explicit operator bool() const { return returned_ != nullptr; }
  void Return() {
    if (returned_) *returned_ = true;
    returned_.reset();
  }

 private:
  std::shared_ptr<std::atomic<bool>> returned_;
};

class RefTable {
 public:
  // Takes over one reference to `object`.
  int64_t Add(PyObject* object, Callee callee = Callee::unknown);
  // Borrowed; null for a stale or forged Ref.
  PyObject* Get(int64_t ref) const;
  // What is known of how its object is called (values/callee.h). The Ref is a valid one.
  Callee callee(int64_t ref) const { return static_cast<Callee>(slots_[Index(ref)].callee); }
  void SetCallee(int64_t ref, Callee callee) { slots_[Index(ref)].callee = static_cast<uint8_t>(callee); }
  // Counts a call; whether it is the one from which on there have been many.
  bool CountCall(int64_t ref) {
    Slot& slot = slots_[Index(ref)];
    return slot.calls != kManyCalls && ++slot.calls == kManyCalls;
  }
  void Release(int64_t ref);
  // The same at once, with the GIL.
  void Drop(int64_t ref);
  // The object with its reference, which is the caller's now; null for a stale Ref.
  PyObject* Take(int64_t ref);
  // Queues a reference that somebody else held.
  void Queue(PyObject* object) { queue_.push_back({object, lent_}); }
  // Objects may be named in a message until the loan is returned.
  Loan Lend();
  // The queued references that may be dropped now, for a thread that has the GIL to drop.
  std::vector<PyObject*> TakeQueue();
  // Closes the queued coroutines that nothing can await any more, or Python would warn about each.
  void CloseCoroutines();
  // All of them, at the end of an environment.
  void ReleaseAll();
  // How many of the queued references may be dropped now: the queue up to what a loan still holds.
  size_t Ripe();

  size_t size() const { return live_; }
  // How many there have been.
  uint64_t made() const { return made_; }
  size_t queued() const { return queue_.size(); }

 private:
  static constexpr int kIndexBits = 28;
  static constexpr int64_t kIndexMask = (int64_t{1} << kIndexBits) - 1;
  static size_t Index(int64_t ref) { return static_cast<size_t>(ref & kIndexMask); }
  static constexpr uint32_t kGenerations = 1u << 24;
  static constexpr uint32_t kNone = 0xffffffff;
  static constexpr uint32_t kManyCalls = 16;

  struct Slot {
    PyObject* object;
    uint32_t generation : 24;  // of a Ref never 0, so that a Ref is never 0
    uint32_t callee : 3;
    uint32_t calls : 5;  // as long as it may prove to be a leaf
    uint32_t next_free;
  };

  struct Queued {
    PyObject* object;
    uint64_t lent;  // the loans made before
  };

  std::vector<Slot> slots_;
  std::deque<Queued> queue_;
  std::deque<std::shared_ptr<std::atomic<bool>>> loans_;  // whether each was returned, from the oldest that was not; the newest is number lent_
  uint64_t lent_ = 0;
  uint32_t free_ = kNone;
  size_t live_ = 0;
  uint64_t made_ = 0;
};

}  // namespace interloop
