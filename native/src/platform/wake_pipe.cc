#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

#include "platform/wake.h"

namespace interloop {

bool WakeDescriptor::Open() {
  int ends[2];
  if (pipe(ends) != 0) return false;
  readable_ = ends[0];
  writable_ = ends[1];
  for (const int end : ends) {
    if (fcntl(end, F_SETFD, FD_CLOEXEC) == 0 && fcntl(end, F_SETFL, O_NONBLOCK) == 0) continue;
    Close();
    return false;
  }
  return true;
}

void WakeDescriptor::Close() {
  for (const int end : {readable_, writable_}) {
    if (end >= 0) close(end);
  }
  readable_ = writable_ = -1;
}

void WakeDescriptor::Notify() const {
  // A full pipe is readable as well.
  [[maybe_unused]] const ssize_t written = write(writable_, "", 1);
}

bool WakeDescriptor::Clear() const {
  char bytes[256];
  bool any = false;
  for (ssize_t count = read(readable_, bytes, sizeof bytes); count > 0; count = read(readable_, bytes, sizeof bytes)) any = true;
  return any;
}

}  // namespace interloop
