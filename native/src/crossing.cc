#include "crossing.h"

#include <cstring>

#include "asyncio_api.h"
#include "elsewhere.h"
#include "errors.h"
#include "forked_child.h"
#include "guest.h"
#include "module_members.h"
#include "tuple.h"

namespace interloop {

namespace {

PyTypeObject* crossing_type = nullptr;

Crossing* Cast(PyObject* object) { return reinterpret_cast<Crossing*>(object); }

void Settle(Crossing* crossing, bool fulfilled, PyObject* value) {
  if (crossing->settled) return;
  crossing->settled = true;
  if (InForkedChild()) {
    KeepOutcome(fulfilled ? nullptr : value);
    py.Py_DecRef(value);
    return;
  }
  PyObject* task = crossing->task;
  crossing->task = nullptr;
  if (crossing->mailbox) {
    Owned owned_value(value), owned_task(task), held((*crossing->mailbox)->Forget(crossing));
    PostSettled(*crossing->environment, crossing->promise, fulfilled, value);
    if (!fulfilled && task) QuietElsewhere(crossing->loop, task);
    return;
  }
  if (fulfilled && task) {
    py.Py_DecRef(task);
    task = nullptr;
  }
  Guest& guest = *crossing->environment->guest;
  Owned held(guest.Forget(crossing));
  bool unseen = !fulfilled && crossing->unseen && IsExactly(value, asyncio.cancelled_error);
  guest.Add({crossing->promise, fulfilled, value, task, unseen});
  guest.Wake();  // on its own thread the end of the entry looks
}

// Settles with the Python error that is set, and leaves it set.
void SettleWithError(Crossing* crossing) {
  Owned exception(TakeException());
  if (!exception) return;
  DropOwnFrames(exception.get());
  FailCrossing(crossing, exception.get());
  Raise(exception.get());
}

// What is driven: a coroutine itself, anything else through its __await__.
bool Begin(Crossing* crossing) {
  if (crossing->iterator) return true;
  if (IsExactly(crossing->awaitable, py.PyCoro_Type)) {
    crossing->iterator = NewRef(crossing->awaitable);
    return true;
  }
  static PyObject* await = Interned("__await__");
  crossing->iterator = CallMethod(crossing->awaitable, await);
  return crossing->iterator != nullptr;
}

int Send(PyObject* self, PyObject* value, PyObject** result) {
  Crossing* crossing = Cast(self);
  *result = nullptr;
  if (crossing->settled) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "cannot reuse already awaited coroutine");
    return kSendError;
  }
  int outcome = Begin(crossing) ? SendTo(crossing->iterator, value, result) : kSendError;
  if (outcome == kSendReturn) Settle(crossing, true, NewRef(*result));
  if (outcome == kSendError) SettleWithError(crossing);
  return outcome;
}

PyObject* SendMethod(PyObject* self, PyObject* value) {
  PyObject* result = nullptr;
  int outcome = Send(self, value, &result);
  return AsMethodResult(outcome, result);
}

PyObject* Next(PyObject* self) { return SendMethod(self, None()); }

// throw(type_or_exception, value=None, traceback=None)
PyObject* Throw(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  Crossing* crossing = Cast(self);
  if (count < 1 || count > 3) {
    py.PyErr_SetString(py.PyExc_TypeError, "throw() takes an exception");
    return nullptr;
  }
  if (crossing->settled) {
    py.PyErr_SetString(py.PyExc_RuntimeError, "cannot reuse already awaited coroutine");
    return nullptr;
  }
  if (!Begin(crossing)) {
    SettleWithError(crossing);
    return nullptr;
  }
  static PyObject* throw_name = Interned("throw");
  Owned method(py.PyObject_GetAttr(crossing->iterator, throw_name));
  PyObject* result = nullptr;
  if (method) {
    result = CallVector(method.get(), args, static_cast<size_t>(count));
  } else {  // an iterator without throw(): the exception comes out where it was thrown
    py.PyErr_Clear();
    RaiseThrown(args, count);
  }
  if (result) return result;
  if (py.PyErr_ExceptionMatches(py.PyExc_StopIteration)) {
    Owned stop(TakeException());
    PyObject* value = stop ? py.PyObject_GetAttrString(stop.get(), "value") : nullptr;
    if (value) {
      Settle(crossing, true, value);
      py.PyErr_SetObject(py.PyExc_StopIteration, stop.get());
      return nullptr;
    }
  }
  SettleWithError(crossing);
  return nullptr;
}

