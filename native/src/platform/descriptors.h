// Pipes and files, where the systems name things differently.
#pragma once

#include <sys/stat.h>

#include <ctime>

namespace interloop {

// The end to read from, and the one to write to; no child process inherits them.
bool OpenPipe(int (&ends)[2]);
timespec ModifiedTime(const struct stat& status);

}  // namespace interloop
