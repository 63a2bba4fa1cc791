#include "streams/stream_receiver.h"

#include <optional>

#include "await/task_driver.h"
#include "cpython/module_members.h"
#include "cpython/tuple.h"
#include "environment/js_values.h"
#include "environment/native_call.h"
#include "loop/guest.h"
#include "streams/reusable_future.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/send.h"

namespace interloop {

namespace {

PyTypeObject* receiver_type = nullptr;

struct StreamReceiver {
  ReusableFuture reusable;
  PyObject* items;  // a tuple: what was fed and not taken yet; or null
  bool waiting;     // the Task waits for JavaScript
  bool may_ask;     // items are being fed: whoever has taken them can ask for more through the answer
  bool asked;
};

StreamReceiver* Cast(PyObject* object) { return reinterpret_cast<StreamReceiver*>(object); }

PyObject* TakeItems(StreamReceiver* receiver) {
  PyObject* items = receiver->items;
  receiver->items = nullptr;
  return items ? items : py.PyTuple_New(0);
}

int Send(PyObject* self, PyObject*, PyObject** result) {
  StreamReceiver* receiver = Cast(self);
  *result = nullptr;
  if (!CheckEnvironment(receiver->reusable.environment)) return kSendError;
  if (receiver->waiting && receiver->reusable.state == ReusableFuture::State::pending) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "The Task that reads a stream went on although nothing has let it");
    return kSendError;
  }
  if (receiver->waiting || receiver->items) {
    receiver->waiting = false;
    *result = TakeItems(receiver);
    return *result ? kSendReturn : kSendError;
  }
  PyObject* loop = receiver->reusable.environment->guest->loop();
  if (!loop) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "no running event loop");
    return kSendError;
  }
  if (loop != receiver->reusable.loop) {
    Owned old(receiver->reusable.loop);
    receiver->reusable.loop = NewRef(loop);
  }
  ResetFuture(&receiver->reusable);
  receiver->waiting = true;
  *result = NewRef(self);
  return kSendNext;
}

PyObject* Next(PyObject* self) {
  PyObject* result = nullptr;
  int outcome = Send(self, None(), &result);
  return AsMethodResult(outcome, result);
}

PyObject* SendMethod(PyObject* self, PyObject*) { return Next(self); }

// throw(type_or_exception, value=None, traceback=None): the wait is over.
PyObject* Throw(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count < 1) {
    py.PyErr_SetString(py.PyExc_TypeError, "throw() takes an exception");
    return nullptr;
  }
  Cast(self)->waiting = false;
  RaiseThrown(args, count);
  return nullptr;
}

PyObject* Close(PyObject* self, PyObject*) {
  Cast(self)->waiting = false;
  return NewRef(None());
}

PyObject* Self(PyObject* self) { return NewRef(self); }

// feed(*items)
PyObject* Feed(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  StreamReceiver* receiver = Cast(self);
  if (!CheckEnvironment(receiver->reusable.environment)) return nullptr;
  Owned items(NewTuple(args, static_cast<size_t>(count)));
  if (!items) return nullptr;
  Owned old(receiver->items);
  receiver->items = items.release();
  return !receiver->waiting || ResolveFuture(&receiver->reusable) ? NewRef(None()) : nullptr;
}

PyObject* Take(PyObject* self, PyObject*) { return TakeItems(Cast(self)); }

PyObject* Ask(PyObject* self, PyObject*) {
  StreamReceiver* receiver = Cast(self);
  receiver->asked = receiver->may_ask;
  return py.PyBool_FromLong(receiver->may_ask);
}

int Traverse(PyObject* self, visitproc visit, void* data) {
  if (int result = TraverseFuture(&Cast(self)->reusable, visit, data)) return result;
  if (Cast(self)->items) {
    if (int result = visit(Cast(self)->items, data)) return result;
  }
  return VisitType(self, visit, data);
}

int ClearFields(PyObject* self) {
  ClearFuture(&Cast(self)->reusable);
  ClearField(Cast(self)->items);
  return 0;
}

