#include "streams/stream_producer.h"

#include <algorithm>
#include <optional>

#include "await/task_driver.h"
#include "cpython/asyncio_api.h"
#include "cpython/module_members.h"
#include "environment/js_values.h"
#include "environment/native_call.h"
#include "loop/guest.h"
#include "streams/batch_reader.h"
#include "streams/reusable_future.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/main_frame.h"
#include "values/send.h"

namespace interloop {

namespace {

PyTypeObject* producer_type = nullptr;

struct StreamProducer {
  ReusableFuture reusable;
  BatchReader maker;
  PyObject* deliver;  // hands items over; answers with an order
  PyObject* rest;     // tells whether the Task waits for JavaScript
  PyObject* task;
  PyObject* order;                     // what the future was resolved with
  std::optional<BatchState>* unheard;  // what was made in the Task's stead, which it has not heard of yet ...
  PyObject* error;                     // ... and the exception, where that failed
  bool gated;                          // the Task waits for JavaScript
};

StreamProducer* Cast(PyObject* object) { return reinterpret_cast<StreamProducer*>(object); }
PyObject* AsObject(StreamProducer* producer) { return reinterpret_cast<PyObject*>(producer); }

// deliver(*items)
PyObject* Flush(StreamProducer* producer) {
  std::vector<PyObject*> taken(1, nullptr);
  taken.insert(taken.end(), producer->maker.items->begin(), producer->maker.items->end());
  producer->maker.items->clear();
  PyObject* order = CallVector(producer->deliver, taken.data() + 1, (taken.size() - 1) | kVectorcallOffset);
  for (PyObject* item : taken) {
    if (item) py.Py_DecRef(item);
  }
  return order;
}

bool FlushIfAny(StreamProducer* producer) {
  if (producer->maker.items->empty()) return true;
  Owned order(Flush(producer));
  return bool(order);
}

bool Unref(StreamProducer* producer, bool unreffed) {
  PyObject* arguments[] = {nullptr, unreffed ? py._Py_TrueStruct : py._Py_FalseStruct};
  Owned done(CallVector(producer->rest, arguments + 1, 1 | kVectorcallOffset));
  return bool(done);
}

// Goes on from what was made until the Task has to suspend, or Python code has to see to an order.
int GoOn(StreamProducer* producer, BatchState made, PyObject** result) {
  for (;;) {
    switch (made) {
      case BatchState::full: {
        Owned order(Flush(producer));
        if (!order) return kSendError;
        if (order.get() == None()) {
          if (!Unref(producer, true)) return kSendError;
          ResetFuture(&producer->reusable);
          producer->gated = true;
          *result = NewRef(AsObject(producer));
          return kSendNext;
        }
        if (!IsExactly(order.get(), py.PyLong_Type)) {
          *result = order.release();
          return kSendReturn;
        }
        SetRoom(producer->maker, order.get());
        break;
      }
      case BatchState::suspended:
        *result = producer->maker.waits_for;
        producer->maker.waits_for = nullptr;
        // What is there does not wait for the batch to be full.
        if (FlushIfAny(producer)) return kSendNext;
        ClearField(*result);
        return kSendError;
      case BatchState::ended:
        if (!FlushIfAny(producer)) return kSendError;
        *result = NewRef(None());
        return kSendReturn;
      case BatchState::failed: {
        Owned error(TakeException());
        if (error && FlushIfAny(producer)) Raise(error.get());
        return kSendError;
      }
    }
    made = ReadBatch(producer->maker);
  }
}

// What was made in the Task's stead, now that it takes its next step.
BatchState Hear(StreamProducer* producer) {
  BatchState made = **producer->unheard;  // NOLINT(bugprone-unchecked-optional-access): the callers have looked
  producer->unheard->reset();
  if (made == BatchState::failed) {
    Owned error(producer->error);
    producer->error = nullptr;
    Raise(error.get());
  }
  return made;
}

bool CheckUse(StreamProducer* producer) {
  if (!CheckEnvironment(producer->reusable.environment)) return false;
  if (!producer->reusable.busy) return true;
  py.PyErr_SetString(py.PyExc_RuntimeError, "This stream is being stepped already");
  return false;
}

int Send(PyObject* self, PyObject*, PyObject** result) {
  StreamProducer* producer = Cast(self);
  *result = nullptr;
  if (!CheckUse(producer)) return kSendError;
  if (!producer->gated) return GoOn(producer, producer->maker.room > 0 ? ReadBatch(producer->maker) : BatchState::full, result);
  if (producer->reusable.state == ReusableFuture::State::pending) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "The stream's Task went on although nothing has let it");
    return kSendError;
  }
  producer->gated = false;
  if (*producer->unheard) return GoOn(producer, Hear(producer), result);
  Owned order(producer->order);
  producer->order = nullptr;
  if (!order || !IsExactly(order.get(), py.PyLong_Type)) {
    *result = order ? order.release() : NewRef(py._Py_FalseStruct);
    return kSendReturn;
  }
  SetRoom(producer->maker, order.get());
  return GoOn(producer, ReadBatch(producer->maker), result);
}

