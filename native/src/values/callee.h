// How a Python object is called from JavaScript, which decides what such a call needs, and the references that JavaScript has let go of.
#pragma once

#include "environment/ref_table.h"

namespace interloop {

Callee FindCallee(PyObject* object);
// Found out once for each Ref.
Callee CalleeOf(RefTable& refs, int64_t ref);
// The same for a call that is made now. Whether a function is a leaf is found out when it has been called a few times through the same Ref.
Callee CalleeToCall(RefTable& refs, int64_t ref);

// Drops the queued references. Needs the GIL. Decrefs may run any Python code, so the queue is taken first.
void DropQueued(RefTable& refs);

}  // namespace interloop
