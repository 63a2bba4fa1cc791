// Python awaits JavaScript: JsPromise. Core watches the promise and hands its outcome to the next pump, which settles the futures that wait here.
#pragma once

#include "environment/environment.h"
#include "values/js_object.h"

namespace interloop {

struct JsPromise {
  enum class State : uint8_t { unwatched, pending, fulfilled, rejected };

  JsObject base;
  PyObject* value;   // the outcome
  PyObject* waiter;  // the first future that waits
  PyObject* more;    // a list of the others, or null
  PyObject* driven;  // the iterator behind send(), when used as a coroutine
  JsPromise* next;   // another JsPromise of the same promise
  State state;
  bool waiter_hosted;  // the first future belongs to the hosted loop
  bool retrieved;      // somebody asked for the outcome
  bool observed;       // core wants to know when Python cancels
  bool loose;          // core does not keep the promise any longer: `value` says why it was rejected
};

// A rejected promise leads back to the frames that its exception has passed, and these often have the promise in a variable or wait in a Task for it: a reference cycle through both languages, which neither collector could
// break. So once Python knows the outcome, core keeps such a promise weakly. Before Python uses it again this makes one like it, if JS has collected it. False with a Python error set.
bool RevivePromise(PyObject* promise);
bool IsJsPromise(PyObject* object);

// Before the types of JS objects are made.
void InitJsPromise();

// A new reference for a promise that core watches already; takes over one count of `id`, which is negated when core wants to know that Python cancelled.
PyObject* NewWatchedPromise(Environment& environment, double id);
// Core watches the promise from now on, whether or not anybody waits for it. False with a Python error set.
bool WatchPromise(PyObject* promise);
// The loop was closed: what waits there for a promise waits no longer. From any thread.
void FailWaiters(Environment& environment, PyObject* loop);
// A new reference to an asyncio.Future of `loop` that follows the promise; null with a Python error set.
PyObject* FollowPromise(PyObject* promise, PyObject* loop);
// future.set_result(value) or set_exception(value), unless it is done (cancelled). On the thread of its loop. False with a Python error set.
bool SettleFuture(PyObject* future, bool fulfilled, PyObject* value);
// The outcome of the pending promise `id`: `value` (borrowed) is what it fulfilled with, or the exception. `loop`: the one whose thread this is, or null.
void SettlePending(Environment& environment, double id, bool fulfilled, PyObject* value, PyObject* loop);

}  // namespace interloop
