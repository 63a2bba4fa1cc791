// Does to a Poller what the hosted loop does, and prints what is wrong; pollers.test.ts builds it with each poller that this system can run. No check depends on how fast the machine is: a wait that should end may take
// a minute, and what should not happen is given the time in which something else does.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "loop/poller.h"
#include "platform/clock.h"

using interloop::MonotonicSeconds;
using interloop::Poller;
using interloop::WakeDescriptor;

namespace {

struct Seen {
  std::mutex mutex;
  std::condition_variable changed;
  int due = 0, signalled = 0, repeated = 0;
  bool answered = false;

  int Due() {
    std::lock_guard<std::mutex> lock(mutex);
    return due;
  }
  bool Wait(int Seen::* count, int least) {
    std::unique_lock<std::mutex> lock(mutex);
    return changed.wait_for(lock, std::chrono::minutes(1), [&] { return this->*count >= least; });
  }
};

void Count(void* data, int Seen::* count) {
  auto& seen = *static_cast<Seen*>(data);
  std::lock_guard<std::mutex> lock(seen.mutex);
  ++(seen.*count);
  seen.changed.notify_all();
}

bool Repeat(void* data) {
  Count(data, &Seen::repeated);
  auto& seen = *static_cast<Seen*>(data);
  std::lock_guard<std::mutex> lock(seen.mutex);
  return !seen.answered;
}

int faults = 0;

void Check(bool good, const char* what) {
  if (good) return;
  std::printf("%s\n", what);
  ++faults;
}

Poller::Client ClientOf(Seen& seen, bool repeats) {
  return {&seen, [](void* data) { Count(data, &Seen::due); }, repeats ? Repeat : nullptr, [](void* data) { Count(data, &Seen::signalled); }};
}

void Write(int end) {
  if (write(end, "x", 1) != 1) Check(false, "write() failed");
}

void Read(int end) {
  char byte;
  if (read(end, &byte, 1) != 1) Check(false, "read() failed");
}

// Long enough that what is wrongly armed would have fired: another deadline passes meanwhile.
void Pass(Poller& poller, Seen& seen) {
  const int before = seen.Due();
  poller.SetDeadline(MonotonicSeconds() + 0.02);
  Check(seen.Wait(&Seen::due, before + 1), "a deadline does not fire");
}

void TryDescriptor() {
  Seen seen;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return Check(false, "socketpair() failed");
  auto poller = Poller::Create(ClientOf(seen, false));
  if (!poller) return Check(false, "Create() failed");
  poller->Watch(ends[0]);
  Pass(*poller, seen);
  Check(seen.Due() == 1, "an idle descriptor fires");
  Write(ends[1]);
  Check(seen.Wait(&Seen::due, 2), "a descriptor does not fire");
  Pass(*poller, seen);
  Check(seen.Due() == 3, "a descriptor fires again before it is rearmed");
  poller->Rearm();
  Check(seen.Wait(&Seen::due, 4), "an unread descriptor does not fire when it is rearmed");
  Read(ends[0]);
  poller->Rearm();
  Pass(*poller, seen);
  Check(seen.Due() == 5, "a descriptor that was read fires when it is rearmed");
  for (int round = 0; round < 5000; ++round) {
    const int before = seen.Due();
    Write(ends[1]);
    if (!seen.Wait(&Seen::due, before + 1)) return Check(false, "a wake was lost");
    Read(ends[0]);
    poller->Rearm();
  }
  poller->Watch(-1);
  int before = seen.Due();
  Write(ends[1]);
  Pass(*poller, seen);
  Check(seen.Due() == before + 1, "a descriptor that is not watched fires");
  before = seen.Due();
  poller->Watch(ends[0]);
  Check(seen.Wait(&Seen::due, before + 1), "a descriptor that is watched again does not fire");
  poller.reset();
  close(ends[0]);
  close(ends[1]);
}

void TryDeadlines() {
  Seen seen;
  auto poller = Poller::Create(ClientOf(seen, false));
  if (!poller) return Check(false, "Create() failed");
  const double soon = MonotonicSeconds() + 0.05;
  poller->SetDeadline(soon);
  Check(seen.Wait(&Seen::due, 1), "a deadline does not fire");
  Check(MonotonicSeconds() >= soon, "a deadline fires too early");
  poller->SetDeadline(MonotonicSeconds() - 1);
  Check(seen.Wait(&Seen::due, 2), "a deadline that has passed does not fire");
  constexpr double kLong = 3600;
  poller->SetDeadline(MonotonicSeconds() + kLong);
  poller->SetDeadline(MonotonicSeconds() + 0.01);
  Check(seen.Wait(&Seen::due, 3), "a sooner deadline does not replace a later one");
  poller->SetDeadline(MonotonicSeconds() + 0.01);
  poller->SetDeadline(INFINITY);
  usleep(50000);
  Check(seen.Due() <= 4, "a deadline fires more than once");
  const int before = seen.Due();
  poller->SetDeadline(MonotonicSeconds() + kLong);
  usleep(20000);
  Check(seen.Due() == before, "a later deadline fires at once");
}

void TrySignals() {
  Seen seen;
  static WakeDescriptor wake;  // must stay
  Check(wake.Open(), "Open() failed");
  auto poller = Poller::Create(ClientOf(seen, false));
  if (!poller) return Check(false, "Create() failed");
  poller->WatchSignals(wake);
  for (int round = 1; round <= 100; ++round) {
    wake.Notify();
    if (!seen.Wait(&Seen::signalled, round)) return Check(false, "a signal was lost");
  }
  Check(seen.Due() == 0, "a signal counts as due");
}

void TryRepeats() {
  Seen seen;
  auto poller = Poller::Create(ClientOf(seen, true));
  if (!poller) return Check(false, "Create() failed");
  poller->Posted();
  Check(seen.Wait(&Seen::repeated, 3), "a wake that nobody answers is not repeated");
  {
    std::lock_guard<std::mutex> lock(seen.mutex);
    seen.answered = true;
  }
  Pass(*poller, seen);
}

void TryDescriptors() {
  WakeDescriptor wake;
  Check(wake.Open(), "Open() failed");
  const auto readable = [&wake] {
    pollfd source = {wake.readable(), POLLIN, 0};
    return poll(&source, 1, 0) == 1;
  };
  Check(!readable() && !wake.Clear(), "a new descriptor is readable");
  constexpr int kMoreThanAPipeTakes = 100000;
  for (int count = 0; count < kMoreThanAPipeTakes; ++count) wake.Notify();
  Check(readable(), "a notified descriptor is not readable");
  Check(wake.Clear() && !readable(), "a cleared descriptor is readable");
}

}  // namespace

int main() {
  TryDescriptors();
  TryDescriptor();
  TryDeadlines();
  TrySignals();
  TryRepeats();
  return faults == 0 ? 0 : 1;
}
