#include "process/watchdog.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "interpreter/interpreter_end.h"
#include "platform/threads.h"

namespace interloop {

namespace {

// Says on standard error which call of Python has blocked that thread of JavaScript. With the GIL.
void NameBlocked(uintptr_t thread) {
  Owned ident(py.PyLong_FromLongLong(static_cast<long long>(thread))), module(ident ? py.PyImport_ImportModule("interloop._remote_loop") : nullptr);
  Owned function(module ? py.PyObject_GetAttrString(module.get(), "name_blocked") : nullptr);
  PyObject* arguments[] = {nullptr, ident.get()};
  Owned done(function ? CallVector(function.get(), arguments + 1, 1 | kVectorcallOffset) : nullptr);
  if (!done) py.PyErr_WriteUnraisable(None());
}

constexpr int kLooks = 4;  // until the time is over
constexpr double kLongest = 86400;

struct Watched {
  Environment* environment;
  uint64_t processor_time = 0;
  int still = 0;  // looks in a row that found it waiting in Python
};

// Used by a thread until the process ends, so nothing destroys them.
std::mutex& mutex = *new std::mutex();
std::vector<Watched>& watched = *new std::vector<Watched>();
pid_t owner = 0;  // the process that has the thread

// `_waits.py` reads the same.
double Seconds() {
  const char* text = std::getenv("INTERLOOP_WATCHDOG");
  if (!text) {
    const char* mode = std::getenv("NODE_ENV");
    return mode && std::strcmp(mode, "production") == 0 ? 0 : 10;
  }
  return std::strtod(text, nullptr);
}

// Whether the thread has waited in Python, for something without a time limit, long enough to be named now.
bool IsStuck(Watched& one) {
  Environment& environment = *one.environment;
  if (!environment.holding || environment.js_stopped || environment.ending) {
    one.still = 0;
    return false;
  }
  const uint64_t time = environment.look.ProcessorTime();
  if (time == 0 || time != one.processor_time) {
    one.processor_time = time;
    one.still = 0;
    return false;
  }
  if (++one.still != kLooks) return false;
  return IsEndless(environment.look.Wait());
}

void* Run(void* data) {
  const auto pause = std::chrono::duration<double>(*static_cast<double*>(data) / kLooks);
  NameThisThread("interloop-watch");
  for (;;) {
    std::this_thread::sleep_for(pause);
    std::vector<Environment*> stuck;
    {
      std::lock_guard<std::mutex> lock(mutex);
      for (Watched& one : watched) {
        if (IsStuck(one)) stuck.push_back(one.environment);
      }
    }
    if (stuck.empty() || InterpreterHasEnded()) continue;
    const int state = py.PyGILState_Ensure();
    for (const Environment* environment : stuck) {
      // It may have gone on while this thread waited for the GIL.
      if (environment->holding && IsEndless(environment->look.Wait())) NameBlocked(environment->ident);
    }
    py.PyGILState_Release(state);
  }
}

}  // namespace

void WatchCalls(Environment& environment) {
  const double seconds = Seconds();
  if (!(seconds > 0)) return;
  std::lock_guard<std::mutex> lock(mutex);
  watched.push_back({&environment});
  if (owner == getpid()) return;
  owner = getpid();
  // Signals are for the threads of the runtime and of Python.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, Run, new double(std::min(seconds, kLongest))) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void StopWatchingCalls(Environment& environment) {
  std::lock_guard<std::mutex> lock(mutex);
  watched.erase(std::remove_if(watched.begin(), watched.end(), [&](const Watched& one) { return one.environment == &environment; }), watched.end());
}

}  // namespace interloop
