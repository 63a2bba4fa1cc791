#include "values/js_object.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <initializer_list>

#include "cpython/module_members.h"
#include "environment/forked_child.h"
#include "environment/js_values.h"
#include "values/call_port.h"
#include "values/convert.h"
#include "values/dropped_values.h"
#include "values/errors.h"
#include "values/js_buffer.h"
#include "values/js_function.h"
#include "values/js_iterator.h"

namespace interloop {

namespace {

PyTypeObject* types[kKinds] = {};
PromiseType promise_type;

constexpr const char* kAsyncMethods[] = {"asend", "athrow", "aclose"};

JsObject* Cast(PyObject* object) { return reinterpret_cast<JsObject*>(object); }
bool IsKind(PyObject* object, JsKind kind) { return TypeOf(object) == types[int(kind)]; }

PyObject* RefuseNew(PyTypeObject*, PyObject*, PyObject*) {
  return RaiseFailure("bad-argument", "Cannot make a JavaScript value from Python: call a JavaScript function, or interloop.new(constructor)");
}

// Whether Python has ever set an attribute such as `__wrapped__` of a JS object. Until then none is looked for in JS: libraries ask for many that are never there.
bool has_special = false;

bool IsSpecialName(const char* name, Py_ssize_t size) { return size > 4 && name[0] == '_' && name[1] == '_' && name[size - 1] == '_' && name[size - 2] == '_'; }

bool IsAsyncMethod(const char* name) {
  return std::any_of(std::begin(kAsyncMethods), std::end(kAsyncMethods), [name](const char* method) { return !std::strcmp(name, method); });
}

// A method keeps its `this`.
void Bind(PyObject* function, PyObject* receiver) {
  if (!Cast(function)->receiver) Cast(function)->receiver = NewRef(receiver);
}

// What was set under a special name. Null with no error set when there is none.
PyObject* OwnSpecial(PyObject* self, PyObject* name) {
  bool missing = false;
  PyObject* value = Operate(self, kOperationMember, name, nullptr, &missing);
  if (value && IsKind(value, JsKind::function)) Bind(value, self);
  return value;
}

// The protocols by which libraries take arrays and tables, of what apache-arrow made. Null with no error set when it is nothing of the kind.
PyObject* ArrowProtocol(PyObject* self, PyObject* name) {
  Owned module(py.PyImport_ImportModule("interloop._arrow_from_js"));
  // Once: libraries come back to it on threads of their own, while the JS thread waits for them.
  PyObject*& description = Cast(self)->receiver;
  if (!description) {
    Owned describe(module ? py.PyObject_GetAttrString(module.get(), "describe") : nullptr);
    PyObject* target[] = {nullptr, self};
    Owned described(describe ? CallVector(describe.get(), target + 1, 1 | kVectorcallOffset) : nullptr);
    if (!described || described.get() == None()) return nullptr;
    if (!description) description = described.release();
  }
  Owned kept(NewRef(description)), find(module ? py.PyObject_GetAttrString(module.get(), "protocol") : nullptr);
  PyObject* arguments[] = {nullptr, self, kept.get(), name};
  Owned found(find ? CallVector(find.get(), arguments + 1, 3 | kVectorcallOffset) : nullptr);
  return found.get() == None() ? nullptr : found.release();
}

bool IsArrowProtocol(const char* text) { return !std::strncmp(text, "__arrow_c_", 10) || !std::strcmp(text, "__array__"); }

// An attribute such as `__name__`.
PyObject* GetSpecial(PyObject* self, PyObject* name, const char* text) {
  if (TypeOf(self) == types[int(JsKind::object)] && IsArrowProtocol(text)) {
    PyObject* protocol = ArrowProtocol(self, name);
    if (protocol || py.PyErr_Occurred()) return protocol;
  }
  const bool is_function = IsKind(self, JsKind::function);
  if (is_function && !std::strcmp(text, "__class__")) return ClassOfFunction(self);
  const bool is_fields = !std::strcmp(text, "__dict__") && (is_function || IsKind(self, JsKind::object) || IsKind(self, JsKind::mapping));
  if (is_fields || (is_function && IsFunctionAttribute(text))) {
    if (has_special && !is_fields) {
      PyObject* own = OwnSpecial(self, name);
      if (own || py.PyErr_Occurred()) return own;
    }
    return FunctionAttribute(self, name);
  }
  PyObject* value = py.PyObject_GenericGetAttr(self, name);
  if (value || !has_special || !py.PyErr_ExceptionMatches(py.PyExc_AttributeError)) return value;
  PyObject *type, *error, *traceback;
  py.PyErr_Fetch(&type, &error, &traceback);
  value = OwnSpecial(self, name);
  if (value || py.PyErr_Occurred()) {
    for (PyObject* each : {type, error, traceback}) {
      if (each) py.Py_DecRef(each);
    }
    return value;
  }
  py.PyErr_Restore(type, error, traceback);
  return nullptr;
}

PyObject* GetAttribute(PyObject* self, PyObject* name) {
  Py_ssize_t size = 0;
  const char* text = py.PyUnicode_AsUTF8AndSize(name, &size);
  if (!text) py.PyErr_Clear();  // lone surrogates: no name of Python's, but perhaps one of the object's
  if (text && IsSpecialName(text, size)) {
    return GetSpecial(self, name, text);
  }
  if (IsExactly(self, reinterpret_cast<PyObject*>(types[int(JsKind::promise)]))) {
    if (PyObject* own = py.PyObject_GenericGetAttr(self, name)) return own;
    py.PyErr_Clear();
  }
  bool is_iterator = TypeOf(self) == types[int(JsKind::iterator)], is_async_iterator = TypeOf(self) == types[int(JsKind::async_iterator)];
  // Generators of JS have a method throw() too, which answers otherwise.
  if (text && ((is_iterator && !std::strcmp(text, "throw")) || (is_async_iterator && text[0] == 'a' && IsAsyncMethod(text)))) {
    return py.PyObject_GenericGetAttr(self, name);
  }
  bool missing = false;
  PyObject* value = Operate(self, kOperationGet, name, nullptr, &missing);
  // The methods of an iterator, a Sequence or a Mapping, which the object's own properties hide.
  if (missing && (is_iterator || IsKind(self, JsKind::array) || IsKind(self, JsKind::mapping))) return py.PyObject_GenericGetAttr(self, name);
  if (missing) py.PyErr_SetObject(py.PyExc_AttributeError, name);
  if (value && IsExactly(value, reinterpret_cast<PyObject*>(types[int(JsKind::function)]))) Bind(value, self);
  return value;
}

int SetAttribute(PyObject* self, PyObject* name, PyObject* value) {
  if (!has_special) {
    Py_ssize_t size = 0;
    const char* text = py.PyUnicode_AsUTF8AndSize(name, &size);
    if (!text) py.PyErr_Clear();
    has_special = text && IsSpecialName(text, size);
  }
  bool missing = false;
  Owned done(value ? Operate(self, kOperationSet, name, value) : Operate(self, kOperationDelete, name, nullptr, &missing));
  if (missing) py.PyErr_SetObject(py.PyExc_AttributeError, name);
  return done ? 0 : -1;
}

// array[1:3] and the like: the function of this name in interloop._protocols.
PyObject* AskProtocols(const char* name, PyObject* self, PyObject* key) {
  Owned module(py.PyImport_ImportModule("interloop._protocols")), function(module ? py.PyObject_GetAttrString(module.get(), name) : nullptr);
  PyObject* arguments[] = {nullptr, self, key};
  return function ? CallVector(function.get(), arguments + 1, 2 | kVectorcallOffset) : nullptr;
}

PyObject* GetItem(PyObject* self, PyObject* key) {
  if (IsExactly(key, py.PySlice_Type) && IsKind(self, JsKind::array)) return AskProtocols("slice_of", self, key);
  bool missing = false;
  PyObject* value = Operate(self, kOperationGetItem, key, nullptr, &missing);
  if (missing) py.PyErr_SetObject(IsExactly(key, py.PyLong_Type) ? py.PyExc_IndexError : py.PyExc_KeyError, key);
  return value;
}

int SetItem(PyObject* self, PyObject* key, PyObject* value) {
  bool missing = false;
  Owned done(value ? Operate(self, kOperationSetItem, key, value) : Operate(self, kOperationDeleteItem, key, nullptr, &missing));
  if (missing) py.PyErr_SetObject(py.PyExc_KeyError, key);
  return done ? 0 : -1;
}

// What numpy and others read a sequence by.
PyObject* ItemAt(PyObject* self, Py_ssize_t index) {
  Owned key(py.PyLong_FromLongLong(index));
  return key ? GetItem(self, key.get()) : nullptr;
}

Py_ssize_t Length(PyObject* self) {
  Owned value(Operate(self, kOperationLength));
  if (!value) return -1;
  int overflow = 0;
  long long length = py.PyLong_AsLongLongAndOverflow(value.get(), &overflow);
  if (length >= 0 && !overflow) return static_cast<Py_ssize_t>(length);
  py.PyErr_Clear();
  py.PyErr_SetString(py.PyExc_TypeError, "The JavaScript object's length is not a whole number");
  return -1;
}

int Contains(PyObject* self, PyObject* item) {
  Owned value(Operate(self, kOperationContains, item));
  return value ? py.PyObject_IsTrue(value.get()) : -1;
}

PyObject* IterateAsync(PyObject* self) { return Operate(self, kOperationIterateAsync); }

// A name as a template's argument.
template <size_t N>
struct Name {
  constexpr Name(const char (&text)[N]) { std::copy_n(text, N, value); }
  char value[N];
};

// A method that is said best in Python: the function of this name in interloop._protocols.
template <Name name>
PyObject* InPythonOwnWords(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  constexpr Py_ssize_t kMost = 3;  // __exit__
  Owned module(py.PyImport_ImportModule("interloop._protocols")), function(module ? py.PyObject_GetAttrString(module.get(), name.value) : nullptr);
  if (!function) return nullptr;
  PyObject* all[kMost + 1] = {self};
  std::copy_n(args, std::min(count, kMost), all + 1);
  PyObject* result = CallVector(function.get(), all, static_cast<size_t>(std::min(count, kMost)) + 1);
  if (!result) DropOwnFrames();
  return result;
}

// The other functions of `_interloop` that ask something of a JS object: f(object, argument). None for what is not there.
template <Operation operation>
PyObject* Ask(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2 || !IsJsObject(args[0])) {
    py.PyErr_SetString(py.PyExc_TypeError, "Expected a JavaScript object and what to ask of it");
    return nullptr;
  }
  bool missing = false;
  PyObject* value = Operate(args[0], operation, args[1], nullptr, &missing);
  if (missing) return NewRef(None());
  if (operation == kOperationMember && value && IsExactly(value, reinterpret_cast<PyObject*>(types[int(JsKind::function)]))) Bind(value, args[0]);
  return value;
}

PyObject* Itself(PyObject* self, PyObject*) { return NewRef(self); }

int Truth(PyObject*) { return 1; }  // as every object is in JS, whatever its length

PyObject* Str(PyObject* self) { return Operate(self, kOperationString); }

PyObject* Repr(PyObject* self) {
  JsObject* object = Cast(self);
  if (InForkedChild()) {
    static constexpr char kParents[] = "<JavaScript value of the parent process>";
    return py.PyUnicode_FromStringAndSize(kParents, sizeof kParents - 1);
  }
  // Logs and debuggers ask on any thread.
  if (!object->environment || !object->environment->OnThread()) {
    static constexpr char kElsewhere[] = "<JavaScript value of another thread>";
    return py.PyUnicode_FromStringAndSize(kElsewhere, sizeof kElsewhere - 1);
  }
  return Operate(self, kOperationDescribe);
}

PyObject* Dir(PyObject* self, PyObject*) {
  Owned names(Operate(self, kOperationNames));
  if (!names) return nullptr;
  Owned list(py.PyList_New(0)), iterator(py.PyObject_GetIter(names.get()));
  if (!list || !iterator) return nullptr;
  while (PyObject* item = py.PyIter_Next(iterator.get())) {
    Owned name(item);
    if (py.PyList_Append(list.get(), name.get()) < 0) return nullptr;
  }
  return py.PyErr_Occurred() ? nullptr : list.release();
}

PyObject* Compare(PyObject* self, PyObject* other, int operation) {
  if ((operation != kEq && operation != kNe) || !IsJsObject(other)) return NewRef(py._Py_NotImplementedStruct);
  bool same = Cast(self)->environment == Cast(other)->environment && Cast(self)->id == Cast(other)->id;
  return py.PyBool_FromLong(same == (operation == kEq));
}

Py_ssize_t Hash(PyObject* self) { return static_cast<Py_ssize_t>(Cast(self)->id); }

PyObject* CallArranged(PyObject* self, PyObject* const* args, size_t count_and_flag, PyObject* names) {
  Environment* environment = Cast(self)->environment;
  const size_t count = count_and_flag & ~kVectorcallOffset;
  return !environment || environment->OnThread() ? CallLocally(self, args, count, names) : remote_calls->Call(self, args, count, names);
}

// f(*args, **kwargs): a keyword argument goes to the parameter of its name; where there is none it is part of a trailing object.
PyObject* Call(PyObject* self, PyObject* const* args, size_t count_and_flag, PyObject* names) {
  if (!names || py.PyTuple_Size(names) == 0) return CallArranged(self, args, count_and_flag, nullptr);
  Arranged arranged;
  if (!Arrange(self, args, count_and_flag & ~kVectorcallOffset, names, arranged)) return nullptr;
  std::vector<PyObject*> all(static_cast<size_t>(py.PyTuple_Size(arranged.all.get())));
  for (size_t index = 0; index < all.size(); ++index) all[index] = py.PyTuple_GetItem(arranged.all.get(), static_cast<Py_ssize_t>(index));
  return CallArranged(self, all.data(), arranged.positional, arranged.names.get());
}

// construct(function, arguments, keywords): `new function(...arguments)`, with the keyword arguments as a trailing object.
PyObject* Construct(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 3 || !IsJsObject(args[0])) {
    py.PyErr_SetString(py.PyExc_TypeError, "Expected a JavaScript constructor");
    return nullptr;
  }
  return CallPortOf(EnvironmentOf(args[0])).Construct(args[0], args[1], args[2]);
}