PyObject* Next(PyObject* self) {
  PyObject* result = nullptr;
  int outcome = Send(self, None(), &result);
  return AsMethodResult(outcome, result);
}

PyObject* SendMethod(PyObject* self, PyObject*) { return Next(self); }

int ThrowInto(StreamProducer* producer, PyObject* const* args, Py_ssize_t count, PyObject** result) {
  static PyObject* throw_name = Interned("throw");
  Owned step(producer->maker.step ? NewRef(producer->maker.step) : nullptr), method(step ? py.PyObject_GetAttr(step.get(), throw_name) : nullptr);
  if (!method) {
    // What is awaited need not have it: then the exception is raised where it is awaited.
    if (step && !py.PyErr_ExceptionMatches(py.PyExc_AttributeError)) return kSendError;
    py.PyErr_Clear();
    RaiseThrown(args, count);
    return step ? GoOn(producer, NoteStep(producer->maker, kSendError, nullptr), result) : kSendError;
  }
  PyObject* value = CallVector(method.get(), args, static_cast<size_t>(count));
  int outcome = value ? kSendNext : kSendError;
  if (!value && py.PyErr_ExceptionMatches(py.PyExc_StopIteration)) {
    Owned stop(TakeException());
    value = stop ? py.PyObject_GetAttrString(stop.get(), "value") : nullptr;
    if (value) outcome = kSendReturn;
  }
  BatchState made = NoteStep(producer->maker, outcome, value);
  if (made == BatchState::full && producer->maker.room > 0) made = ReadBatch(producer->maker);
  return GoOn(producer, made, result);
}

// The Task was cancelled while its step was made in its stead: what that waits for is cancelled, as the Task itself would do it.
bool CancelUnheard(StreamProducer* producer, PyObject* const* args) {
  static PyObject* cancel = Interned("cancel");
  Owned details(py.PyObject_GetAttrString(args[0], "args"));
  if (!details) py.PyErr_Clear();
  bool has_message = details && IsExactly(details.get(), py.PyTuple_Type) && py.PyTuple_Size(details.get()) > 0;
  Owned cancelled(has_message ? CallMethod(producer->maker.waits_for, cancel, py.PyTuple_GetItem(details.get(), 0))
                              : CallMethod(producer->maker.waits_for, cancel));
  if (!cancelled) py.PyErr_Clear();
  return cancelled && py.PyObject_IsTrue(cancelled.get()) == 1;
}

int ThrowHere(StreamProducer* producer, PyObject* const* args, Py_ssize_t count, PyObject** result) {
  if (!producer->gated) return ThrowInto(producer, args, count, result);
  producer->gated = false;
  if (!*producer->unheard) {
    if (Unref(producer, false)) RaiseThrown(args, count);
    return kSendError;
  }
  BatchState made = Hear(producer);
  if (made == BatchState::suspended && !CancelUnheard(producer, args)) {
    ClearField(producer->maker.waits_for);
    return ThrowInto(producer, args, count, result);
  }
  if (made != BatchState::full) return GoOn(producer, made, result);
  if (FlushIfAny(producer)) RaiseThrown(args, count);
  return kSendError;
}

// throw(type_or_exception, value=None, traceback=None)
PyObject* Throw(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  StreamProducer* producer = Cast(self);
  if (count < 1 || count > 3) {
    py.PyErr_SetString(py.PyExc_TypeError, "throw() takes an exception");
    return nullptr;
  }
  if (!CheckUse(producer)) return nullptr;
  PyObject* result = nullptr;
  int outcome = ThrowHere(producer, args, count, &result);
  return AsMethodResult(outcome, result);
}

PyObject* Close(PyObject* self, PyObject*) {
  StreamProducer* producer = Cast(self);
  if (producer->reusable.busy) return NewRef(None());
  Owned step(producer->maker.step);
  producer->maker.step = nullptr;
  producer->gated = false;
  producer->unheard->reset();
  DropItems(producer->maker);
  if (!step) return NewRef(None());
  static PyObject* close = Interned("close");
  PyObject* closed = CallMethod(step.get(), close);
  if (closed || !py.PyErr_ExceptionMatches(py.PyExc_AttributeError)) return closed;
  py.PyErr_Clear();
  return NewRef(None());
}

