#include "await/pending_promises.h"

#include <algorithm>

#include "await/promise_cancellation.h"
#include "environment/ids.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/value_to_python.h"

namespace interloop {

namespace {

class OutcomeMessage final : public Message {
 public:
  OutcomeMessage(Environment& environment, std::shared_ptr<LoopPort> port, double id, uint64_t generation, bool fulfilled)
      : environment_(environment), port_(std::move(port)), id_(id), generation_(generation), fulfilled_(fulfilled) {}

  void Own() override { interloop::Own(value); }
  void Run() override { Settle(port_->loop()); }
  void Cancel() override { Settle(nullptr); }  // others may wait as well

  Value value;

 private:
  void Settle(PyObject* loop) {
    Owned made(ToPython(environment_, value));
    bool fulfilled = fulfilled_ && made;
    if (!made) made.reset(TakeException());
    if (made && environment_.pending_promises->First(id_, generation_)) SettlePending(environment_, id_, fulfilled, made.get(), loop);
  }

  Environment& environment_;
  std::shared_ptr<LoopPort> port_;
  double id_;
  uint64_t generation_;
  bool fulfilled_;
};

class ObserveMessage final : public Message {
 public:
  ObserveMessage(Environment& environment, double id, uint64_t generation) : environment_(environment), id_(id), generation_(generation) {}
  void Run() override {
    if (environment_.pending_promises->First(id_, generation_) && !ObservePromise(environment_, id_)) py.PyErr_WriteUnraisable(None());
  }

 private:
  Environment& environment_;
  double id_;
  uint64_t generation_;
};

}  // namespace

// With the GIL

void PendingPromises::Add(JsPromise* promise) {
  size_t slot = SlotOfId(promise->base.id);
  if (places_.size() <= slot) places_.resize(slot + 64 + slot / 2);
  Place& place = places_[slot];
  if (!place.first) place.generation = ++generations_;
  promise->next = place.first;
  place.first = promise;
  ++count_;
}

void PendingPromises::Remove(JsPromise* promise) {
  double id = promise->base.id;
  JsPromise** link = &places_[SlotOfId(id)].first;
  while (*link && *link != promise) link = &(*link)->next;
  if (!*link) return;
  *link = promise->next;
  promise->next = nullptr;
  --count_;
  if (!First(id)) TakeAll(id);
}

JsPromise* PendingPromises::First(double id) const {
  size_t slot = SlotOfId(id);
  JsPromise* first = slot < places_.size() ? places_[slot].first : nullptr;
  return first && first->base.id == id ? first : nullptr;
}

JsPromise* PendingPromises::First(double id, uint64_t generation) const {
  JsPromise* first = First(id);
  return first && places_[SlotOfId(id)].generation == generation ? first : nullptr;
}

JsPromise* PendingPromises::TakeAll(double id) {
  size_t slot = SlotOfId(id);
  if (slot >= places_.size()) return nullptr;
  Place& place = places_[slot];
  JsPromise* first = place.first;
  if (first && first->base.id != id) return nullptr;
  for (JsPromise* promise = first; promise; promise = promise->next) --count_;
  if (place.has_destinations) {
    std::lock_guard<std::mutex> lock(mutex_);
    destinations_.erase(static_cast<int64_t>(id));
    any_destinations_ = !destinations_.empty();
  }
  place.first = nullptr;
  place.waited = place.hosted = place.has_destinations = false;
  return first;
}

std::vector<JsPromise*> PendingPromises::All() const {
  std::vector<JsPromise*> all;
  for (const Place& place : places_) {
    for (JsPromise* promise = place.first; promise; promise = promise->next) all.push_back(promise);
  }
  return all;
}

bool PendingPromises::AddWaiter(double id, const std::shared_ptr<LoopPort>& port) {
  Place& place = places_[SlotOfId(id)];
  if (place.waited && place.last == port.get()) return true;
  place.waited = true;
  place.last = port.get();
  place.hosted = place.hosted || !port;
  return (!place.has_destinations && !port) || AddDestination(id, port);
}

bool PendingPromises::AddDestination(double id, const std::shared_ptr<LoopPort>& port) {
  Place& place = places_[SlotOfId(id)];
  Destinations destinations;
  bool missed, ended;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    Destinations& kept = destinations_[static_cast<int64_t>(id)];
    bool known = port && std::find(kept.ports.begin(), kept.ports.end(), port) != kept.ports.end();
    if (port && !known) kept.ports.push_back(port);
    kept.generation = place.generation;
    kept.hosted = place.hosted;
    missed = kept.posted && !known;
    destinations = kept;
    ended = ended_;
    place.has_destinations = any_destinations_ = true;
  }
  if (ended) PostEnd(id, destinations);
  return !missed || ended;
}

