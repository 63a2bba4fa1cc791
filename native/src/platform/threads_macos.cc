#include <pthread.h>

#include "platform/threads.h"

namespace interloop {

bool IsProcessMainThread() { return pthread_main_np() != 0; }

void NameThisThread(const char* name) { pthread_setname_np(name); }

}  // namespace interloop
