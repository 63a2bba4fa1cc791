// Work handed from one thread to another without the GIL and without waiting: to the JS thread of an environment (js_mailbox.h), and to the Python loop of a thread
// (loop_mailbox.h). The protocol is argued, for every interleaving, in mailbox.cc and modelled in native/model/mailbox.pml.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace interloop {

// What is handed over. It is run on the thread that it is for, or cancelled, on whichever thread, when that thread takes no more messages.
class Message {
 public:
  virtual ~Message() = default;
  // Takes references to what is lent, before any message of the batch is run. With the GIL; only for messages to Python.
  virtual void Own() {}
  virtual void Run() = 0;
  virtual void Cancel() {}
  // Somebody waits for what JavaScript answers.
  virtual bool IsCall() const { return false; }
};

using Messages = std::vector<std::unique_ptr<Message>>;

// One queue and its wake.
class Mailbox {
 public:
  virtual ~Mailbox() = default;
  Mailbox() = default;
  Mailbox(const Mailbox&) = delete;

  // From any thread. False: closed, and the message was not taken.
  bool Post(std::unique_ptr<Message>& message);
  bool open() const { return open_; }
  // In a forked child: the messages, the reader and the mutex are the parent's.
  virtual void LeaveParent() { open_ = false; }

 protected:
  // From any thread: makes the reader take soon.
  void Wake();
  // The reader: all that was posted before.
  Messages Take();
  // Of those that were posted, the calls.
  Messages TakeCalls();
  // Nothing is taken in any more; what had come in until then.
  Messages Close();
  bool waiting() const { return !armed_; }  // a wake is on its way
  virtual void Notify() = 0;                // may be called on any thread

 private:
  std::mutex mutex_;
  Messages messages_;
  std::atomic<bool> open_{true};
  std::atomic<bool> armed_{true};
};

}  // namespace interloop
