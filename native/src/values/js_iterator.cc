#include "values/js_iterator.h"

#include <algorithm>

#include "cpython/asyncio_api.h"
#include "cpython/module_members.h"
#include "environment/mailbox.h"
#include "values/convert.h"
#include "values/dropped_values.h"
#include "values/errors.h"

namespace interloop {

namespace {

PyTypeObject *iterator_type = nullptr, *async_iterator_type = nullptr;

struct JsIterator {
  JsObject base;
  bool is_owned;  // Python closes it; see above
  bool begun, ended;
};

struct JsAsyncIterator {
  JsObject base;
  bool is_owned;
  PyObject* generator;  // the async generator that reads it; null before it is asked for
};

JsIterator* Cast(PyObject* object) { return reinterpret_cast<JsIterator*>(object); }
JsAsyncIterator* CastAsync(PyObject* object) { return reinterpret_cast<JsAsyncIterator*>(object); }

bool IsLetGo(PyObject* self) { return !Cast(self)->base.environment; }

// The generator has ended with the error that was thrown into it. V8 keeps that in the generator, and an error leads to Python's frames, which may hold the generator: so Python holds it no longer.
void LetGo(PyObject* self) {
  JsObject& base = Cast(self)->base;
  --base.environment->js_objects;
  base.environment->dropped_values->Drop(base.id);
  base.environment = nullptr;
}

// A step: an item, or null with StopIteration or another error set, or none.
PyObject* Step(PyObject* self, Operation operation, PyObject* argument) {
  if (IsLetGo(self)) return nullptr;
  Cast(self)->begun = true;
  bool missing = false;
  PyObject* item = Operate(self, operation, argument, nullptr, &missing);
  if (!item) Cast(self)->ended = true;
  return item;
}

PyObject* Next(PyObject* self) { return Step(self, kOperationNext, nullptr); }

PyObject* StopWhenEnded(PyObject* item) {
  if (!item && !py.PyErr_Occurred()) py.PyErr_SetNone(py.PyExc_StopIteration);
  return item;
}

PyObject* Send(PyObject* self, PyObject* value) { return StopWhenEnded(Step(self, kOperationNext, value == None() ? nullptr : value)); }

// throw(type_or_exception, value=None, traceback=None)
PyObject* Throw(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count < 1 || count > 3) {
    py.PyErr_SetString(py.PyExc_TypeError, "throw() takes an exception");
    return nullptr;
  }
  RaiseThrown(args, count);
  if (IsLetGo(self)) return nullptr;
  Owned exception(TakeException());
  PyObject* item = exception ? Step(self, kOperationThrow, exception.get()) : nullptr;
  if (!item && py.PyErr_Occurred() && !IsLetGo(self)) LetGo(self);
  return StopWhenEnded(item);
}

PyObject* Close(PyObject* self, PyObject*) {
  if (IsLetGo(self)) return NewRef(None());
  bool missing = false;
  Cast(self)->ended = true;
  Owned done(Operate(self, kOperationClose, nullptr, nullptr, &missing));
  return py.PyErr_Occurred() ? nullptr : NewRef(None());
}

// The same value under the type that has __next__, of which JavaScript did not tell that it is an iterator.
PyObject* AsIterator(PyObject* js_object) {
  JsObject* object = reinterpret_cast<JsObject*>(js_object);
  PyObject* result = NewJsObject(*object->environment, JsKind::iterator, object->id, nullptr);
  if (result) {
    --object->environment->js_objects;
    object->environment = nullptr;  // the count passes over
  }
  return result;
}

// An iterator is its own iterator. What only looks like one may have another.
PyObject* Iterate(PyObject* self) {
  if (IsLetGo(self)) return NewRef(self);
  Owned iterator(IteratorOf(self));
  if (!iterator) return nullptr;
  JsObject* other = reinterpret_cast<JsObject*>(iterator.get());
  if (TypeOf(iterator.get()) != iterator_type || other->environment != Cast(self)->base.environment || other->id != Cast(self)->base.id)
    return iterator.release();
  Cast(self)->is_owned = true;
  return NewRef(self);
}

void Dealloc(PyObject* self) {
  JsIterator* iterator = Cast(self);
  Environment* environment = iterator->base.environment;
  if (environment && iterator->is_owned && iterator->begun && !iterator->ended) {
    --environment->js_objects;
    iterator->base.environment = nullptr;
    LeaveIterator(*environment, iterator->base.id);
  }
  DeallocJsObject(self);
}

// Asynchronous ones

// The async generator that reads it, borrowed. `own`: from now on it is closed when Python drops it.
PyObject* GeneratorOf(PyObject* self, bool own) {
  JsAsyncIterator* iterator = CastAsync(self);
  if (iterator->generator && (iterator->is_owned || !own)) return iterator->generator;
  iterator->is_owned = iterator->is_owned || own;
  Owned generator(Operate(self, kOperationIterateAsync, iterator->is_owned ? py._Py_TrueStruct : py._Py_FalseStruct,
                          iterator->generator ? py._Py_TrueStruct : py._Py_FalseStruct));
  if (!generator) return nullptr;
  // Meanwhile another thread may have asked for it.
  if (!iterator->generator) iterator->generator = generator.release();
  return iterator->generator;
}

PyObject* IterateAsync(PyObject* self) {
  PyObject* generator = GeneratorOf(self, true);
  return generator ? NewRef(generator) : nullptr;
}

PyObject* NextAsync(PyObject* self) {
  static PyObject* name = Interned("__anext__");
  PyObject* generator = GeneratorOf(self, false);
  return generator ? CallMethod(generator, name) : nullptr;
}

PyObject* CallGenerator(PyObject* self, bool own, const char* name, PyObject* const* args, Py_ssize_t count) {
  PyObject* generator = GeneratorOf(self, own);
  Owned method(generator ? py.PyObject_GetAttrString(generator, name) : nullptr);
  return method ? CallVector(method.get(), args, static_cast<size_t>(count)) : nullptr;
}

PyObject* SendAsync(PyObject* self, PyObject* const* args, Py_ssize_t count) { return CallGenerator(self, false, "asend", args, count); }
PyObject* ThrowAsync(PyObject* self, PyObject* const* args, Py_ssize_t count) { return CallGenerator(self, false, "athrow", args, count); }
PyObject* CloseAsync(PyObject* self, PyObject* const* args, Py_ssize_t count) { return CallGenerator(self, true, "aclose", args, count); }

void DeallocAsync(PyObject* self) {
  if (CastAsync(self)->generator) py.Py_DecRef(CastAsync(self)->generator);
  DeallocJsObject(self);
}

// From another thread.
class LeaveMessage final : public Message {
 public:
  LeaveMessage(Environment& environment, double id) : environment_(environment), id_(id) {}
  void Run() override {
    environment_.dropped_values->Tell();
    napi_value arguments[3] = {MakeNumber(environment_.env, kOperationLeave), MakeNumber(environment_.env, id_)};
    napi_get_boolean(environment_.env, true, &arguments[2]);  // core reports what it throws
    environment_.CallHook(Hook::operate, 3, arguments);
    ClearPending(environment_);
  }