void Dealloc(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  py.PyObject_GC_UnTrack(self);
  ClearFields(self);
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

// stream_receiver(): None where the C layer is off.
PyObject* NewStreamReceiver(PyObject*, PyObject*) {
  Environment* environment = StreamEnvironment();
  return environment ? NewReusableFuture(receiver_type, *environment) : NewRef(None());
}

// Feeds the items, a tuple that this takes over, and runs the Task that waits for them. Whether it asks for more.
bool FeedAndRun(Environment& environment, StreamReceiver* receiver, PyObject* items) {
  Guest& guest = *environment.guest;
  Owned old(receiver->items);
  receiver->items = items;
  // Nobody reads any more: the Task was cancelled, or its loop closed.
  if (!receiver->waiting || receiver->reusable.state != ReusableFuture::State::pending || receiver->reusable.loop != guest.loop()) return false;
  std::optional<size_t> before = guest.BeginStep();
  receiver->may_ask = before && py.PyTuple_Size(items) > 0;
  receiver->asked = false;
  bool opened = ResolveFuture(&receiver->reusable);
  if (!opened) ReportError(receiver->reusable.loop, "The Task that reads a stream could not be woken", nullptr);
  if (before) guest.EndStep(opened ? before : std::nullopt);
  receiver->may_ask = false;
  return receiver->asked && receiver->waiting && receiver->reusable.state == ReusableFuture::State::pending;
}

}  // namespace

bool InitStreamReceiver(PyObject* module) {
  static PyMethodDef methods[] = {{"feed", MethodOf(Feed), kFastCall, "Add items, and let the Task go on that waits for them."},
                                  {"take", Take, kNoArgs, "The items that were fed."},
                                  {"ask", Ask, kNoArgs, "Whether awaiting it is enough to ask JavaScript for more."},
                                  {"send", SendMethod, kOneArg, "As coroutine.send()."},
                                  {"throw", MethodOf(Throw), kFastCall, "As coroutine.throw()."},
                                  {"close", Close, kNoArgs, "As coroutine.close()."},
                                  {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("Where a Task waits for items from JavaScript. Awaiting it answers with them.")},
                                {kTpDealloc, SlotOf(Dealloc)},
                                {kTpTraverse, SlotOf(Traverse)},
                                {kTpClear, SlotOf(ClearFields)},
                                {kTpIter, SlotOf(Self)},
                                {kTpIterNext, SlotOf(Next)},
                                {kAmAwait, SlotOf(Self)},
                                {kTpMethods, methods},
                                {py.PyIter_Send ? int{kAmSend} : 0, SlotOf(Send)},
                                {0, nullptr}};
  static PyMethodDef functions[] = {{"stream_receiver", NewStreamReceiver, kNoArgs, "A StreamReceiver, or None where there can be none."},
                                    {nullptr, nullptr, 0, nullptr}};
  receiver_type = AddType(module, "_interloop.StreamReceiver", sizeof(StreamReceiver), kHaveGcFlag, slots, ReusableFutureType());
  return receiver_type && AddFunctions(module, functions);
}

napi_value FeedStream(napi_env env, napi_callback_info info) {
  AllArguments<1 + 16> args(env, info);  // the default mark
  Environment& environment = *args.environment;
  PythonScope entry(environment, PythonScope::loop);
  if (!entry) return nullptr;
  PyObject* object = args.count > 0 ? GetRef(environment, args.all[0]) : nullptr;
  if (!object) return args.count > 0 ? nullptr : ThrowFailure(environment, "bad-argument", "Name the stream");
  if (TypeOf(object) != receiver_type) return ThrowFailure(environment, "bad-argument", "This is no stream");
  Owned kept(NewRef(object));
  std::vector<Owned> made;
  made.reserve(args.count - 1);
  for (size_t index = 1; index < args.count; ++index) {
    made.emplace_back(ToPython(environment, args.all[index]));
    if (!made.back()) return ThrowPython(environment);
  }
  Owned items(NewTuple(made));
  if (!items) return ThrowPython(environment);
  return MakeBoolean(env, FeedAndRun(environment, Cast(object), items.release()));
}

}  // namespace interloop
