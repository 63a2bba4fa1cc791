#include <fcntl.h>
#include <unistd.h>

#include "platform/descriptors.h"

namespace interloop {

bool OpenPipe(int (&ends)[2]) { return pipe2(ends, O_CLOEXEC) == 0; }

timespec ModifiedTime(const struct stat& status) { return status.st_mtim; }

}  // namespace interloop
