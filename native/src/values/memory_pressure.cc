#include "values/memory_pressure.h"

#include <algorithm>
#include <optional>

#include "environment/environment.h"
#include "platform/libc.h"
#include "platform/memory.h"
#include "values/callee.h"
#include "values/convert.h"
#include "values/dropped_values.h"
#include "values/errors.h"
#include "values/js_object.h"
#include "values/py_buffer.h"

namespace interloop {

namespace {

constexpr size_t kMostWatched = 1 << 16;

void Collect(Environment& environment) {
  environment.dropped_values->Tell();
  {
    HandleScope scope(environment.env);
    const napi_value arguments[] = {MakeNumber(environment.env, kOperationCollect), MakeNumber(environment.env, 0)};
    environment.CallHook(Hook::operate, 2, arguments);
    ClearPending(environment);
  }
  ReleaseFreedBuffers(environment);
  DropQueued(environment.refs);
}

}  // namespace

void MemoryPressure::Relieve(int64_t before) {
  const int64_t limit = std::max(limit_, base_ / 2);
  if (before - base_ < limit) return;
  std::optional<PythonScope> entry;
  if (!environment_.holding) {
    entry.emplace(environment_);
    if (!*entry) return ClearPending(environment_);
  }
  int64_t after = before;
  for (int turn = 0; turn < 2; ++turn) {
    // A reference cycle of Python objects may hold what JS has let go of. And V8 frees ArrayBuffers on a thread of its own, which the next collection waits for.
    if (turn > 0) py.PyGC_Collect();
    Collect(environment_);
    if (before - (after = ResidentMemory()) >= limit / 2) break;
    TrimHeap();
    after = ResidentMemory();
  }
  // What the program keeps is not looked through again and again.
  limit_ = before - after < limit / 4 ? std::min(limit_ * 2, kMost) : kLeast;
  base_ = after;
}

void MemoryPressure::Watch(int64_t ref, napi_value handle) {
  if (handles_.size() >= kMostWatched) return;
  napi_ref weak = nullptr;
  if (napi_create_reference(environment_.env, handle, 0, &weak) == napi_ok) handles_.push_back({ref, weak});
}

void MemoryPressure::Forget() { handles_.clear(); }

void MemoryPressure::Sweep() {
  HandleScope scope(environment_.env);
  const auto gone = [this](const WeakHandle& weak) {
    napi_value handle = nullptr;
    const bool released = !environment_.refs.Get(weak.ref);
    if (!released && (napi_get_reference_value(environment_.env, weak.handle, &handle) != napi_ok || handle)) return false;
    if (!released) environment_.refs.Release(weak.ref);
    // An engine that ends has ended the reference.
    [[maybe_unused]] const napi_status deleted = napi_delete_reference(environment_.env, weak.handle);
    return true;
  };
  handles_.erase(std::remove_if(handles_.begin(), handles_.end(), gone), handles_.end());
}

void MemoryPressure::Look() {
  if (environment_.refs.made() == made_ && environment_.dropped_values->count() == 0) return;
  const long tick = CoarseTick() + 1;
  if (tick == tick_ || looking_ || !environment_.OnThread() || !environment_.started || environment_.finalized) return;
  tick_ = tick;
  made_ = environment_.refs.made();
  const int64_t resident = ResidentMemory();
  if (base_ < 0 || resident < base_) base_ = resident;
  if (resident == 0) return;
  looking_ = true;  // what runs meanwhile comes here as well
  Relieve(resident);
  looking_ = false;
}

}  // namespace interloop
