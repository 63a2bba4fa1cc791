#include "js_promise.h"

#include "asyncio_api.h"
#include "convert.h"
#include "elsewhere.h"
#include "errors.h"
#include "guest.h"
#include "js_object.h"

namespace interloop {

namespace {

enum class State : uint8_t { unwatched, pending, fulfilled, rejected };

}  // namespace

struct JsPromise {
  JsObject base;
  PyObject* value;    // the outcome
  PyObject* waiter;   // the first future that waits
  PyObject* more;     // a list of the others, or null
  PyObject* driven;   // the iterator behind send(), when used as a coroutine
  JsPromise* next;    // another JsPromise of the same promise
  State state;
  bool waiter_here;  // the first future belongs to the hosted loop
  bool retrieved;  // somebody asked for the outcome
};

namespace {

PyTypeObject* promise_type = nullptr;


JsPromise* Cast(PyObject* object) { return reinterpret_cast<JsPromise*>(object); }
PyObject* Interned(const char* text) { return py.PyUnicode_InternFromString(text); }
bool IsSettled(JsPromise* promise) { return promise->state == State::fulfilled || promise->state == State::rejected; }

// The watched promises of an environment by JsId, which is small and dense. Borrowed, but a promise with a waiter is kept alive by Wait().
std::vector<JsPromise*>& Watched(Environment& environment) { return environment.guest->watched_promises(); }

void Enlist(JsPromise* promise) {
  auto& table = Watched(*promise->base.environment);
  size_t id = static_cast<size_t>(promise->base.id);
  if (table.size() <= id) table.resize(id + 64 + id / 2);
  promise->next = table[id];
  table[id] = promise;
  promise->state = State::pending;
  ++promise->base.environment->watched;
}

void Delist(JsPromise* promise) {
  auto& table = Watched(*promise->base.environment);
  JsPromise** link = &table[static_cast<size_t>(promise->base.id)];
  while (*link && *link != promise) link = &(*link)->next;
  if (*link) *link = promise->next;
  --promise->base.environment->watched;
}

bool Watch(PyObject* self) {
  if (Cast(self)->state != State::unwatched) return true;
  Owned done(Operate(self, kOperationWatch));
  if (!done) return false;
  Cast(self)->base.environment->registers[kPromise] = 0;
  Enlist(Cast(self));
  return true;
}

// future.set_result(value) or set_exception(value), unless it is done (cancelled).
bool SettleFuture(PyObject* future, bool fulfilled, PyObject* value) {
  static PyObject *set_result = Interned("set_result"), *set_exception = Interned("set_exception"), *done = Interned("done");
  Owned set(CallMethod(future, fulfilled ? set_result : set_exception, value));
  if (set) return true;
  Owned exception(TakeException());
  Owned is_done(CallMethod(future, done));
  if (is_done && py.PyObject_IsTrue(is_done.get()) == 1) return true;
  // A value that a future refuses (StopIteration as an exception, before 3.12): whoever waits gets that error instead of waiting for ever.
  set.reset(is_done && exception ? CallMethod(future, set_exception, exception.get()) : nullptr);
  return bool(set);
}

void SettleWaiter(Environment& environment, PyObject* future, bool fulfilled, PyObject* value, bool here) {
  PyObject* hosted = environment.guest->loop();
  if (here && hosted) {
    if (!SettleFuture(future, fulfilled, value)) ReportError(hosted, "A JavaScript promise could not be delivered", nullptr);
    return;
  }
  static PyObject* get_loop = Interned("get_loop");
  Owned loop(CallMethod(future, get_loop));
  bool done = loop && (loop.get() == hosted ? SettleFuture(future, fulfilled, value) : SettleElsewhere(loop.get(), future, fulfilled, value));
  if (!done) py.PyErr_WriteUnraisable(future);
}

PyObject* NewFuture(Environment& environment, PyObject* loop) {
  if (loop == environment.guest->loop()) return environment.guest->NewFuture();
  static PyObject* create_future = Interned("create_future");
  return CallMethod(loop, create_future);
}

// A new future of `loop` that waits for the promise.
PyObject* Wait(PyObject* self, PyObject* loop) {
  JsPromise* promise = Cast(self);
  Environment& environment = *promise->base.environment;
  if (promise->state == State::unwatched && !Watch(self)) return nullptr;
  Owned future(NewFuture(environment, loop));
  if (!future) return nullptr;
  promise->retrieved = true;
  if (IsSettled(promise)) return SettleFuture(future.get(), promise->state == State::fulfilled, promise->value) ? future.release() : nullptr;
  if (!promise->waiter) {
    py.Py_IncRef(self);  // until it is settled
    promise->waiter = NewRef(future.get());
    promise->waiter_here = loop == environment.guest->loop();
    return future.release();
  }
  if (!promise->more) promise->more = py.PyList_New(0);
  return promise->more && py.PyList_Append(promise->more, future.get()) == 0 ? future.release() : nullptr;
}

// The future that `await self` waits for on the running loop.
PyObject* WaitHere(PyObject* self) {
  Environment* environment = Cast(self)->base.environment;
  if (!environment || !environment->guest) return RaiseFailure("bad-argument", "Cannot await this promise: it was not made by a JavaScript runtime");
  // While the guest loop runs on this thread, it is the running one; asyncio's own answer costs a system call before 3.12.
  bool guest_runs = environment->OnThread() && environment->guest->running();
  Owned loop(guest_runs && environment->guest->loop() ? NewRef(environment->guest->loop()) : RunningLoop());
  if (!loop) return nullptr;
  if (loop.get() == None()) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "no running event loop");
    return nullptr;
  }
  // Whoever blocks the JS thread keeps the promise from ever being settled.
  if (environment->OnThread() && !guest_runs && !IsSettled(Cast(self))) {
    return RaiseFailure("would-deadlock",
                        "Cannot wait here for a JavaScript promise of this same thread: Python blocks the thread that has to settle it; await the coroutine from JavaScript instead of calling "
                        "asyncio.run() or run_until_complete()");
  }
  return Wait(self, loop.get());
}

