// What a thread of this process waits for, as the operating system tells another thread.
//
// The problem: Python's own frames do not tell whether a call into C computes, waits for a limited time, or waits without a limit (`lock.acquire()`, `SimpleQueue.get()`, `select()`, `recv()`).
// What is done: a thread that has used no processor time since it was last looked at waits. On Linux /proc/self/task/<thread>/syscall names the system call and its arguments, and so the time limit. Where that cannot be read
// (other systems, some containers), nothing is known of the kind.
#pragma once

#include <cstdint>
#include <ctime>

namespace interloop {

enum class WaitKind {
  unknown,  // it runs, or nothing tells
  limited,  // it has a time limit, or it reads what a user types
  lock,     // a lock without a time limit
  loop,     // the descriptors of an event loop, without a time limit
  other,    // a descriptor or a child process, without a time limit
};

constexpr bool IsEndless(WaitKind kind) { return kind == WaitKind::lock || kind == WaitKind::loop || kind == WaitKind::other; }

// A thread, as other threads can look at it.
class ThreadLook {
 public:
  // Of the thread that calls.
  void TakeThis();
  // Nanoseconds of processor time that it has used; 0 when that is unknown.
  uint64_t ProcessorTime() const;
  WaitKind Wait() const;

 private:
  long id_ = 0;  // of the thread, as the system numbers them
  [[maybe_unused]] clockid_t clock_ = {};
  bool has_clock_ = false;
};

}  // namespace interloop
