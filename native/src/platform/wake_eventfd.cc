#include <sys/eventfd.h>
#include <unistd.h>

#include "platform/wake.h"

namespace interloop {

bool WakeDescriptor::Open() {
  readable_ = writable_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return is_open();
}

void WakeDescriptor::Close() {
  if (readable_ >= 0) close(readable_);
  readable_ = writable_ = -1;
}

void WakeDescriptor::Notify() const { eventfd_write(writable_, 1); }

bool WakeDescriptor::Clear() const {
  eventfd_t count;
  return eventfd_read(readable_, &count) == 0;
}

}  // namespace interloop
