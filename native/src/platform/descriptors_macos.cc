#include <fcntl.h>
#include <unistd.h>

#include "platform/descriptors.h"

namespace interloop {

// A process that another thread starts between the two calls inherits the pipe.
bool OpenPipe(int (&ends)[2]) {
  if (pipe(ends) != 0) return false;
  for (const int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
  return true;
}

timespec ModifiedTime(const struct stat& status) { return status.st_mtimespec; }

}  // namespace interloop
