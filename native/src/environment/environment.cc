#include "environment/environment.h"

#include <algorithm>

#include "await/pending_promises.h"
#include "environment/forked_child.h"
#include "environment/js_values.h"
#include "remote/async_call.h"
#include "values/errors.h"
#include "values/value_to_js.h"

namespace interloop {

Environment*& CurrentEnvironment() {
  thread_local Environment* current = nullptr;
  return current;
}

std::vector<Environment*>& Environments() {
  static auto* environments = new std::vector<Environment*>();
  return *environments;
}

void Environment::Tell(Dropped told) {
  if (!alive) return;
  if (OnThread()) {  // in an entry, whose end tells core
    dropped.push_back(told);
    return;
  }
  {
    std::lock_guard<std::mutex> lock(foreign_mutex);
    foreign_dropped.push_back(told);
  }
  has_foreign = true;
  WakeLoop();
}

void Environment::ReportRefs() {
  constexpr int64_t kStep = 4096, kBytesEach = 2048;
  int64_t more = static_cast<int64_t>(refs.size()) - reported_refs;
  if (more < kStep && more > -kStep) return;
  reported_refs += more;
  int64_t total = 0;
  [[maybe_unused]] const napi_status told = napi_adjust_external_memory(env, more * kBytesEach, &total);
}

napi_value Environment::CallHook(Hook hook, size_t count, const napi_value* arguments) {
  if (InForkedChild()) LeaveForkedChild(*this);
  if (!alive) return nullptr;
  // An argument that could not be made: the environment ends. Some engines would read it.
  for (size_t index = 0; index < count; ++index) {
    if (!arguments[index]) return nullptr;
  }
  napi_value function = nullptr, result = nullptr, receiver = MakeUndefined(env);
  const int index = static_cast<int>(hook);
  const bool drives = hook == Hook::settle || hook == Hook::schedule || hook == Hook::wake || hook == Hook::release;
  CoreCopy& asked = drives ? first : *copy;
  if (!receiver || napi_get_reference_value(env, asked.hooks[index], &function) != napi_ok) return nullptr;
  if (!function && (&asked == &first || napi_get_reference_value(env, first.hooks[index], &function) != napi_ok || !function)) return nullptr;
  return napi_call_function(env, receiver, function, count, arguments, &result) == napi_ok ? result : nullptr;
}

namespace {

bool InWords(PyObject* why) { return why == None() || IsExactly(why, py.PyUnicode_Type); }

// Gives the GIL up for the block, if this thread has it.
class Unlocked {
 public:
  explicit Unlocked(Environment& environment) : environment_(environment), held_(environment.holding) {
    if (!held_) return;
    environment.holding = false;
    environment.state = py.PyEval_SaveThread();
  }
  ~Unlocked() {
    if (!held_) return;
    py.PyEval_RestoreThread(environment_.state);
    environment_.holding = true;
  }
  Unlocked(const Unlocked&) = delete;

 private:
  Environment& environment_;
  const bool held_;
};

// Listeners are the program's own code.
void TellCancellation(Environment& environment, double id, napi_value why) {
  napi_value arguments[3] = {MakeNumber(environment.env, kOperationCancel), MakeNumber(environment.env, id), why};
  if (!why) arguments[2] = MakeUndefined(environment.env);
  environment.CallHook(Hook::operate, 3, arguments);
}

}  // namespace

void Environment::Cancel(double id, PyObject* why) {
  if (OnThread()) {
    cancellations.push_back({id, why});
    return;
  }
  Owned owned(why);
  if (!alive) return;
  auto value = std::make_unique<Value>();
  if (!InWords(why)) {
    ErrorFromPython(*this, why, *value);
  } else if (!FromPython(*this, why, *value)) {
    py.PyErr_Clear();
  }
  {
    std::lock_guard<std::mutex> lock(foreign_mutex);
    foreign_cancellations.push_back({id, std::move(value)});
  }
  has_foreign = true;
  WakeLoop();
}

void Environment::TellCancelled() {
  // One by one: what JS does meanwhile may come back here, and then drop what it has told.
  while (!cancellations.empty()) {
    HandleScope scope(env);
    auto [id, why] = cancellations.front();
    cancellations.erase(cancellations.begin());
    Owned owned(why);
    napi_value value = InWords(why) ? ToJs(*this, why) : ErrorToJs(*this, why, false);
    Unlocked unlocked(*this);
    TellCancellation(*this, id, value);
  }
}

void Environment::TakeForeign() {
  if (!has_foreign.exchange(false)) return;
  std::vector<ForeignCancellation> cancelled;
  std::vector<Dropped> gone;
  {
    // Both at once: what was cancelled may have been dropped since.
    std::lock_guard<std::mutex> lock(foreign_mutex);
    cancelled.swap(foreign_cancellations);
    gone.swap(foreign_dropped);
  }
  if (!cancelled.empty()) {
    Unlocked unlocked(*this);
    for (auto& [id, why] : cancelled) {
      HandleScope scope(env);
      TellCancellation(*this, id, ToJs(*this, *why));
      ClearPending(*this);
    }
  }
  dropped.insert(dropped.end(), gone.begin(), gone.end());
}

void Environment::TellDropped() {
  // First, because what was cancelled may have been dropped since.
  TellCancelled();
  TakeForeign();
  constexpr size_t kBatch = 128;
  while (!dropped.empty()) {
    std::vector<Dropped> taken;
    taken.swap(dropped);
    for (size_t start = 0; start < taken.size(); start += kBatch) {
      HandleScope scope(env);
      napi_value ids[kBatch];
      size_t count = 0;
      for (size_t index = start; index < std::min(taken.size(), start + kBatch); ++index) {
        const auto& [id, abandoned, rejected, settled] = taken[index];
        if (settled > 0) {
          const napi_value loosened[3] = {MakeNumber(env, kOperationLoosen), MakeNumber(env, id), MakeNumber(env, settled)};
          CallHook(Hook::operate, 3, loosened);
          continue;
        }
        ids[count++] = MakeNumber(env, id);
        if (!abandoned) continue;
        const napi_value arguments[3] = {MakeNumber(env, kOperationAbandon), ids[count - 1], MakeBoolean(env, rejected)};
        CallHook(Hook::operate, 3, arguments);
      }
      CallHook(Hook::release, count, ids);
    }
    if (dropped.empty()) {  // keep the memory
      taken.clear();
      dropped.swap(taken);
    }
  }
}

}  // namespace interloop