 private:
  Environment& environment_;
  double id_;
};

// Whatever frees an iterator may be between two uses of the call slots.
class KeptCallSlots {
 public:
  explicit KeptCallSlots(Environment& environment) : environment_(environment) {
    std::copy_n(environment.call_slots, kDebug, kept_);
    std::fill_n(environment.call_slots, kDebug, 0.0);
  }
  ~KeptCallSlots() { std::copy_n(kept_, kDebug, environment_.call_slots); }
  KeptCallSlots(const KeptCallSlots&) = delete;

 private:
  Environment& environment_;
  double kept_[kDebug];
};

// False: JavaScript cannot be called now.
bool LeaveHere(Environment& environment, double id) {
  bool pending = true;
  if (!environment.alive || environment.finalized || napi_is_exception_pending(environment.env, &pending) != napi_ok || pending) return false;
  KeptCallSlots kept(environment);
  HandleScope scope(environment.env);
  napi_value arguments[2] = {MakeNumber(environment.env, kOperationLeave), MakeNumber(environment.env, id)};
  napi_value done;
  {
    AllowJsScope exit(environment);
    environment.dropped_values->Tell();  // core counts what stands for the iterator
    done = environment.CallHook(Hook::operate, 2, arguments);
  }
  if (done) return true;
  RaisePending(environment);
  py.PyErr_WriteUnraisable(None());
  return true;
}

}  // namespace

PyObject* IteratorOf(PyObject* js_object) {
  Owned iterator(Operate(js_object, kOperationIterate));
  if (!iterator || !IsJsObject(iterator.get())) return iterator.release();
  Owned result(TypeOf(iterator.get()) == iterator_type ? iterator.release() : AsIterator(iterator.get()));
  if (result) Cast(result.get())->is_owned = true;
  return result.release();
}

void LeaveIterator(Environment& environment, double id) {
  PyObject *type, *value, *traceback;
  py.PyErr_Fetch(&type, &value, &traceback);
  if (environment.OnThread()) {
    if (!LeaveHere(environment, id)) environment.dropped_values->Drop(id);
  } else {
    std::unique_ptr<Message> message = std::make_unique<LeaveMessage>(environment, id);
    if (!environment.inbox || !environment.inbox->Post(message)) environment.dropped_values->Drop(id);
  }
  py.PyErr_Restore(type, value, traceback);
}

void MarkOwned(PyObject* iterator, bool is_owned) {
  if (TypeOf(iterator) == iterator_type) Cast(iterator)->is_owned = is_owned;
  if (TypeOf(iterator) == async_iterator_type) CastAsync(iterator)->is_owned = is_owned;
}

PyTypeObject* AddJsIterator(PyObject* module, PyTypeObject* base) {
  static PyMethodDef methods[] = {{"send", Send, kOneArg, "As generator.send()."},
                                  {"throw", MethodOf(Throw), kFastCall, "As generator.throw()."},
                                  {"close", Close, kNoArgs, "As generator.close()."},
                                  {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("A JavaScript iterator or generator.")},
                                {kTpDealloc, SlotOf(Dealloc)},
                                {kTpIter, SlotOf(Iterate)},
                                {kTpIterNext, SlotOf(Next)},
                                {kTpMethods, methods},
                                {0, nullptr}};
  return iterator_type = AddType(module, "interloop.JsIterator", sizeof(JsIterator), 0, slots, base);
}

PyTypeObject* AddJsAsyncIterator(PyObject* module, PyTypeObject* base) {
  static PyMethodDef methods[] = {{"asend", MethodOf(SendAsync), kFastCall, "As asend() of an async generator."},
                                  {"athrow", MethodOf(ThrowAsync), kFastCall, "As athrow() of an async generator."},
                                  {"aclose", MethodOf(CloseAsync), kFastCall, "As aclose() of an async generator."},
                                  {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("A JavaScript async iterator or async generator.")},
                                {kTpDealloc, SlotOf(DeallocAsync)},
                                {kAmAiter, SlotOf(IterateAsync)},
                                {kAmAnext, SlotOf(NextAsync)},
                                {kTpMethods, methods},
                                {0, nullptr}};
  return async_iterator_type = AddType(module, "interloop.JsAsyncIterator", sizeof(JsAsyncIterator), 0, slots, base);
}

}  // namespace interloop
