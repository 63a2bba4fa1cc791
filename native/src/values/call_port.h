// How Python uses JavaScript: one port, which the thread of that JavaScript fulfils at once (local_calls.cc), and every other thread by messages to it (remote/remote_call.cc).
#pragma once

#include <functional>

#include "values/js_object.h"

namespace interloop {

// All of it with the GIL. Null or false: a Python error is set.
class CallPort {
 public:
  // f(*args, **kwargs), as the vectorcall protocol has it.
  virtual PyObject* Call(PyObject* function, PyObject* const* args, size_t count, PyObject* names) = 0;
  // See Operate() in js_object.h.
  virtual PyObject* Operate(PyObject* self, Operation operation, PyObject* a, PyObject* b, bool* missing) = 0;
  // construct(constructor, sequence, named)
  virtual PyObject* Construct(PyObject* constructor, PyObject* sequence, PyObject* named) = 0;
  // Runs `body`, which must not enter Python, on the thread of that JavaScript. A caller on another thread may leave before it has ended, so what the body uses must be its own.
  virtual bool Run(Environment& environment, std::function<void()> body) = 0;

 protected:
  ~CallPort() = default;
};

// The local side of Call(), which is too hot for a virtual call.
PyObject* CallLocally(PyObject* function, PyObject* const* args, size_t count, PyObject* names);

extern CallPort& local_calls;
extern CallPort* remote_calls;  // set with the interpreter

// For this thread. What belongs to no environment raises.
inline CallPort& CallPortOf(const Environment* environment) { return !environment || environment->OnThread() ? local_calls : *remote_calls; }

}  // namespace interloop