PyObject* Await(PyObject* self) {
  Owned future(WaitHere(self));
  if (!future) return nullptr;
  using AwaitFunction = PyObject* (*)(PyObject*);
  static AwaitFunction await_future = nullptr;  // the slot of asyncio.Future; 3.9 cannot read it
  if (!await_future && py.PyIter_Send) await_future = reinterpret_cast<AwaitFunction>(py.PyType_GetSlot(reinterpret_cast<PyTypeObject*>(asyncio.future), kAmAwait));
  if (await_future && IsExactly(future.get(), asyncio.future)) return await_future(future.get());
  static PyObject* await = Interned("__await__");
  return CallMethod(future.get(), await);
}

// As a coroutine: for create_task(), run(), and whatever takes coroutines only.
PyObject* SendMethod(PyObject* self, PyObject*) {
  static PyObject* next = Interned("__next__");
  if (!Cast(self)->driven) {
    Cast(self)->driven = Await(self);
    if (!Cast(self)->driven) return nullptr;
  }
  return CallMethod(Cast(self)->driven, next);
}

PyObject* Throw(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  static PyObject* throw_name = Interned("throw");
  if (!Cast(self)->driven) {
    Cast(self)->driven = Await(self);
    if (!Cast(self)->driven) return nullptr;
  }
  Owned method(py.PyObject_GetAttr(Cast(self)->driven, throw_name));
  return method ? CallVector(method.get(), args, static_cast<size_t>(count)) : nullptr;
}

PyObject* Close(PyObject*, PyObject*) { return NewRef(None()); }

int Traverse(PyObject* self, visitproc visit, void* data) {
  JsPromise* promise = Cast(self);
  for (PyObject* field : {promise->base.receiver, promise->value, promise->waiter, promise->more, promise->driven, reinterpret_cast<PyObject*>(TypeOf(self))}) {
    if (!field) continue;
    if (int result = visit(field, data)) return result;
  }
  return 0;
}

int ClearFields(PyObject* self) {
  JsPromise* promise = Cast(self);
  PyObject* fields[] = {promise->value, promise->waiter, promise->more, promise->driven};
  promise->value = promise->waiter = promise->more = promise->driven = nullptr;
  for (PyObject* field : fields) {
    if (field) py.Py_DecRef(field);
  }
  return 0;
}

void Dealloc(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  JsPromise* promise = Cast(self);
  py.PyObject_GC_UnTrack(self);
  if (Environment* environment = promise->base.environment) {
    --environment->js_objects;
    if (promise->state == State::pending) Delist(promise);
    bool unasked = !promise->retrieved && (promise->state == State::pending || promise->state == State::rejected);
    environment->Drop(promise->base.id, unasked, promise->state == State::rejected);
  }
  ClearFields(self);
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

}  // namespace

PyTypeObject* AddJsPromise(PyObject* module, PyTypeObject* base) {
  static PyMethodDef methods[] = {{"send", SendMethod, kOneArg, "As coroutine.send()."},
                                  {"throw", MethodOf(Throw), kFastCall, "As coroutine.throw()."},
                                  {"close", Close, kNoArgs, "As coroutine.close()."},
                                  {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("A JavaScript promise: awaitable, and a coroutine to asyncio.")},
                                {kTpDealloc, SlotOf(Dealloc)},
                                {kTpTraverse, SlotOf(Traverse)},
                                {kTpClear, SlotOf(ClearFields)},
                                {kAmAwait, SlotOf(Await)},
                                {kTpMethods, methods},
                                {0, nullptr}};
  promise_type = AddType(module, "interloop.JsPromise", sizeof(JsPromise), kHaveGcFlag, slots, base);
  return promise_type;
}

PyObject* NewWatchedPromise(Environment& environment, double id) {
  PyObject* self = NewJsObject(environment, JsKind::promise, id, nullptr);
  if (self) Enlist(Cast(self));
  return self;
}

PyObject* FollowPromise(PyObject* promise, PyObject* loop) { return Wait(promise, loop); }

void SettleWatched(Environment& environment, double id, bool fulfilled, PyObject* value) {
  auto& table = Watched(environment);
  size_t index = static_cast<size_t>(id);
  if (!(id >= 0) || index >= table.size()) return;
  JsPromise* promise = table[index];
  table[index] = nullptr;
  while (promise) {
    JsPromise* next = promise->next;
    promise->next = nullptr;
    --environment.watched;
    promise->state = fulfilled ? State::fulfilled : State::rejected;
    promise->value = NewRef(value);
    Owned waiter(promise->waiter), more(promise->more);
    promise->waiter = promise->more = nullptr;
    if (waiter) {
      SettleWaiter(environment, waiter.get(), fulfilled, value, promise->waiter_here);
      Owned iterator(more ? py.PyObject_GetIter(more.get()) : nullptr);
      while (PyObject* item = iterator ? py.PyIter_Next(iterator.get()) : nullptr) {
        Owned future(item);
        SettleWaiter(environment, future.get(), fulfilled, value, false);
      }
      py.Py_DecRef(reinterpret_cast<PyObject*>(promise));  // kept by Wait()
    }
    promise = next;
  }
}

}  // namespace interloop
