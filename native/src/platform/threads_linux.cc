#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/threads.h"

namespace interloop {

bool IsProcessMainThread() { return syscall(SYS_gettid) == getpid(); }

void NameThisThread(const char* name) { pthread_setname_np(pthread_self(), name); }

}  // namespace interloop
