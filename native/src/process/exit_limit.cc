#include "process/exit_limit.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/threads.h"

namespace interloop {

namespace {

constexpr auto kPause = std::chrono::milliseconds(100);
constexpr int kLooks = 10;  // in a row

// Used by a thread until the process ends, so nothing destroys them. The GIL is no help: a worker may never give it up.
std::mutex& mutex = *new std::mutex();
std::vector<Environment*>& users = *new std::vector<Environment*>();

struct Exit {
  int code;
  ThreadLook main;
};

bool AnyInPython() {
  std::lock_guard<std::mutex> lock(mutex);
  return std::any_of(users.begin(), users.end(), [](const Environment* user) -> bool { return user->holding; });
}

// Where the kind of a wait is unknown, it may be a join.
bool MayJoin(const ThreadLook& thread) {
  const WaitKind kind = thread.Wait();
  return kind == WaitKind::lock || kind == WaitKind::unknown;
}

void* Run(void* data) {
  const Exit& exit = *static_cast<Exit*>(data);
  NameThisThread("interloop-exit");
  uint64_t before = 0;
  for (int still = 0; still < kLooks;) {
    std::this_thread::sleep_for(kPause);
    const uint64_t time = exit.main.ProcessorTime();
    still = time == before && AnyInPython() && MayJoin(exit.main) ? still + 1 : 0;
    before = time;
  }
  constexpr char kText[] = "interloop: the process ends while Python runs on the thread of a worker, which cannot be stopped there\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kText, sizeof kText - 1);
  _exit(exit.code);
}

}  // namespace

void LimitsExit(Environment& environment) {
  std::lock_guard<std::mutex> lock(mutex);
  users.push_back(&environment);
}

void LimitsExitNoMore(Environment& environment) {
  std::lock_guard<std::mutex> lock(mutex);
  users.erase(std::remove(users.begin(), users.end(), &environment), users.end());
}

void LimitExit(int code) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (users.empty()) return;
  }
  auto* exit = new Exit{code, {}};
  exit->main.TakeThis();
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, Run, exit) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace interloop
