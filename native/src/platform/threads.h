// Threads as the system sees them.
#pragma once

namespace interloop {

// Whether this thread is the one that the process began with.
bool IsProcessMainThread();
// What tools call this thread: 15 characters at most.
void NameThisThread(const char* name);

}  // namespace interloop