PyObject* Self(PyObject* self) { return NewRef(self); }

// run(room): to be awaited.
PyObject* Run(PyObject* self, PyObject* room) {
  StreamProducer* producer = Cast(self);
  SetRoom(producer->maker, room);
  if (producer->maker.room < 0) return RaiseFailure("bad-argument", "The room of a stream is a whole number from 0 on");
  return NewRef(self);
}

// push(item)
PyObject* Push(PyObject* self, PyObject* item) {
  Cast(self)->maker.items->push_back(NewRef(item));
  return NewRef(None());
}

// open(order)
PyObject* Open(PyObject* self, PyObject* order) {
  StreamProducer* producer = Cast(self);
  if (!CheckUse(producer)) return nullptr;
  if (!producer->gated || producer->reusable.state != ReusableFuture::State::pending) return NewRef(None());
  ReadyQueue* queue = producer->reusable.environment->guest->native_queue();
  // The driver tells who waits that the loop was closed; its Task is left.
  if (producer->reusable.environment->guest->loop() != producer->reusable.loop || (queue && queue->closed)) return NewRef(None());
  ClearField(producer->order);
  producer->order = NewRef(order);
  return Unref(producer, false) && ResolveFuture(&producer->reusable) ? NewRef(None()) : nullptr;
}

PyObject* Leave(PyObject* self, PyObject*) {
  Cast(self)->maker.closed = true;
  return NewRef(None());
}

int Traverse(PyObject* self, visitproc visit, void* data) {
  StreamProducer* producer = Cast(self);
  if (int result = TraverseFuture(&producer->reusable, visit, data)) return result;
  if (int result = TraverseBatchReader(producer->maker, visit, data)) return result;
  for (PyObject* field : {producer->deliver, producer->rest, producer->task, producer->order, producer->error}) {
    if (!field) continue;
    if (int result = visit(field, data)) return result;
  }
  return VisitType(self, visit, data);
}

int ClearFields(PyObject* self) {
  StreamProducer* producer = Cast(self);
  ClearFuture(&producer->reusable);
  ClearBatchReader(producer->maker);
  for (PyObject** field : {&producer->deliver, &producer->rest, &producer->task, &producer->order, &producer->error}) ClearField(*field);
  return 0;
}

void Dealloc(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  py.PyObject_GC_UnTrack(self);
  ClearFields(self);
  delete Cast(self)->maker.items;
  delete Cast(self)->unheard;
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

// stream_producer(source, deliver, rest, task): None where the source is no async iterator, or the C layer is off.
PyObject* NewStreamProducer(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 4) {
    py.PyErr_SetString(py.PyExc_TypeError, "stream_producer() takes an async iterator, a function, a method and a Task");
    return nullptr;
  }
  Environment* environment = StreamEnvironment();
  if (!environment || !LoadAsyncio() || !IsAsyncIterator(args[0]) || !IsExactly(args[3], asyncio.task)) return NewRef(None());
  PyObject* self = NewReusableFuture(producer_type, *environment);
  if (!self) return nullptr;
  StreamProducer* producer = Cast(self);
  producer->maker.items = new std::vector<PyObject*>();
  producer->unheard = new std::optional<BatchState>();
  producer->maker.source = NewRef(args[0]);
  producer->deliver = NewRef(args[1]);
  producer->rest = NewRef(args[2]);
  producer->task = NewRef(args[3]);
  return self;
}

bool EnterTask(StreamProducer* producer, PyObject* enter_or_leave) {
  PyObject* arguments[] = {nullptr, producer->reusable.loop, producer->task};
  Owned done(CallVector(enter_or_leave, arguments + 1, 2 | kVectorcallOffset));
  return bool(done);
}

// Makes items as a step of the Task would. Nothing when that cannot be done here.
std::optional<BatchState> MakeInStead(StreamProducer* producer) {
  Owned context(NewRef(producer->reusable.context));
  if (py.PyContext_Enter(context.get()) < 0) return std::nullopt;
  std::optional<BatchState> made;
  if (EnterTask(producer, asyncio.enter_task)) {
    producer->reusable.busy = true;
    producer->reusable.cancel_asked = false;
    RunAllAboveMain([&] {
      made = ReadBatch(producer->maker);
      if (made == BatchState::failed) producer->error = TakeException();
    });
    producer->reusable.busy = false;
    if (!EnterTask(producer, asyncio.leave_task)) py.PyErr_WriteUnraisable(producer->task);
  }
  if (py.PyContext_Exit(context.get()) < 0) py.PyErr_WriteUnraisable(context.get());
  return made;
}

