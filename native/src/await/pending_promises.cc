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
  OutcomeMessage(Environment& environment, std::shared_ptr<LoopMailbox> mailbox, double id, uint64_t generation, bool fulfilled)
      : environment_(environment), mailbox_(std::move(mailbox)), id_(id), tenancy_(generation), fulfilled_(fulfilled) {}

  void Own() override { interloop::Own(value); }
  void Run() override { Settle(mailbox_->loop()); }
  void Cancel() override { Settle(nullptr); }  // others may wait as well

  Value value;

 private:
  void Settle(PyObject* loop) {
    Owned made(ToPython(environment_, value));
    bool fulfilled = fulfilled_ && made;
    if (!made) made.reset(TakeException());
    if (made && environment_.pending_promises->First(id_, tenancy_)) SettlePending(environment_, id_, fulfilled, made.get(), loop);
  }

  Environment& environment_;
  std::shared_ptr<LoopMailbox> mailbox_;
  double id_;
  uint64_t tenancy_;
  bool fulfilled_;
};

class ObserveMessage final : public Message {
 public:
  ObserveMessage(Environment& environment, double id, uint64_t generation) : environment_(environment), id_(id), tenancy_(generation) {}
  void Run() override {
    if (environment_.pending_promises->First(id_, tenancy_) && !ObservePromise(environment_, id_)) py.PyErr_WriteUnraisable(None());
  }

 private:
  Environment& environment_;
  double id_;
  uint64_t tenancy_;
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

bool PendingPromises::AddWaiter(double id, const std::shared_ptr<LoopMailbox>& mailbox) {
  Place& place = places_[SlotOfId(id)];
  if (place.waited && place.last == mailbox.get()) return true;
  place.waited = true;
  place.last = mailbox.get();
  place.hosted = place.hosted || !mailbox;
  return (!place.has_destinations && !mailbox) || AddDestination(id, mailbox);
}

bool PendingPromises::AddDestination(double id, const std::shared_ptr<LoopMailbox>& mailbox) {
  Place& place = places_[SlotOfId(id)];
  Destinations home;
  bool missed, ended;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    Destinations& kept = destinations_[static_cast<int64_t>(id)];
    bool known = mailbox && std::find(kept.mailboxes.begin(), kept.mailboxes.end(), mailbox) != kept.mailboxes.end();
    if (mailbox && !known) kept.mailboxes.push_back(mailbox);
    kept.generation = place.generation;
    kept.hosted = place.hosted;
    missed = kept.posted && !known;
    home = kept;
    ended = ended_;
    place.has_destinations = any_destinations_ = true;
  }
  if (ended) PostEnd(id, home);
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
  Destinations home;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = destinations_.find(static_cast<int64_t>(id));
    if (found == destinations_.end() || found->second.hosted) return false;
    found->second.posted = true;
    home = found->second;
  }
  bool posted = false;
  for (const auto& mailbox : home.mailboxes) {
    if (!mailbox->open()) continue;
    Value outcome;
    bool read = fulfilled && FromJs(environment_, value, outcome);
    if (!fulfilled) {
      ErrorFromJs(environment_, value, outcome);
    } else if (!read) {
      PendingErrorFromJs(environment_, outcome);
    }
    posted = Post(id, home, mailbox, read, outcome) || posted;
  }
  return posted;
}

bool PendingPromises::Post(double id, const Destinations& home, const std::shared_ptr<LoopMailbox>& mailbox, bool fulfilled, Value& outcome) {
  auto settle = std::make_unique<OutcomeMessage>(environment_, mailbox, id, home.generation, fulfilled);
  OutcomeMessage* kept = settle.get();
  kept->value = std::move(outcome);
  std::unique_ptr<Message> message = std::move(settle);
  if (mailbox->Post(message)) return true;
  Leave(environment_, kept->value);
  return false;
}

bool PendingPromises::PostObserve(double id) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto found = destinations_.find(static_cast<int64_t>(id));
  if (found == destinations_.end() || found->second.hosted) return false;
  for (const auto& mailbox : found->second.mailboxes) {
    std::unique_ptr<Message> message = std::make_unique<ObserveMessage>(environment_, id, found->second.generation);
    if (mailbox->Post(message)) return true;
  }
  return false;
}

void PendingPromises::PostEnd(double id, const Destinations& home) {
  for (const auto& mailbox : home.mailboxes) {
    Value failure;
    SayFailure("finalized", "The JavaScript that was to settle this promise has ended", failure);
    Post(id, home, mailbox, false, failure);
  }
}

void PendingPromises::End() {
  std::unordered_map<int64_t, Destinations> homes;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    homes = destinations_;
    ended_ = true;
  }
  for (auto& [id, home] : homes) PostEnd(static_cast<double>(id), home);
}

}  // namespace interloop
