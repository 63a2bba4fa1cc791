#include "values/dropped_values.h"

#include <algorithm>

#include "environment/js_values.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/value_to_js.h"

namespace interloop {

namespace {

bool InWords(PyObject* why) { return why == None() || IsExactly(why, py.PyUnicode_Type); }

// Listeners are the program's own code.
void TellCancellation(Environment& environment, double id, napi_value why) {
  napi_value arguments[3] = {MakeNumber(environment.env, kOperationCancel), MakeNumber(environment.env, id), why};
  if (!why) arguments[2] = MakeUndefined(environment.env);
  environment.CallHook(Hook::operate, 3, arguments);
}

}  // namespace

DroppedValues::DroppedValues(Environment& environment) : environment_(environment) {}
DroppedValues::~DroppedValues() = default;

void DroppedValues::Add(Dropped dropped) {
  if (!environment_.alive) return;
  if (environment_.OnThread()) {  // in an entry, whose end tells core
    dropped_.push_back(dropped);
    return;
  }
  {
    std::lock_guard<std::mutex> lock(foreign_mutex_);
    foreign_dropped_.push_back(dropped);
  }
  has_foreign_ = true;
  environment_.WakeLoop();
}

void DroppedValues::Cancel(double id, PyObject* why) {
  if (environment_.OnThread()) {
    cancellations_.push_back({id, why});
    return;
  }
  Owned owned(why);
  if (!environment_.alive) return;
  auto value = std::make_unique<Value>();
  if (!InWords(why)) {
    ErrorFromPython(environment_, why, *value);
  } else if (!FromPython(environment_, why, *value)) {
    py.PyErr_Clear();
  }
  {
    std::lock_guard<std::mutex> lock(foreign_mutex_);
    foreign_cancellations_.push_back({id, std::move(value)});
  }
  has_foreign_ = true;
  environment_.WakeLoop();
}

void DroppedValues::TellCancelled() {
  // One by one: what JS does meanwhile may come back here, and then drop what it has told.
  while (!cancellations_.empty()) {
    HandleScope scope(environment_.env);
    auto [id, why] = cancellations_.front();
    cancellations_.erase(cancellations_.begin());
    Owned owned(why);
    napi_value value = InWords(why) ? ToJs(environment_, why) : ErrorToJs(environment_, why, false);
    const GilReleased released(environment_);
    TellCancellation(environment_, id, value);
  }
}

void DroppedValues::TakeForeign() {
  if (!has_foreign_.exchange(false)) return;
  std::vector<ForeignCancellation> cancelled;
  std::vector<Dropped> gone;
  {
    // Both at once: what was cancelled may have been dropped since.
    std::lock_guard<std::mutex> lock(foreign_mutex_);
    cancelled.swap(foreign_cancellations_);
    gone.swap(foreign_dropped_);
  }
  if (!cancelled.empty()) {
    const GilReleased released(environment_);
    for (auto& [id, why] : cancelled) {
      HandleScope scope(environment_.env);
      TellCancellation(environment_, id, ToJs(environment_, *why));
      ClearPending(environment_);
    }
  }
  dropped_.insert(dropped_.end(), gone.begin(), gone.end());
}

void DroppedValues::Tell() {
  // First, because what was cancelled may have been dropped since.
  TellCancelled();
  TakeForeign();
  napi_env env = environment_.env;
  constexpr size_t kBatch = 128;
  while (!dropped_.empty()) {
    std::vector<Dropped> taken;
    taken.swap(dropped_);
    for (size_t start = 0; start < taken.size(); start += kBatch) {
      HandleScope scope(env);
      napi_value ids[kBatch];
      size_t count = 0;
      for (size_t index = start; index < std::min(taken.size(), start + kBatch); ++index) {
        const auto& [id, abandoned, rejected, settled] = taken[index];
        if (settled > 0) {
          const napi_value loosened[3] = {MakeNumber(env, kOperationLoosen), MakeNumber(env, id), MakeNumber(env, settled)};
          environment_.CallHook(Hook::operate, 3, loosened);
          continue;
        }
        ids[count++] = MakeNumber(env, id);
        if (!abandoned) continue;
        const napi_value arguments[3] = {MakeNumber(env, kOperationAbandon), ids[count - 1], MakeBoolean(env, rejected)};
        environment_.CallHook(Hook::operate, 3, arguments);
      }
      environment_.CallHook(Hook::release, count, ids);
    }
    if (dropped_.empty()) {  // keep the memory
      taken.clear();
      dropped_.swap(taken);
    }
  }
}

}  // namespace interloop