// False when the Task has to be let go on with open(). No values: it goes on by itself.
bool Step(Environment& environment, StreamProducer* producer, double room, std::vector<napi_value>& values) {
  Guest& guest = *environment.guest;
  if (!producer->gated || producer->reusable.state != ReusableFuture::State::pending || !producer->reusable.callback || producer->reusable.loop != guest.loop())
    return false;
  std::optional<size_t> before = guest.BeginStep();
  if (!before) return false;
  SetRoom(producer->maker, room);
  std::optional<BatchState> made = MakeInStead(producer);
  if (!made) {
    py.PyErr_Clear();
    guest.EndStep(std::nullopt);
    return false;
  }
  if (made == BatchState::full && !producer->reusable.cancel_asked) {
    // Taken first: what runs meanwhile may push to the stream.
    std::vector<PyObject*> items;
    items.swap(*producer->maker.items);
    for (PyObject* item : items) {
      napi_value value = ToJs(environment, item);
      if (!value) break;
      values.push_back(value);
    }
    const bool whole = values.size() == items.size();
    for (PyObject* item : items) py.Py_DecRef(item);
    if (producer->maker.items->empty()) {  // keeps the memory
      items.clear();
      items.swap(*producer->maker.items);
    }
    if (whole) {
      guest.EndStep(std::nullopt);
      return true;
    }
    values.clear();
    if (!py.PyErr_Occurred()) RaisePending(environment);
    producer->error = TakeException();
    made = BatchState::failed;
  }
  *producer->unheard = made;
  bool woken = Unref(producer, false) && ResolveFuture(&producer->reusable);
  if (!woken) ReportError(producer->reusable.loop, "The Task of a stream could not be woken", nullptr);
  guest.EndStep(before);
  return true;
}

}  // namespace

bool InitStreamProducer(PyObject* module) {
  static PyMethodDef methods[] = {
      {"run", Run, kOneArg,
       "Make so many items when awaited, and more as JavaScript asks for them. The answer is an order that Python code sees to, or None at the end."},
      {"push", Push, kOneArg, "Add an item that was made elsewhere."},
      {"open", Open, kOneArg, "Let the Task go on with an order."},
      {"leave", Leave, kNoArgs, "Make no more items than the one that is being made."},
      {"send", SendMethod, kOneArg, "As coroutine.send()."},
      {"throw", MethodOf(Throw), kFastCall, "As coroutine.throw()."},
      {"close", Close, kNoArgs, "As coroutine.close()."},
      {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("Makes items of an async iterator and hands them over to JavaScript.")},
                                {kTpDealloc, SlotOf(Dealloc)},
                                {kTpTraverse, SlotOf(Traverse)},
                                {kTpClear, SlotOf(ClearFields)},
                                {kTpIter, SlotOf(Self)},
                                {kTpIterNext, SlotOf(Next)},
                                {kAmAwait, SlotOf(Self)},
                                {kTpMethods, methods},
                                {py.PyIter_Send ? int{kAmSend} : 0, SlotOf(Send)},
                                {0, nullptr}};
  static PyMethodDef functions[] = {{"stream_producer", MethodOf(NewStreamProducer), kFastCall, "A StreamProducer, or None where there can be none."},
                                    {nullptr, nullptr, 0, nullptr}};
  producer_type = AddType(module, "_interloop.StreamProducer", sizeof(StreamProducer), kHaveGcFlag, slots, ReusableFutureType());
  return producer_type && AddFunctions(module, functions);
}

napi_value StepStream(napi_env env, napi_callback_info info) {
  Arguments<3> args(env, info);
  Environment& environment = *args.environment;
  const auto& [producer, count, collect] = args.values;
  const napi_valuetype type = TypeOfValue(env, collect);
  double room = GetNumber(env, count);
  if (type != napi_function || !(room >= 1))
    return ThrowFailure(environment, "bad-argument", "stepStream() takes a stream, how many items, and what collects them");
  std::vector<napi_value> values;
  bool stepped = false;
  {
    PythonScope entry(environment, PythonScope::loop);
    PyObject* object = entry ? GetRef(environment, producer) : nullptr;
    if (!object) return nullptr;
    if (TypeOf(object) != producer_type) return ThrowFailure(environment, "bad-argument", "This is no stream");
    Owned kept(NewRef(object));
    stepped = Step(environment, Cast(object), room, values);
  }
  if (values.empty()) return stepped ? MakeNull(env) : MakeBoolean(env, false);
  napi_value receiver = MakeUndefined(env), result = nullptr;
  if (!receiver || std::count(values.begin(), values.end(), nullptr) > 0) return nullptr;
  return napi_call_function(env, receiver, collect, values.size(), values.data(), &result) == napi_ok ? result : nullptr;
}

}  // namespace interloop
