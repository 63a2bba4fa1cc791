#include "await/js_promise.h"

#include <cmath>

#include "await/pending_promises.h"
#include "await/promise_cancellation.h"
#include "cpython/asyncio_api.h"
#include "cpython/module_members.h"
#include "environment/forked_child.h"
#include "loop/guest.h"
#include "values/convert.h"
#include "values/dropped_values.h"
#include "values/errors.h"

namespace interloop {

namespace {

using State = JsPromise::State;

PyTypeObject* promise_type = nullptr;

JsPromise* Cast(PyObject* object) { return reinterpret_cast<JsPromise*>(object); }
bool IsSettled(JsPromise* promise) { return promise->state == State::fulfilled || promise->state == State::rejected; }

PendingPromises& WatchedOf(JsPromise* promise) { return *promise->base.environment->pending_promises; }

void Add(JsPromise* promise) {
  WatchedOf(promise).Add(promise);
  promise->state = State::pending;
}

// Of the loop that runs on this thread; null: none does.
std::shared_ptr<LoopPort> MailboxHere() {
  Owned loop(LoadAsyncio() ? RunningLoop() : nullptr);
  std::shared_ptr<LoopPort> mailbox = loop && loop.get() != None() ? RemotePortOf(loop.get()) : nullptr;
  if (!mailbox) py.PyErr_Clear();
  return mailbox;
}

// The loop on which somebody will probably wait for a promise that Python waits for already.
void ExpectWaiter(JsPromise* promise) {
  Environment& environment = *promise->base.environment;
  std::shared_ptr<LoopPort> mailbox = environment.OnThread() ? environment.guest->remote_tasks().default_mailbox() : MailboxHere();
  if (mailbox) WatchedOf(promise).Expect(promise->base.id, mailbox);
}

// Core follows the promise and will hand over its outcome, again if it has done so before.
bool Follow(PyObject* self) {
  Environment& environment = *Cast(self)->base.environment;
  Owned done(Operate(self, kOperationWatch));
  if (done && environment.OnThread()) environment.call_slots[kPromise] = 0;
  return bool(done);
}

bool Watch(PyObject* self) {
  JsPromise* promise = Cast(self);
  if (promise->state != State::unwatched) return true;
  // Before JS looks: from another thread its answer may be quicker than we are.
  Add(promise);
  ExpectWaiter(promise);
  if (Follow(self)) return true;
  WatchedOf(promise).Remove(promise);
  promise->state = State::unwatched;
  return false;
}

// `loop`: the one whose thread this is, or null.
void SettleWaiter(Environment& environment, PyObject* future, bool fulfilled, PyObject* value, bool hosted, PyObject* loop) {
  if (hosted && loop && loop == environment.guest->loop()) {
    if (!SettleFuture(future, fulfilled, value)) ReportError(loop, "A JavaScript promise could not be delivered", nullptr);
    return;
  }
  static PyObject* get_loop = Interned("get_loop");
  Owned its_loop(CallMethod(future, get_loop));
  bool done = its_loop && (its_loop.get() == loop ? SettleFuture(future, fulfilled, value) : SettleOnLoop(its_loop.get(), future, fulfilled, value));
  if (!done) py.PyErr_WriteUnraisable(future);
}

// A new future of `loop` that waits for the promise.
PyObject* Wait(PyObject* self, PyObject* loop) {
  JsPromise* promise = Cast(self);
  Environment& environment = *promise->base.environment;
  if (promise->state == State::unwatched && !Watch(self)) return nullptr;
  const bool hosted = loop == environment.guest->loop();
  // A promise on a loop that closes fails with it.
  std::shared_ptr<LoopPort> remote = hosted ? nullptr : RemotePortOf(loop);
  if (!hosted && !remote) return nullptr;
  LoopPort& port = hosted ? *environment.guest : *remote;
  Owned future(port.NewFuture());
  if (!future) return nullptr;
  promise->retrieved = true;
  if (IsSettled(promise)) return SettleFuture(future.get(), promise->state == State::fulfilled, promise->value) ? future.release() : nullptr;
  if (InForkedChild()) return RaiseForked();
  if (!environment.alive) return RaiseFailure("finalized", "Cannot wait for this promise: its JavaScript has ended");
  if (!promise->waiter) {
    py.Py_IncRef(self);  // until it is settled
    promise->waiter = NewRef(future.get());
    promise->waiter_hosted = hosted;
  } else {
    if (!promise->more) promise->more = py.PyList_New(0);
    if (!promise->more || py.PyList_Append(promise->more, future.get()) < 0) return nullptr;
  }
  if (!environment.pending_promises->AddWaiter(promise->base.id, remote) && !Follow(self)) return nullptr;
  if (promise->observed && !ObserveWaiter(self, future.get(), hosted)) return nullptr;
  return future.release();
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
    py.PyErr_SetString(py.PyExc_RuntimeError,
                       "Cannot await a JavaScript promise here: no event loop of asyncio runs on this thread (those of trio and curio are others); await it in "
                       "a coroutine that asyncio runs");
    return nullptr;
  }
  if (InForkedChild() && !IsSettled(Cast(self))) return RaiseForked();
  // Whoever blocks the JS thread keeps the promise from ever being settled.
  if (environment->OnThread() && !guest_runs && !IsSettled(Cast(self))) {
    return RaiseFailure("would-deadlock",
                        "Cannot wait here for a JavaScript promise of this same thread: Python blocks the thread that has to settle it; await the coroutine "
                        "from JavaScript instead of calling "
                        "asyncio.run() or run_until_complete()");
  }
  return Wait(self, loop.get());
}

PyObject* Await(PyObject* self) {
  Owned future(WaitHere(self));
  if (!future) return nullptr;
  using AwaitFunction = PyObject* (*)(PyObject*);
  static AwaitFunction await_future = nullptr;  // the slot of asyncio.Future; 3.9 cannot read it
  if (!await_future && py.PyIter_Send)
    await_future = reinterpret_cast<AwaitFunction>(py.PyType_GetSlot(reinterpret_cast<PyTypeObject*>(asyncio.future), kAmAwait));
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
  PyObject* yielded = CallMethod(Cast(self)->driven, next);
  if (!yielded) ClearField(Cast(self)->driven);  // it has ended; whoever drives the promise again gets the outcome again
  return yielded;
}

// What a Task that is cancelled before its first step does: nobody has waited yet.
PyObject* ThrowFirst(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count < 1) {
    py.PyErr_SetString(py.PyExc_TypeError, "throw() takes an exception");
    return nullptr;
  }
  RaiseThrown(args, count);
  if (!Cast(self)->base.environment || Cast(self)->waiter || IsSettled(Cast(self)) || !py.PyErr_ExceptionMatches(asyncio.cancelled_error)) return nullptr;
  Owned thrown(TakeException());
  Owned arguments(thrown ? py.PyObject_GetAttrString(thrown.get(), "args") : nullptr);
  Owned why(arguments ? WhyCancelled(arguments.get()) : nullptr);
  if (!why) return nullptr;
  Raise(thrown.get());
  CancelPromise(self, why.release());
  return nullptr;
}

