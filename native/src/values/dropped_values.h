// What Python does with JS values that it does not need any more, and core has to hear of: values that it dropped, promises whose rejection it keeps, and waits that it cancelled. All of it is collected, on whichever thread
// it happens, and told to core at the end of an entry.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "environment/environment.h"

namespace interloop {

struct Value;

class DroppedValues {
 public:
  explicit DroppedValues(Environment& environment);
  ~DroppedValues();

  // On any thread, with the GIL.
  // Python dropped one count of a JS value. An abandoned one is a promise that Python waited for, whose outcome nobody asked for.
  void Drop(double id, bool abandoned = false, bool rejected = false) { Add({id, abandoned, rejected, 0}); }
  // Core need not keep the rejected promise `id` for these JsPromises any longer.
  void Loosen(double id, uint32_t promises) { Add({id, false, true, promises}); }
  // Python has cancelled what waited for the promise. `why`, which this takes over: the words of the CancelledError, None when it has none, or an exception.
  void Cancel(double id, PyObject* why);

  // On the environment's thread.
  // Was something cancelled on this thread that core was not told of?
  bool cancelled() const { return !cancellations_.empty(); }
  // How many were dropped on this thread.
  size_t count() const { return dropped_.size(); }
  // Tells core of cancellations on this thread, with the GIL released meanwhile.
  void TellCancelled();
  // Tells core of everything. With the GIL; or without, where nothing was cancelled on this thread.
  void Tell();

 private:
  struct Dropped {
    double id;
    bool abandoned, rejected;
    uint32_t settled;  // not dropped: so many JsPromises know the outcome, and need the promise no longer
  };
  struct Cancellation {
    double id;
    PyObject* why;  // owned
  };
  struct ForeignCancellation {
    double id;
    std::unique_ptr<Value> why;
  };
  void Add(Dropped dropped);
  void TakeForeign();

  Environment& environment_;
  std::vector<Dropped> dropped_;
  std::vector<Cancellation> cancellations_;
  // The same of other threads.
  std::mutex foreign_mutex_;
  std::vector<Dropped> foreign_dropped_;
  std::vector<ForeignCancellation> foreign_cancellations_;
  std::atomic<bool> has_foreign_{false};
};

}  // namespace interloop