PyObject* Close(PyObject* self, PyObject*) {
  Crossing* crossing = Cast(self);
  Owned result;
  static PyObject* close = Interned("close");
  PyObject* inner = crossing->iterator ? crossing->iterator : crossing->awaitable;
  if (!crossing->settled && py.PyObject_HasAttrString(inner, "close")) {
    result.reset(CallMethod(inner, close));
    if (!result) {
      SettleWithError(crossing);
      return nullptr;
    }
  }
  FailCrossing(crossing, "abandoned", "The Python coroutine was closed before it ended");
  return NewRef(None());
}

PyObject* Self(PyObject* self) { return NewRef(self); }

// Tells the crossing of its Task, when that was made elsewhere.
PyObject* Attach(PyObject* self, PyObject* task) {
  if (!Cast(self)->settled && !Cast(self)->task) Cast(self)->task = NewRef(task);
  return NewRef(None());
}

PyObject* Rest(PyObject* self, PyObject* resting) {
  int truth = py.PyObject_IsTrue(resting);
  if (truth < 0) return nullptr;
  Crossing* crossing = Cast(self);
  // Elsewhere it always does: by the time that the loop heard of JS's coming back, JS could have ended.
  if (!crossing->mailbox && crossing->environment->OnThread()) crossing->environment->guest->Rest(crossing, truth == 1);
  return NewRef(None());
}

PyObject* GetTask(PyObject* self, void*) { return NewRef(Cast(self)->task ? Cast(self)->task : None()); }

// cr_frame, cr_code, cr_running, __name__ ...: those of the coroutine inside, for tracebacks and debuggers.
PyObject* GetAttribute(PyObject* self, PyObject* name) {
  if (PyObject* own = py.PyObject_GenericGetAttr(self, name)) return own;
  if (!Cast(self)->awaitable || !py.PyErr_ExceptionMatches(py.PyExc_AttributeError)) return nullptr;
  py.PyErr_Clear();
  if (PyObject* inner = py.PyObject_GetAttr(Cast(self)->awaitable, name)) return inner;
  // Of what is no coroutine, a Future for one, asyncio says "<Crossing without __name__>" otherwise.
  Py_ssize_t size = 0;
  PyObject *type, *value, *traceback;
  py.PyErr_Fetch(&type, &value, &traceback);
  const char* text = py.PyUnicode_AsUTF8AndSize(name, &size);
  bool named = text && (!std::strcmp(text, "__name__") || !std::strcmp(text, "__qualname__"));
  py.PyErr_Restore(type, value, traceback);
  if (!named) return nullptr;
  py.PyErr_Clear();
  return NameOf(Cast(self)->awaitable);
}

PyObject* Repr(PyObject* self) { return Cast(self)->awaitable ? py.PyObject_Repr(Cast(self)->awaitable) : py.PyUnicode_InternFromString("<ended crossing>"); }

int Traverse(PyObject* self, visitproc visit, void* data) {
  Crossing* crossing = Cast(self);
  for (PyObject* field : {crossing->awaitable, crossing->iterator, crossing->task, crossing->loop, reinterpret_cast<PyObject*>(TypeOf(self))}) {
    if (!field) continue;
    if (int result = visit(field, data)) return result;
  }
  return 0;
}

int ClearFields(PyObject* self) {
  Crossing* crossing = Cast(self);
  PyObject* fields[] = {crossing->iterator, crossing->awaitable, crossing->task, crossing->loop};
  crossing->iterator = crossing->awaitable = crossing->task = crossing->loop = nullptr;
  for (PyObject* field : fields) {
    if (field) py.Py_DecRef(field);
  }
  return 0;
}

void Dealloc(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  py.PyObject_GC_UnTrack(self);
  if (!Cast(self)->settled && Cast(self)->environment) {
    PyObject *error_type, *value, *traceback;
    py.PyErr_Fetch(&error_type, &value, &traceback);
    FailCrossing(Cast(self), "abandoned", "The Python task was destroyed before it ended: nothing could have completed what it waited for");
    py.PyErr_Restore(error_type, value, traceback);
  }
  ClearFields(self);
  delete Cast(self)->mailbox;
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

}  // namespace

