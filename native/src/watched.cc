#include "watched.h"

#include <algorithm>

#include "elsewhere.h"
#include "errors.h"
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
  size_t id = static_cast<size_t>(promise->base.id);
  if (places_.size() <= id) places_.resize(id + 64 + id / 2);
  Place& place = places_[id];
  if (!place.first) place.tenancy = ++tenancies_;
  promise->next = place.first;
  place.first = promise;
  ++count_;
}

void Watched::Delist(JsPromise* promise) {
  double id = promise->base.id;
  JsPromise** link = &places_[static_cast<size_t>(id)].first;
  while (*link && *link != promise) link = &(*link)->next;
  if (!*link) return;
  *link = promise->next;
  promise->next = nullptr;
  --count_;
  if (!First(id)) TakeAll(id);
}

JsPromise* Watched::First(double id) const {
  size_t index = static_cast<size_t>(id);
  return id >= 0 && index < places_.size() ? places_[index].first : nullptr;
}

JsPromise* Watched::First(double id, uint64_t tenancy) const {
  JsPromise* first = First(id);
  return first && places_[static_cast<size_t>(id)].tenancy == tenancy ? first : nullptr;
}

JsPromise* Watched::TakeAll(double id) {
  size_t index = static_cast<size_t>(id);
  if (!(id >= 0) || index >= places_.size()) return nullptr;
  Place& place = places_[index];
  JsPromise* first = place.first;
  for (JsPromise* promise = first; promise; promise = promise->next) --count_;
  if (place.homed) SetHome(id, {});
  place.first = nullptr;
  place.waited = place.hosted = false;
  return first;
}

std::vector<JsPromise*> Watched::All() const {
  std::vector<JsPromise*> all;
  for (const Place& place : places_) {
    for (JsPromise* promise = place.first; promise; promise = promise->next) all.push_back(promise);
  }
  return all;
}

void Watched::AddWaiter(double id, const std::shared_ptr<LoopMailbox>& mailbox) {
  Place& place = places_[static_cast<size_t>(id)];
  if (place.waited && place.last == mailbox.get()) return;
  place.waited = true;
  place.last = mailbox.get();
  place.hosted = place.hosted || !mailbox;
  if (place.homed || mailbox) AddHome(id, mailbox);
}

void Watched::AddHome(double id, const std::shared_ptr<LoopMailbox>& mailbox) {
  const Place& place = places_[static_cast<size_t>(id)];
  Home home = place.homed ? HomeOf(id) : Home();
  home.hosted = place.hosted;
  auto& known = home.mailboxes;
  if (mailbox && std::find(known.begin(), known.end(), mailbox) == known.end()) known.push_back(mailbox);
  SetHome(id, std::move(home));
}

void Watched::SetHome(double id, Home home) {
  Place& place = places_[static_cast<size_t>(id)];
  place.homed = !home.mailboxes.empty();
  home.tenancy = place.tenancy;
  bool ended;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (place.homed) {
      homes_[static_cast<int64_t>(id)] = home;
    } else {
      homes_.erase(static_cast<int64_t>(id));
    }
    any_homes_ = !homes_.empty();
    ended = ended_;
  }
  if (ended && place.homed) PostEnd(id, home);
}

// Without the GIL, or with it

Watched::Home Watched::HomeOf(double id) {
  if (!any_homes_) return {};
  std::lock_guard<std::mutex> lock(mutex_);
  auto found = homes_.find(static_cast<int64_t>(id));
  return found == homes_.end() ? Home() : found->second;
}

bool Watched::PostOutcome(double id, bool fulfilled, napi_value value) {
  Home home = HomeOf(id);
  bool posted = false;
  if (home.hosted) return false;
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
  Home home = HomeOf(id);
  if (home.hosted) return false;
  for (const auto& mailbox : home.mailboxes) {
    std::unique_ptr<Letter> letter = std::make_unique<ObserveLetter>(environment_, id, home.tenancy);
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
