#include "values/memory_pressure.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <optional>

#ifdef __APPLE__
#include <mach/mach.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "values/convert.h"
#include "values/errors.h"
#include "values/js_object.h"
#include "values/py_buffer.h"

namespace interloop {

namespace {

constexpr int64_t kLeast = int64_t{96} << 20;  // a growth that is worth a collection
constexpr int64_t kMost = int64_t{1} << 30;    // the same, when collections free little; unless the process is large itself
constexpr size_t kMostWatched = 1 << 16;

struct WeakHandle {
  int64_t ref;
  napi_ref handle;
};

// Of the environment of this thread.
struct Pressure {
  std::vector<WeakHandle> handles;
  uint64_t made = 0;  // Refs, up to the last look
  long tick = 0;      // when that was
  int64_t base = -1;  // the memory of the process after the last collection
  int64_t limit = kLeast;
  bool tending = false;
};

thread_local Pressure pressure;

// The resident memory of the process in bytes; 0 where the system does not tell.
int64_t Resident() {
#ifdef __APPLE__
  mach_task_basic_info info;
  mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
  const kern_return_t told = task_info(mach_task_self(), MACH_TASK_BASIC_INFO, reinterpret_cast<task_info_t>(&info), &count);
  return told == KERN_SUCCESS ? static_cast<int64_t>(info.resident_size) : 0;
#else
  static const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  static const int64_t page = sysconf(_SC_PAGESIZE);
  char text[128];
  const ssize_t size = file < 0 ? -1 : pread(file, text, sizeof text - 1, 0);
  if (size <= 0) return 0;
  text[size] = 0;
  char* end = nullptr;
  std::strtoll(text, &end, 10);  // what is mapped
  return std::strtoll(end, nullptr, 10) * page;
#endif
}

long Tick() {
#ifdef CLOCK_MONOTONIC_COARSE
  constexpr clockid_t kClock = CLOCK_MONOTONIC_COARSE;
#else
  constexpr clockid_t kClock = CLOCK_MONOTONIC;
#endif
  timespec now = {};
  clock_gettime(kClock, &now);
  constexpr long kMillisecond = 1'000'000;
  return now.tv_nsec / kMillisecond + 1;
}

// Gives back what malloc keeps for later.
void Trim() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

void Collect(Environment& environment) {
  environment.TellDropped();
  {
    HandleScope scope(environment.env);
    const napi_value arguments[] = {MakeNumber(environment.env, kOperationCollect), MakeNumber(environment.env, 0)};
    environment.CallHook(Hook::operate, 2, arguments);
    ClearPending(environment);
  }
  ReleaseFreedBuffers(environment);
  environment.refs.Drain();
}

void Relieve(Environment& environment, int64_t before) {
  const int64_t limit = std::max(pressure.limit, pressure.base / 2);
  if (before - pressure.base < limit) return;
  std::optional<PythonScope> entry;
  if (!environment.holding) {
    entry.emplace(environment);
    if (!*entry) return ClearPending(environment);
  }
  int64_t after = before;
  for (int turn = 0; turn < 2; ++turn) {
    // A reference cycle of Python objects may hold what JS has let go of. And V8 frees ArrayBuffers on a thread of its own, which the next collection waits for.
    if (turn > 0) py.PyGC_Collect();
    Collect(environment);
    if (before - (after = Resident()) >= limit / 2) break;
    Trim();
    after = Resident();
  }
  // What the program keeps is not looked through again and again.
  pressure.limit = before - after < limit / 4 ? std::min(pressure.limit * 2, kMost) : kLeast;
  pressure.base = after;
}

}  // namespace

void WatchHandle(Environment& environment, int64_t ref, napi_value handle) {
  if (pressure.handles.size() >= kMostWatched) return;
  napi_ref weak = nullptr;
  if (napi_create_reference(environment.env, handle, 0, &weak) == napi_ok) pressure.handles.push_back({ref, weak});
}

void ForgetHandles() { pressure = {}; }

void SweepHandles(Environment& environment) {
  HandleScope scope(environment.env);
  const auto gone = [&](const WeakHandle& pending_promises) {
    napi_value handle = nullptr;
    const bool released = !environment.refs.Get(pending_promises.ref);
    if (!released && (napi_get_reference_value(environment.env, pending_promises.handle, &handle) != napi_ok || handle)) return false;
    if (!released) environment.refs.Release(pending_promises.ref);
    // An engine that ends has ended the reference.
    [[maybe_unused]] const napi_status deleted = napi_delete_reference(environment.env, pending_promises.handle);
    return true;
  };
  auto& handles = pressure.handles;
  handles.erase(std::remove_if(handles.begin(), handles.end(), gone), handles.end());
}

void TendMemory(Environment& environment) {
  if (environment.refs.made() == pressure.made && environment.dropped.empty()) return;
  const long tick = Tick();
  if (tick == pressure.tick || pressure.tending || !environment.OnThread() || !environment.started || environment.finalized) return;
  pressure.tick = tick;
  pressure.made = environment.refs.made();
  const int64_t resident = Resident();
  if (pressure.base < 0 || resident < pressure.base) pressure.base = resident;
  if (resident == 0) return;
  pressure.tending = true;  // what runs meanwhile comes here as well
  Relieve(environment, resident);
  pressure.tending = false;
}

}  // namespace interloop