// Takes methods away from a type, as Python says that a class has not what its base has.
bool Lacks(JsKind kind, std::initializer_list<const char*> names) {
  auto* type = reinterpret_cast<PyObject*>(types[int(kind)]);
  return type && std::all_of(names.begin(), names.end(), [&](const char* name) { return py.PyObject_SetAttrString(type, name, None()) == 0; });
}

}  // namespace

bool InitJsObject(PyObject* module) {
  static PyMethodDef methods[] = {{"__dir__", Dir, kNoArgs, "The names of the properties."},
                                  {"__enter__", MethodOf(InPythonOwnWords<"enter">), kFastCall, "For an object with [Symbol.dispose]: the object."},
                                  {"__exit__", MethodOf(InPythonOwnWords<"leave">), kFastCall, "Call [Symbol.dispose]."},
                                  {"__aenter__", MethodOf(InPythonOwnWords<"enter_async">), kFastCall, "For an object with [Symbol.asyncDispose]: the object."},
                                  {"__aexit__", MethodOf(InPythonOwnWords<"leave_async">), kFastCall, "Call [Symbol.asyncDispose] and wait for it."},
                                  {"__reduce_ex__", MethodOf(InPythonOwnWords<"refuse_copy">), kFastCall, "Refuse to be copied or pickled."},
                                  {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot object_slots[] = {{kTpDoc, const_cast<char*>("A JavaScript object: attributes are its properties, items its elements or entries.")},
                                       {kTpNew, SlotOf(RefuseNew)},
                                       {kTpDealloc, SlotOf(DeallocJsObject)},
                                       {kTpGetAttro, SlotOf(GetAttribute)},
                                       {kTpSetAttro, SlotOf(SetAttribute)},
                                       {kMpSubscript, SlotOf(GetItem)},
                                       {kMpAssSubscript, SlotOf(SetItem)},
                                       {kMpLength, SlotOf(Length)},
                                       {kSqContains, SlotOf(Contains)},
                                       {kNbBool, SlotOf(Truth)},
                                       {kTpIter, SlotOf(IteratorOf)},
                                       {kAmAiter, SlotOf(IterateAsync)},
                                       {kTpStr, SlotOf(Str)},
                                       {kTpRepr, SlotOf(Repr)},
                                       {kTpRichCompare, SlotOf(Compare)},
                                       {kTpHash, SlotOf(Hash)},
                                       {kTpMethods, methods},
                                       {0, nullptr}};
  PyTypeObject* object = AddType(module, "interloop.JsObject", sizeof(JsObject), kBaseTypeFlag, object_slots, nullptr);
  if (!object) return false;
  types[int(JsKind::object)] = object;

  static PyMemberDef function_members[] = {{"__vectorcalloffset__", kMemberSsize, offsetof(JsFunction, vectorcall), kMemberReadOnly, nullptr},
                                           {nullptr, 0, 0, 0, nullptr}};
  static PyMethodDef class_methods[] = {
      {"__copy__", Itself, kNoArgs, "As for functions of Python: the function itself."},
      {"__deepcopy__", Itself, kOneArg, "As for functions of Python: the function itself."},
      {"__instancecheck__", MethodOf(InPythonOwnWords<"is_instance">), kFastCall, "Whether a JavaScript object is an instance of this class."},
      {"__mro_entries__", MethodOf(InPythonOwnWords<"refuse_inheritance">), kFastCall, "Refuse to be inherited from."},
      {"__subclasscheck__", MethodOf(InPythonOwnWords<"is_subclass">), kFastCall, "Whether another JavaScript class inherits from this one."},
      {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot function_slots[] = {{kTpDoc, const_cast<char*>("A JavaScript function or class.")},
                                         {kTpCall, SlotOf(py.PyVectorcall_Call.pointer)},
                                         {kTpDescrGet, SlotOf(BindAsMethod)},
                                         {kTpMembers, function_members},
                                         {kTpMethods, class_methods},
                                         {0, nullptr}};
  types[int(JsKind::function)] = AddType(module, "interloop.JsFunction", sizeof(JsFunction), kHaveVectorcallFlag, function_slots, object);
  types[int(JsKind::iterator)] = AddJsIterator(module, object);
  types[int(JsKind::async_iterator)] = AddJsAsyncIterator(module, object);
  static PyType_Slot stream_slots[] = {{kTpDoc, const_cast<char*>("A JavaScript stream, or whatever else only async for iterates over.")}, {0, nullptr}};
  types[int(JsKind::async_iterable)] = AddType(module, "interloop.JsAsyncIterable", sizeof(JsObject), 0, stream_slots, object);
  // A function is neither Iterable nor Sized, and libraries that ask for Iterable first would take an async generator or a stream for the other kind.
  if (!Lacks(JsKind::function, {"__iter__", "__aiter__", "__len__", "__contains__"}) || !Lacks(JsKind::iterator, {"__aiter__", "__len__"}) ||
      !Lacks(JsKind::async_iterator, {"__iter__", "__len__", "__contains__"}) || !Lacks(JsKind::async_iterable, {"__iter__", "__len__"})) {
    return false;
  }

  static PyType_Slot array_slots[] = {{kTpDoc, const_cast<char*>("A JavaScript array, by reference: a sequence whose items are those of the array.")},
                                      {kSqItem, SlotOf(ItemAt)},
                                      {kSqLength, SlotOf(Length)},
                                      {0, nullptr}};
  types[int(JsKind::array)] = AddType(module, "interloop.JsArray", sizeof(JsObject), 0, array_slots, object);

  static PyType_Slot mapping_slots[] = {
      {kTpDoc, const_cast<char*>("A plain JavaScript object or a Map, by reference: a mapping of its own properties or its entries.")}, {0, nullptr}};
  types[int(JsKind::mapping)] = AddType(module, "interloop.JsMapping", sizeof(JsObject), 0, mapping_slots, object);

  types[int(JsKind::buffer)] = types[int(JsKind::memory)] = AddJsBuffer(module, object);
  types[int(JsKind::promise)] = promise_type.add(module, object);
  for (PyTypeObject* type : types) {
    if (!type) return false;
  }
  static PyMethodDef functions[] = {
      {"construct", MethodOf(Construct), kFastCall,
       "Construct a JavaScript object from a constructor, a sequence of arguments and a dict of keyword arguments."},
      {"member", MethodOf(Ask<kOperationMember>), kFastCall, "The method of a JavaScript object under a well-known symbol, or None."},
      {"instance_of", MethodOf(Ask<kOperationInstanceOf>), kFastCall, "Whether a value is an instance of a JavaScript class."},
      {"subclass_of", MethodOf(Ask<kOperationSubclassOf>), kFastCall, "Whether another JavaScript class inherits from this one."},
      {nullptr, nullptr, 0, nullptr}};
  return AddFunctions(module, functions);
}

void DeallocJsObject(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  JsObject* object = Cast(self);
  if (object->environment) {
    --object->environment->js_objects;
    object->environment->dropped_values->Drop(object->id);
  }
  if (object->receiver) py.Py_DecRef(object->receiver);
  if (type == types[int(JsKind::function)] && reinterpret_cast<JsFunction*>(self)->parameters) py.Py_DecRef(reinterpret_cast<JsFunction*>(self)->parameters);
  py.PyObject_Free(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

PyObject* NewJsObject(Environment& environment, JsKind kind, double id, PyObject* receiver) {
  PyObject* self = py.PyType_GenericAlloc(types[int(kind)], 0);
  if (!self) {
    environment.dropped_values->Drop(id);
    return nullptr;
  }
  JsObject* object = Cast(self);
  object->environment = &environment;
  object->id = id;
  object->receiver = receiver ? NewRef(receiver) : nullptr;
  object->copy = environment.OnThread() ? environment.copy : &environment.first;
  if (kind == JsKind::function) reinterpret_cast<JsFunction*>(self)->vectorcall = Call;
  ++environment.js_objects;
  return self;
}

void MarkAsync(PyObject* function, bool is_async) { reinterpret_cast<JsFunction*>(function)->is_async = is_async; }

bool IsJsObject(PyObject* object) {
  for (PyTypeObject* type : types) {
    if (TypeOf(object) == type) return true;
  }
  return false;
}

void UsePromiseType(const PromiseType& type) { promise_type = type; }

PyObject* NewPromise(Environment& environment, double id) { return promise_type.make(environment, id); }

bool Revive(PyObject* object) { return !IsKind(object, JsKind::promise) || promise_type.revive(object); }

bool IsJsFunction(PyObject* object) { return IsKind(object, JsKind::function); }

Environment* EnvironmentOf(PyObject* js_object) { return Cast(js_object)->environment; }

double JsIdOf(Environment& environment, PyObject* js_object) { return EnvironmentOf(js_object) == &environment ? Cast(js_object)->id : 0; }

napi_value JsValueOf(Environment& environment, PyObject* js_object) {
  if (IsKind(js_object, JsKind::promise) && !promise_type.take(js_object)) return nullptr;
  napi_value id = MakeNumber(environment.env, Cast(js_object)->id);
  return environment.CallHook(Hook::value, 1, &id);
}

PyObject* Operate(PyObject* self, Operation operation, PyObject* a, PyObject* b, bool* missing) {
  return CallPortOf(Cast(self)->environment).Operate(self, operation, a, b, missing);
}

}  // namespace interloop
