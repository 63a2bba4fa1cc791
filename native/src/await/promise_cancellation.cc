#include "await/promise_cancellation.h"

#include "await/js_promise.h"
#include "await/pending_promises.h"
#include "cpython/asyncio_api.h"
#include "cpython/tuple.h"
#include "loop/loop_port.h"
#include "values/dropped_values.h"

namespace interloop {

namespace {

using State = JsPromise::State;

JsPromise* Cast(PyObject* object) { return reinterpret_cast<JsPromise*>(object); }

bool IsDone(PyObject* future) {
  static PyObject* done = Interned("done");
  Owned answer(CallMethod(future, done));
  if (!answer) py.PyErr_Clear();
  return answer && answer.get() == py._Py_TrueStruct;
}

// A future that waits for an observed promise is done.
PyObject* OnWaiterDone(PyObject* self, PyObject* future) {
  static PyObject *cancelled = Interned("cancelled"), *message_name = Interned("_cancel_message");
  JsPromise* promise = Cast(self);
  if (promise->state != State::pending || !promise->waiter) return NewRef(None());
  Owned is_cancelled(CallMethod(future, cancelled));
  if (!is_cancelled) return nullptr;
  // Futures may be the program's own: what they run can settle the promise.
  Owned waiter(promise->waiter ? NewRef(promise->waiter) : nullptr);
  if (!waiter || is_cancelled.get() != py._Py_TrueStruct || (future != waiter.get() && !IsDone(waiter.get()))) return NewRef(None());
  Owned iterator(promise->more ? py.PyObject_GetIter(promise->more) : nullptr);
  while (PyObject* item = iterator ? py.PyIter_Next(iterator.get()) : nullptr) {
    Owned other(item);
    if (!IsDone(other.get())) return NewRef(None());
  }
  Owned message(py.PyObject_GetAttr(future, message_name));
  if (!message) py.PyErr_Clear();
  PyObject* const given[] = {message.get()};
  Owned arguments(NewTuple(given, message ? 1 : 0));
  if (!arguments) return nullptr;
  Owned why(WhyCancelled(arguments.get()));
  if (!why) return nullptr;
  Owned kept(NewRef(self));
  if (promise->waiter) CancelPromise(self, why.release());
  return NewRef(None());
}

// Future.cancel() of the first future that waits for an observed promise, which tells core at once: a callback would have to wait for the loop's next turn.
PyObject* CancelWaiter(PyObject* self, PyObject* args, PyObject* named) {
  static PyObject* cancel = Interned("cancel");
  Owned future(NewRef(Cast(self)->waiter));
  if (!future) return NewRef(py._Py_FalseStruct);  // it is done
  std::vector<PyObject*> given(1, future.get());
  for (Py_ssize_t index = 0; index < py.PyTuple_Size(args); ++index) given.push_back(py.PyTuple_GetItem(args, index));
  Owned method(py.PyObject_GetAttr(reinterpret_cast<PyObject*>(TypeOf(future.get())), cancel)), arguments(NewTuple(given.data(), given.size()));
  if (!method || !arguments) return nullptr;
  Owned cancelled(py.PyObject_Call(method.get(), arguments.get(), named));
  Owned told(cancelled ? OnWaiterDone(self, future.get()) : nullptr);
  return told ? cancelled.release() : nullptr;
}

// As OnWaiterDone(), for a future whose cancel() is ours: it is not to hold the promise any longer.
PyObject* OnArmedDone(PyObject* self, PyObject* future) {
  static PyObject* cancel = Interned("cancel");
  if (py.PyObject_SetAttr(future, cancel, nullptr) < 0) py.PyErr_Clear();
  return OnWaiterDone(self, future);
}

}  // namespace

void CancelPromise(PyObject* self, PyObject* why) {
  JsPromise* promise = Cast(self);
  Environment& environment = *promise->base.environment;
  Owned waiter(promise->waiter), more(promise->more);
  promise->waiter = promise->more = nullptr;
  if (promise->state == State::pending) environment.pending_promises->Remove(promise);
  promise->state = State::unwatched;
  promise->retrieved = true;
  environment.dropped_values->Cancel(promise->base.id, why);
  if (waiter) py.Py_DecRef(self);  // kept by Wait()
}

PyObject* WhyCancelled(PyObject* arguments) {
  Py_ssize_t count = py.PyTuple_Size(arguments);
  if (count < 0) return nullptr;
  PyObject* message = count == 1 ? py.PyTuple_GetItem(arguments, 0) : nullptr;
  if (count == 0 || message == None()) return NewRef(None());
  if (message && IsExactly(message, py.PyUnicode_Type)) return NewRef(message);
  return py.PyObject_CallObject(asyncio.cancelled_error, arguments);
}

bool ObserveWaiter(PyObject* self, PyObject* future, bool hosted) {
  static PyMethodDef on_done = {"done", OnWaiterDone, kOneArg, "A future that waits for the promise is done."};
  static PyMethodDef on_armed_done = {"done", OnArmedDone, kOneArg, "The first future that waits for the promise is done."};
  static PyMethodDef on_cancel = {"cancel", MethodOf(CancelWaiter), kVarargs | kKeywords, "As Future.cancel()."};
  static PyObject *add = Interned("add_done_callback"), *cancel_name = Interned("cancel");
  bool armed = hosted && future == Cast(self)->waiter;
  Owned callback(py.PyCFunction_NewEx(armed ? &on_armed_done : &on_done, self, nullptr));
  if (!callback) return false;
  if (!hosted) return ObserveOnLoop(future, callback.get());
  Owned cancel(armed ? py.PyCFunction_NewEx(&on_cancel, self, nullptr) : nullptr);
  if (armed && (!cancel || py.PyObject_SetAttr(future, cancel_name, cancel.get()) < 0)) return false;
  Owned done(CallMethod(future, add, callback.get()));
  return bool(done);
}

bool ObservePromise(Environment& environment, double id) {
  // Adding a callback to a future of the program's own may run its code, which can settle or free any of these.
  std::vector<Owned> promises;
  for (JsPromise* promise = environment.pending_promises->First(id); promise; promise = promise->next) {
    if (!promise->observed) promises.emplace_back(NewRef(reinterpret_cast<PyObject*>(promise)));
    promise->observed = true;
  }
  for (Owned& kept : promises) {
    PyObject* self = kept.get();
    JsPromise* promise = Cast(self);
    Owned waiter(promise->waiter ? NewRef(promise->waiter) : nullptr);
    if (waiter && !ObserveWaiter(self, waiter.get(), promise->waiter_hosted)) return false;
    Owned iterator(promise->more ? py.PyObject_GetIter(promise->more) : nullptr);
    while (PyObject* item = iterator ? py.PyIter_Next(iterator.get()) : nullptr) {
      Owned future(item);
      if (!ObserveWaiter(self, future.get(), false)) return false;
    }
  }
  return true;
}

}  // namespace interloop
