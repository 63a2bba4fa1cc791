// The JS promises that Python waits for, by JsId, and where each outcome goes: into the next pump, or, where nobody waits for it on the hosted loop, to the ports of the loops of other threads where somebody does. The first
// of these that opens its message settles what waits, wherever that is.
//
// A JsId, once dropped, comes to stand for another promise. A message that is still on its way by then names the generation in which it was written.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "await/js_promise.h"
#include "loop/loop_port.h"

namespace interloop {

struct Value;

class PendingPromises {
 public:
  explicit PendingPromises(Environment& environment) : environment_(environment) {}

  // With the GIL. What stands for one promise is linked.
  void Add(JsPromise* promise);
  void Remove(JsPromise* promise);
  JsPromise* First(double id) const;  // null: there is none
  JsPromise* First(double id, uint64_t generation) const;
  JsPromise* TakeAll(double id);
  std::vector<JsPromise*> All() const;
  size_t count() const { return count_; }
  // Somebody waits on this loop; null: on the hosted one. False: the outcome has been posted already, but not there, and core is to follow the promise again.
  bool AddWaiter(double id, const std::shared_ptr<LoopPort>& port);
  // Somebody on this loop may come to wait: a message that nobody waits for does no harm.
  void Expect(double id, const std::shared_ptr<LoopPort>& port) { AddDestination(id, port); }

  // On the environment's thread, without the GIL.
  // Of the triples that core hands to the pump those that are left; null: none.
  napi_value PostOutcomes(napi_value settled);
  // False: this is to be done with the GIL.
  bool PostObserve(double id);
  // JS ends: whoever waits on another thread, or comes to wait, is told.
  void End();

 private:
  struct Destinations {
    std::vector<std::shared_ptr<LoopPort>> ports;
    uint64_t generation = 0;
    bool hosted = false;  // somebody waits on the hosted loop as well
    bool posted = false;  // the outcome is on its way to these
  };
  struct Place {
    JsPromise* first = nullptr;
    uint64_t generation = 0;
    LoopPort* last = nullptr;       // of whoever came last to wait
    bool waited = false;            // somebody has
    bool hosted = false;            // on the hosted loop
    bool has_destinations = false;  // it has Destinations
  };
  bool AddDestination(double id, const std::shared_ptr<LoopPort>& port);
  bool PostOutcome(double id, bool fulfilled, napi_value value);
  bool Post(double id, const Destinations& destinations, const std::shared_ptr<LoopPort>& port, bool fulfilled, Value& outcome);
  void PostEnd(double id, const Destinations& destinations);

  Environment& environment_;

  std::vector<Place> places_;  // JsIds are small and dense
  size_t count_ = 0;
  uint64_t generations_ = 0;
  std::mutex mutex_;  // guards the two that follow
  std::unordered_map<int64_t, Destinations> destinations_;
  bool ended_ = false;
  std::atomic<bool> any_destinations_{false};
};

}  // namespace interloop
