// The thread that sleeps for a guest loop: it waits for the loop's own descriptors (a selector's epoll descriptor) and for its next timer, and calls back when either is due. Idle, it sleeps.
// The interface is what kqueue or select() need to implement to join it.
#pragma once

#include <memory>

namespace interloop {

class Poller {
 public:
  // Called on the poller's thread. Must not block.
  using Callback = void (*)(void* data);
  // Null when the system refuses the descriptors or the thread.
  static std::unique_ptr<Poller> Create(Callback callback, void* data);
  virtual ~Poller() = default;  // ends and joins the thread

  // Waits for `descriptor` to become readable; -1: for none. Fires once, then waits for Rearm().
  virtual void Watch(int descriptor) = 0;
  // The descriptor was looked at after it fired. Level-triggered: what came meanwhile fires again.
  virtual void Rearm() = 0;
  // When to fire next, in seconds of the monotonic clock; infinity: never. Replaces the time before.
  virtual void SetDeadline(double seconds) = 0;
};

}  // namespace interloop
