// The wake protocol. Q: the messages, under a mutex M. A: armed_, true at first. All is sequentially consistent.
//   poster:  p1  lock M, push, unlock       reader, on a ring:  r1  A = true
//            p2  if A.exchange(false): ring                     r2  lock M, take all of Q, unlock
//                                                               r3  open what was taken
// A ring reaches the reader sooner or later (a threadsafe function with an unlimited queue, an eventfd that stays readable), and the reader answers each with r1 to r3.
// Why no message is left lying. Say that the poster pushed (p1) after the last take (r2), so that nobody has the message. It goes on to p2.
//  1. p2 finds A true: it rings, and the reader will take.
//  2. p2 finds A false: some other poster made it so after the last r1, and that one rang, or is just about to. If the reader answers this ring after p1, it takes the message. It cannot have answered
//     it before: the answer would begin with r1, which makes A true again, and then another poster must have made it false and have rung after that; the argument starts over with that one.
// r1 comes before r2. The other way round a message pushed between the two would find A false (no ring) and have missed the take.
// The reader decides nothing from an empty queue: to stop looking because it found none, before it was armed, would lose a message in the same way.
// The eventfd is read before r1: reading it later could swallow the ring of a poster that was armed by r1 and whose message missed r2.
#include "environment/mailbox.h"

namespace interloop {

bool Mailbox::Post(std::unique_ptr<Message>& message) {
  if (!open_) return false;  // in a forked child the mutex may be locked for ever
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!open_) return false;
    messages_.push_back(std::move(message));
  }
  Wake();
  return true;
}

void Mailbox::Wake() {
  if (open_ && armed_.exchange(false)) Notify();
}

Messages Mailbox::Take() {
  armed_ = true;
  std::lock_guard<std::mutex> lock(mutex_);
  Messages taken;
  taken.swap(messages_);
  return taken;
}

Messages Mailbox::TakeCalls() {
  std::lock_guard<std::mutex> lock(mutex_);
  Messages calls, others;
  for (auto& message : messages_) (message->IsCall() ? calls : others).push_back(std::move(message));
  messages_.swap(others);
  return calls;
}

Messages Mailbox::Close() {
  if (!open_.exchange(false)) return {};
  std::lock_guard<std::mutex> lock(mutex_);
  Messages taken;
  taken.swap(messages_);
  return taken;
}

}  // namespace interloop