PyObject* Throw(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  static PyObject* throw_name = Interned("throw");
  if (!Cast(self)->driven) return LoadAsyncio() ? ThrowFirst(self, args, count) : nullptr;
  Owned method(py.PyObject_GetAttr(Cast(self)->driven, throw_name));
  PyObject* yielded = method ? CallVector(method.get(), args, static_cast<size_t>(count)) : nullptr;
  if (!yielded) ClearField(Cast(self)->driven);
  return yielded;
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
    if (promise->state == State::pending) WatchedOf(promise).Remove(promise);
    bool unasked = !promise->retrieved && (promise->state == State::pending || promise->state == State::rejected);
    environment->dropped_values->Drop(promise->base.id, unasked, promise->state == State::rejected);
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
  PyObject* self = NewJsObject(environment, JsKind::promise, std::fabs(id), nullptr);
  if (!self) return nullptr;
  Add(Cast(self));
  ExpectWaiter(Cast(self));
  Cast(self)->observed = id < 0;
  return self;
}

bool WatchPromise(PyObject* promise) { return Watch(promise); }

void FailWaiters(Environment& environment, PyObject* loop) {
  static PyObject *get_loop = Interned("get_loop"), *set_exception = Interned("set_exception");
  std::vector<Owned> promises;
  for (JsPromise* promise : environment.pending_promises->All()) {
    if (promise->waiter) promises.emplace_back(NewRef(reinterpret_cast<PyObject*>(promise)));
  }
  for (Owned& self : promises) {
    // What one of these futures runs may settle another promise, or this one.
    Owned waiter(Cast(self.get())->waiter ? NewRef(Cast(self.get())->waiter) : nullptr), its_loop(waiter ? CallMethod(waiter.get(), get_loop) : nullptr);
    if (!its_loop) py.PyErr_Clear();
    if (its_loop.get() != loop || Cast(self.get())->more) continue;
    RaiseFailure("loop-closed", "The Python event loop that waited for this promise was closed");
    Owned error(TakeException());
    if (!error) continue;
    // Whoever looks at the future finds the reason; nothing can be woken on a closed loop.
    Owned told(CallMethod(waiter.get(), set_exception, error.get()));
    if (!told) py.PyErr_Clear();
    static PyObject* log = Interned("_log_traceback");
    if (told && py.PyObject_SetAttr(waiter.get(), log, py._Py_FalseStruct) < 0) py.PyErr_Clear();
    if (Cast(self.get())->waiter) CancelPromise(self.get(), error.release());
  }
}