// Without the GIL, or with it

napi_value PendingPromises::PostOutcomes(napi_value settled) {
  napi_env env = environment_.env;
  uint32_t length = 0, left = 0;
  if (!any_destinations_ || napi_get_array_length(env, settled, &length) != napi_ok) return settled;
  napi_value rest = nullptr;
  for (uint32_t index = 0; index + 2 < length; index += 3) {
    napi_value triple[3] = {ElementOf(env, settled, index), ElementOf(env, settled, index + 1), ElementOf(env, settled, index + 2)};
    if (PostOutcome(GetNumber(env, triple[0]), GetNumber(env, triple[1]) != 0, triple[2])) continue;
    if (!rest) napi_create_array(env, &rest);
    for (napi_value item : triple) napi_set_element(env, rest, left++, item);
  }
  return rest;
}

bool PendingPromises::PostOutcome(double id, bool fulfilled, napi_value value) {
  Destinations destinations;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = destinations_.find(static_cast<int64_t>(id));
    if (found == destinations_.end() || found->second.hosted) return false;
    found->second.posted = true;
    destinations = found->second;
  }
  bool posted = false;
  for (const auto& port : destinations.ports) {
    if (!port->open()) continue;
    Value outcome;
    bool read = fulfilled && FromJs(environment_, value, outcome);
    if (!fulfilled) {
      ErrorFromJs(environment_, value, outcome);
    } else if (!read) {
      PendingErrorFromJs(environment_, outcome);
    }
    posted = Post(id, destinations, port, read, outcome) || posted;
  }
  return posted;
}

bool PendingPromises::Post(double id, const Destinations& destinations, const std::shared_ptr<LoopPort>& port, bool fulfilled, Value& outcome) {
  auto settle = std::make_unique<OutcomeMessage>(environment_, port, id, destinations.generation, fulfilled);
  OutcomeMessage* kept = settle.get();
  kept->value = std::move(outcome);
  std::unique_ptr<Message> message = std::move(settle);
  if (port->Post(message)) return true;
  Leave(environment_, kept->value);
  return false;
}

bool PendingPromises::PostObserve(double id) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto found = destinations_.find(static_cast<int64_t>(id));
  if (found == destinations_.end() || found->second.hosted) return false;
  for (const auto& port : found->second.ports) {
    std::unique_ptr<Message> message = std::make_unique<ObserveMessage>(environment_, id, found->second.generation);
    if (port->Post(message)) return true;
  }
  return false;
}

void PendingPromises::PostEnd(double id, const Destinations& destinations) {
  for (const auto& port : destinations.ports) {
    Value failure;
    SayFailure("finalized", "The JavaScript that was to settle this promise has ended", failure);
    Post(id, destinations, port, false, failure);
  }
}

void PendingPromises::End() {
  std::unordered_map<int64_t, Destinations> all;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    all = destinations_;
    ended_ = true;
  }
  for (auto& [id, destinations] : all) PostEnd(static_cast<double>(id), destinations);
}

}  // namespace interloop