bool InitCrossing(PyObject* module) {
  static PyMethodDef methods[] = {{"send", SendMethod, kOneArg, "As coroutine.send()."},
                                  {"throw", MethodOf(Throw), kFastCall, "As coroutine.throw()."},
                                  {"close", Close, kNoArgs, "As coroutine.close()."},
                                  {"attach", Attach, kOneArg, "Tell the crossing of its Task."},
                                  {"rest", Rest, kOneArg, "Whether it waits for JavaScript to come back to it: then it does not keep the process alive."},
                                  {nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef fields[] = {{"task", GetTask, nullptr, "The Task, while it runs.", nullptr}, {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("Drives an awaitable for a JavaScript promise.")},
                                {kTpDealloc, SlotOf(Dealloc)},
                                {kTpTraverse, SlotOf(Traverse)},
                                {kTpClear, SlotOf(ClearFields)},
                                {kTpGetAttro, SlotOf(GetAttribute)},
                                {kTpRepr, SlotOf(Repr)},
                                {kTpIter, SlotOf(Self)},
                                {kTpIterNext, SlotOf(Next)},
                                {kAmAwait, SlotOf(Self)},
                                {kTpMethods, methods},
                                {kTpGetSet, fields},
                                {kTpNew, SlotOf(+[](PyTypeObject*, PyObject*, PyObject*) -> PyObject* {
                                   py.PyErr_SetString(py.PyExc_TypeError, "Crossings are made by JavaScript");
                                   return nullptr;
                                 })},
                                {py.PyIter_Send ? int{kAmSend} : 0, SlotOf(Send)},
                                {0, nullptr}};
  crossing_type = AddType(module, "_interloop.Crossing", sizeof(Crossing), kHaveGcFlag, slots, nullptr);
  return crossing_type != nullptr;
}

PyObject* NewCrossing(Environment& environment, PyObject* awaitable, double promise, PyObject* loop, std::shared_ptr<LoopMailbox> mailbox) {
  PyObject* self = py.PyType_GenericAlloc(crossing_type, 0);
  if (!self) return nullptr;
  Crossing* crossing = Cast(self);
  crossing->environment = &environment;
  crossing->promise = promise;
  crossing->awaitable = NewRef(awaitable);
  crossing->loop = NewRef(loop);
  if (mailbox) {
    mailbox->Remember(crossing);
    crossing->mailbox = new std::shared_ptr<LoopMailbox>(std::move(mailbox));
  } else {
    environment.guest->Remember(crossing);
  }
  return self;
}

void FailCrossing(Crossing* crossing, const char* code, const char* message) {
  if (crossing->settled) return;
  RaiseFailure(code, message);
  Owned failure(TakeException());
  if (failure) FailCrossing(crossing, failure.get());
}

void FailCrossing(Crossing* crossing, PyObject* exception) {
  if (!crossing->settled) Settle(crossing, false, NewRef(exception));
}

int SendTo(PyObject* iterator, PyObject* value, PyObject** result) {
  if (py.PyIter_Send) return py.PyIter_Send(iterator, value, result);
  static PyObject *send = Interned("send"), *next = Interned("__next__");
  bool has_send = py.PyObject_HasAttrString(iterator, "send");
  *result = has_send ? CallMethod(iterator, send, value) : CallMethod(iterator, next);
  if (*result) return kSendNext;
  if (!py.PyErr_ExceptionMatches(py.PyExc_StopIteration)) return kSendError;
  Owned stop(TakeException());
  *result = stop ? py.PyObject_GetAttrString(stop.get(), "value") : nullptr;
  return *result ? kSendReturn : kSendError;
}

PyObject* AsMethodResult(int outcome, PyObject* result) {
  if (outcome == kSendNext) return result;
  if (outcome == kSendReturn) {
    Owned value(result), arguments(NewTuple({value.get()}));
    if (!arguments) return nullptr;
    Owned stop(py.PyObject_CallObject(py.PyExc_StopIteration, arguments.get()));
    if (stop) py.PyErr_SetObject(py.PyExc_StopIteration, stop.get());
  }
  return nullptr;
}

PyObject* NameOf(PyObject* awaitable) {
  static PyObject* qualified_name = Interned("__qualname__");
  if (PyObject* name = py.PyObject_GetAttr(awaitable, qualified_name)) return name;
  py.PyErr_Clear();
  return py.PyObject_GetAttrString(reinterpret_cast<PyObject*>(TypeOf(awaitable)), "__name__");
}

}  // namespace interloop