bool SettleFuture(PyObject* future, bool fulfilled, PyObject* value) {
  static PyObject *set_result = Interned("set_result"), *set_exception = Interned("set_exception"), *done = Interned("done");
  Owned error(fulfilled ? nullptr : ForFuture(value));
  if (!fulfilled && !error) return false;
  Owned set(CallMethod(future, fulfilled ? set_result : set_exception, fulfilled ? value : error.get()));
  if (set) return true;
  Owned exception(TakeException());
  Owned is_done(CallMethod(future, done));
  if (is_done && py.PyObject_IsTrue(is_done.get()) == 1) return true;
  // A value that a future refuses (StopIteration as an exception, before 3.12): whoever waits gets that error instead of waiting for ever.
  set.reset(is_done && exception ? CallMethod(future, set_exception, exception.get()) : nullptr);
  return bool(set);
}

PyObject* FollowPromise(PyObject* promise, PyObject* loop) { return Wait(promise, loop); }

bool IsJsPromise(PyObject* object) { return TypeOf(object) == promise_type; }

bool RevivePromise(PyObject* self) {
  JsPromise* promise = Cast(self);
  if (!promise->loose) return true;
  Environment& environment = *promise->base.environment;
  napi_value error = ErrorToJs(environment, promise->value, false);
  const napi_value arguments[3] = {MakeNumber(environment.env, kOperationRevive), MakeNumber(environment.env, promise->base.id), error};
  if (error && environment.CallHook(Hook::operate, 3, arguments)) return true;
  RaisePending(environment);
  return false;
}

void SettlePending(Environment& environment, double id, bool fulfilled, PyObject* value, PyObject* loop) {
  JsPromise* promise = environment.pending_promises->TakeAll(id);
  // Settling one may free the others: nothing but this list knows of them any more.
  for (JsPromise* each = promise; each; each = each->next) py.Py_IncRef(reinterpret_cast<PyObject*>(each));
  uint32_t left = 0;
  while (promise) {
    JsPromise* next = promise->next;
    promise->next = nullptr;
    promise->state = fulfilled ? State::fulfilled : State::rejected;
    promise->value = NewRef(value);
    Owned waiter(promise->waiter), more(promise->more);
    promise->waiter = promise->more = nullptr;
    if (waiter) {
      SettleWaiter(environment, waiter.get(), fulfilled, value, promise->waiter_hosted, loop);
      Owned iterator(more ? py.PyObject_GetIter(more.get()) : nullptr);
      while (PyObject* item = iterator ? py.PyIter_Next(iterator.get()) : nullptr) {
        Owned future(item);
        SettleWaiter(environment, future.get(), fulfilled, value, false, loop);
      }
      py.Py_DecRef(reinterpret_cast<PyObject*>(promise));  // kept by Wait()
    }
    if (!fulfilled && reinterpret_cast<PyObject*>(promise)->ob_refcnt > 1) {  // somebody has it still
      promise->loose = true;
      ++left;
    }
    py.Py_DecRef(reinterpret_cast<PyObject*>(promise));
    promise = next;
  }
  if (left > 0) environment.dropped_values->Loosen(id, left);
}

void InitJsPromise() {
  UsePromiseType({AddJsPromise, NewWatchedPromise, RevivePromise, [](PyObject* promise) {
                    if (!RevivePromise(promise)) return false;
                    Cast(promise)->retrieved = true;  // JS sees to its rejection from now on
                    return true;
                  }});
}

}  // namespace interloop
