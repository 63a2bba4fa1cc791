#include "loop/loop_port.h"

namespace interloop {

namespace {

std::shared_ptr<LoopPort> (*find_remote)(PyObject* loop) = nullptr;

template <class... Arguments>
bool Call(const char* name, Arguments... arguments) {
  Owned module(py.PyImport_ImportModule("interloop._remote_loop")), function(module ? py.PyObject_GetAttrString(module.get(), name) : nullptr);
  PyObject* values[] = {nullptr, arguments...};
  Owned done(function ? CallVector(function.get(), values + 1, sizeof...(Arguments) | kVectorcallOffset) : nullptr);
  return bool(done);
}

}  // namespace

std::shared_ptr<LoopPort> RemotePortOf(PyObject* loop) { return find_remote(loop); }

void UseRemotePorts(std::shared_ptr<LoopPort> (*find)(PyObject* loop)) { find_remote = find; }

bool AdoptLoop(PyObject* loop) { return Call("adopt", loop); }

bool SettleOnLoop(PyObject* loop, PyObject* future, bool fulfilled, PyObject* value) {
  return Call("settle", loop, future, fulfilled ? py._Py_TrueStruct : py._Py_FalseStruct, value);
}

bool ObserveOnLoop(PyObject* future, PyObject* callback) { return Call("observe", future, callback); }

}  // namespace interloop
