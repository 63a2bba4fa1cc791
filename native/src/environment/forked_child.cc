#include "environment/forked_child.h"

#include <signal.h>
#include <unistd.h>

#include "environment/environment.h"
#include "environment/native_streams.h"

namespace interloop {

bool in_forked_child = false;

namespace {

PyObject* outcome = nullptr;
bool has_outcome = false;

}  // namespace

void EnterForkedChild() {
  in_forked_child = true;
  has_outcome = false;
}

void KeepOutcome(PyObject* exception) {
  if (has_outcome) return;
  has_outcome = true;
  outcome = exception ? NewRef(exception) : nullptr;
}

void LeaveForkedChild(const Environment& environment) { LeaveForkedChild(environment.depth > 1); }

void LeaveForkedChild(bool under_frames) {
  py.PyErr_Clear();
  Owned module(py.PyImport_ImportModule("interloop._forked")), leave(module ? py.PyObject_GetAttrString(module.get(), "leave") : nullptr);
  PyObject* arguments[] = {nullptr, has_outcome && outcome ? outcome : None(), has_outcome ? py._Py_TrueStruct : py._Py_FalseStruct};
  Owned answer(leave ? CallVector(leave.get(), arguments + 1, 2 | kVectorcallOffset) : nullptr);
  int overflow = 0;
  const int status = answer ? static_cast<int>(py.PyLong_AsLongLongAndOverflow(answer.get(), &overflow)) : 1;
  if (!answer) py.PyErr_WriteUnraisable(None());
  if (!under_frames) py.Py_FinalizeEx();
  FlushNativeOutput();
  if (status < 0) {
    signal(-status, SIG_DFL);
    kill(getpid(), -status);
  }
  _exit(status < 0 ? 128 - status : status);
}

}  // namespace interloop
