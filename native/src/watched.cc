#include "watched.h"

#include <algorithm>

#include "convert.h"
#include "errors.h"
#include "ids.h"
#include "observed.h"
#include "value_to_python.h"

namespace interloop {

namespace {

class OutcomeLetter final : public Letter {
 public:
  OutcomeLetter(Environment& environment, std::shared_ptr<LoopMailbox> mailbox, double id, uint64_t tenancy, bool fulfilled)
      : environment_(environment), mailbox_(std::move(mailbox)), id_(id), tenancy_(tenancy), fulfilled_(fulfilled) {}

  void Claim() override { interloop::Claim(value); }
  void Open() override { Settle(mailbox_->loop()); }
  void Abandon() override { Settle(nullptr); }  // others may wait as well

  Value value;

 private:
  void Settle(PyObject* loop) {
    Owned made(Make(environment_, value));
    bool fulfilled = fulfilled_ && made;
    if (!made) made.reset(TakeException());
    if (made && environment_.watched->First(id_, tenancy_)) SettleWatched(environment_, id_, fulfilled, made.get(), loop);
  }

  Environment& environment_;
  std::shared_ptr<LoopMailbox> mailbox_;
  double id_;
  uint64_t tenancy_;
  bool fulfilled_;
};

class ObserveLetter final : public Letter {
 public:
  ObserveLetter(Environment& environment, double id, uint64_t tenancy) : environment_(environment), id_(id), tenancy_(tenancy) {}
  void Open() override {
    if (environment_.watched->First(id_, tenancy_) && !ObservePromise(environment_, id_)) py.PyErr_WriteUnraisable(None());
  }

 private:
  Environment& environment_;
  double id_;
  uint64_t tenancy_;
};

}  // namespace

// With the GIL

void Watched::Enlist(JsPromise* promise) {
  size_t slot = SlotOfId(promise->base.id);
  if (places_.size() <= slot) places_.resize(slot + 64 + slot / 2);
  Place& place = places_[slot];
  if (!place.first) place.tenancy = ++tenancies_;
  promise->next = place.first;
  place.first = promise;
  ++count_;
}

void Watched::Delist(JsPromise* promise) {
  double id = promise->base.id;
  JsPromise** link = &places_[SlotOfId(id)].first;
  while (*link && *link != promise) link = &(*link)->next;
  if (!*link) return;
  *link = promise->next;
  promise->next = nullptr;
  --count_;
  if (!First(id)) TakeAll(id);
}

JsPromise* Watched::First(double id) const {
  size_t slot = SlotOfId(id);
  JsPromise* first = slot < places_.size() ? places_[slot].first : nullptr;
  return first && first->base.id == id ? first : nullptr;
}

JsPromise* Watched::First(double id, uint64_t tenancy) const {
  JsPromise* first = First(id);
  return first && places_[SlotOfId(id)].tenancy == tenancy ? first : nullptr;
}

JsPromise* Watched::TakeAll(double id) {
  size_t slot = SlotOfId(id);
  if (slot >= places_.size()) return nullptr;
  Place& place = places_[slot];
  JsPromise* first = place.first;
  if (first && first->base.id != id) return nullptr;
  for (JsPromise* promise = first; promise; promise = promise->next) --count_;
  if (place.homed) {
    std::lock_guard<std::mutex> lock(mutex_);
    homes_.erase(static_cast<int64_t>(id));
    any_homes_ = !homes_.empty();
  }
  place.first = nullptr;
  place.waited = place.hosted = place.homed = false;
  return first;
}

std::vector<JsPromise*> Watched::All() const {
  std::vector<JsPromise*> all;
  for (const Place& place : places_) {
    for (JsPromise* promise = place.first; promise; promise = promise->next) all.push_back(promise);
  }
  return all;
}

bool Watched::AddWaiter(double id, const std::shared_ptr<LoopMailbox>& mailbox) {
  Place& place = places_[SlotOfId(id)];
  if (place.waited && place.last == mailbox.get()) return true;
  place.waited = true;
  place.last = mailbox.get();
  place.hosted = place.hosted || !mailbox;
  return (!place.homed && !mailbox) || AddHome(id, mailbox);
}

bool Watched::AddHome(double id, const std::shared_ptr<LoopMailbox>& mailbox) {
  Place& place = places_[SlotOfId(id)];
  Home home;
  bool missed, ended;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    Home& kept = homes_[static_cast<int64_t>(id)];
    bool known = mailbox && std::find(kept.mailboxes.begin(), kept.mailboxes.end(), mailbox) != kept.mailboxes.end();
    if (mailbox && !known) kept.mailboxes.push_back(mailbox);
    kept.tenancy = place.tenancy;
    kept.hosted = place.hosted;
    missed = kept.posted && !known;
    home = kept;
    ended = ended_;
    place.homed = any_homes_ = true;
  }
  if (ended) PostEnd(id, home);
  return !missed || ended;
}

