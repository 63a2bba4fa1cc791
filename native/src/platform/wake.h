// A descriptor that another thread, or the handler of a signal, makes readable: an eventfd on Linux (wake_eventfd.cc), a pipe elsewhere (wake_pipe.cc).
#pragma once

namespace interloop {

class WakeDescriptor {
 public:
  WakeDescriptor() = default;
  WakeDescriptor(const WakeDescriptor&) = delete;
  WakeDescriptor& operator=(const WakeDescriptor&) = delete;
  ~WakeDescriptor() { Close(); }

  // False when the system refuses the descriptors.
  bool Open();
  void Close();
  bool is_open() const { return readable_ >= 0; }
  // What to wait at.
  int readable() const { return readable_; }
  // Makes it readable until Clear(). From any thread, and from handlers of signals.
  void Notify() const;
  // Whether anybody had notified.
  bool Clear() const;

 private:
  int readable_ = -1;
  int writable_ = -1;  // the same descriptor, when one end is enough
};

}  // namespace interloop
