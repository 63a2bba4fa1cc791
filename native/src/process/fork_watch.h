// Sees the forks of Python: in the child, what the parent's threads and descriptors did is over (forked_child.h).
#pragma once

#include "cpython/python_api.h"

namespace interloop {

// Registers for forks with os.register_at_fork. Once, with the interpreter. False with a Python error set.
bool WatchForks();
bool InitForkWatch(PyObject* module);

}  // namespace interloop