// Without the GIL, or with it

napi_value Watched::PostOutcomes(napi_value settled) {
  napi_env env = environment_.env;
  uint32_t length = 0, left = 0;
  if (!any_homes_ || napi_get_array_length(env, settled, &length) != napi_ok) return settled;
  napi_value rest = nullptr;
  for (uint32_t index = 0; index + 2 < length; index += 3) {
    napi_value triple[3] = {ElementOf(env, settled, index), ElementOf(env, settled, index + 1), ElementOf(env, settled, index + 2)};
    if (PostOutcome(GetNumber(env, triple[0]), GetNumber(env, triple[1]) != 0, triple[2])) continue;
    if (!rest) napi_create_array(env, &rest);
    for (napi_value item : triple) napi_set_element(env, rest, left++, item);
  }
  return rest;
}

bool Watched::PostOutcome(double id, bool fulfilled, napi_value value) {
  Home home;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = homes_.find(static_cast<int64_t>(id));
    if (found == homes_.end() || found->second.hosted) return false;
    found->second.posted = true;
    home = found->second;
  }
  bool posted = false;
  for (const auto& mailbox : home.mailboxes) {
    if (!mailbox->open()) continue;
    Value outcome;
    bool read = fulfilled && Read(environment_, value, outcome);
    if (!fulfilled) {
      ReadError(environment_, value, outcome);
    } else if (!read) {
      ReadPending(environment_, outcome);
    }
    posted = Post(id, home, mailbox, read, outcome) || posted;
  }
  return posted;
}

bool Watched::Post(double id, const Home& home, const std::shared_ptr<LoopMailbox>& mailbox, bool fulfilled, Value& outcome) {
  auto settle = std::make_unique<OutcomeLetter>(environment_, mailbox, id, home.tenancy, fulfilled);
  OutcomeLetter* kept = settle.get();
  kept->value = std::move(outcome);
  std::unique_ptr<Letter> letter = std::move(settle);
  if (mailbox->Post(letter)) return true;
  Leave(environment_, kept->value);
  return false;
}

bool Watched::PostObserve(double id) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto found = homes_.find(static_cast<int64_t>(id));
  if (found == homes_.end() || found->second.hosted) return false;
  for (const auto& mailbox : found->second.mailboxes) {
    std::unique_ptr<Letter> letter = std::make_unique<ObserveLetter>(environment_, id, found->second.tenancy);
    if (mailbox->Post(letter)) return true;
  }
  return false;
}

void Watched::PostEnd(double id, const Home& home) {
  for (const auto& mailbox : home.mailboxes) {
    Value failure;
    SayFailure("finalized", "The JavaScript that was to settle this promise has ended", failure);
    Post(id, home, mailbox, false, failure);
  }
}

void Watched::End() {
  std::unordered_map<int64_t, Home> homes;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    homes = homes_;
    ended_ = true;
  }
  for (auto& [id, home] : homes) PostEnd(static_cast<double>(id), home);
}

}  // namespace interloop
