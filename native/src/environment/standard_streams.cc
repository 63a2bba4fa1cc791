#include "environment/standard_streams.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cpython/module_members.h"
#include "environment/environment.h"

namespace interloop {

std::atomic<bool> output_buffered{false};

namespace {

PyObject* flush = nullptr;  // _stdio.flush, once there is one; guarded by the GIL

// output_written(): something is in a buffer. True: it is flushed when this thread goes back to JS.
PyObject* OutputWritten(PyObject*, PyObject*) {
  output_buffered.store(true, std::memory_order_relaxed);
  const Environment* environment = CurrentEnvironment();
  return py.PyBool_FromLong(environment && environment->holding && !environment->js_stopped);
}

PyObject* OnFlush(PyObject*, PyObject* function) {
  PyObject* before = flush;
  flush = NewRef(function);
  if (before) py.Py_DecRef(before);
  return NewRef(None());
}

// One system call without the GIL. A non-blocking descriptor is waited for; what a signal interrupts is made again after Python's handlers have run. -1: a Python error is set.
// It is C because nothing may raise between a system call and the count that it answers: text would be written twice, or read for nobody.
template <class Call>
ssize_t Transfer(int descriptor, short events, Call call) {
  for (;;) {
    PyThreadState* state = py.PyEval_SaveThread();
    ssize_t count = call();
    int error = count < 0 ? errno : 0;
    if (error == EAGAIN || error == EWOULDBLOCK) {
      pollfd pending_promises = {descriptor, events, 0};
      error = poll(&pending_promises, 1, -1) < 0 ? errno : EAGAIN;
    }
    py.PyEval_RestoreThread(state);
    if (error == 0) return count;
    if (error == EAGAIN) continue;
    if (error != EINTR) {
      errno = error;
      py.PyErr_SetFromErrno(py.PyExc_OSError);
      return -1;
    }
    if (py.PyErr_CheckSignals() < 0) return -1;
  }
}

constexpr size_t kMost = 0x7ffff000;  // what Linux transfers at once

int DescriptorOf(PyObject* number) {
  int overflow = 0;
  return static_cast<int>(py.PyLong_AsLongLongAndOverflow(number, &overflow));
}

// write_descriptor(descriptor, all, data): as os.write(); with `all` it answers when everything is written.
PyObject* WriteDescriptor(PyObject*, PyObject* const* args, Py_ssize_t count) {
  Py_buffer view;
  if (count != 3) {
    py.PyErr_SetString(py.PyExc_TypeError, "Expected a descriptor, whether all is to be written, and the data");
    return nullptr;
  }
  if (py.PyObject_GetBuffer(args[2], &view, 0) < 0) return nullptr;
  const int descriptor = DescriptorOf(args[0]);
  const bool all = args[1] == py._Py_TrueStruct;
  Py_ssize_t done = 0;
  ssize_t step;
  do {
    const char* from = static_cast<const char*>(view.buf) + done;
    const size_t rest = std::min(static_cast<size_t>(view.len - done), kMost);
    step = Transfer(descriptor, POLLOUT, [&] { return write(descriptor, from, rest); });
    done += std::max<ssize_t>(step, 0);
  } while (all && step >= 0 && done < view.len);
  py.PyBuffer_Release(&view);
  return step < 0 ? nullptr : py.PyLong_FromLongLong(done);
}

// read_descriptor(descriptor, buffer): as readinto().
PyObject* ReadDescriptor(PyObject*, PyObject* const* args, Py_ssize_t count) {
  Py_buffer view;
  if (count != 2) {
    py.PyErr_SetString(py.PyExc_TypeError, "Expected a descriptor and a buffer");
    return nullptr;
  }
  if (py.PyObject_GetBuffer(args[1], &view, kBufferWritable) < 0) return nullptr;
  const int descriptor = DescriptorOf(args[0]);
  const ssize_t done = Transfer(descriptor, POLLIN, [&] { return read(descriptor, view.buf, std::min(static_cast<size_t>(view.len), kMost)); });
  py.PyBuffer_Release(&view);
  return done < 0 ? nullptr : py.PyLong_FromLongLong(done);
}

}  // namespace

void FlushBufferedOutput() {
  output_buffered.store(false, std::memory_order_relaxed);
  if (!flush) return;
  PyObject *type, *value, *traceback;
  py.PyErr_Fetch(&type, &value, &traceback);
  Owned done(py.PyObject_CallObject(flush, nullptr));
  if (!done && py.PyErr_ExceptionMatches(py.PyExc_KeyboardInterrupt)) {
    // Ctrl-C came meanwhile: it is for the program.
    py.PyErr_Clear();
    py.PyErr_SetInterrupt();
  } else if (!done) {
    py.PyErr_WriteUnraisable(flush);
  }
  py.PyErr_Restore(type, value, traceback);
}

bool SetBlocking(int descriptor, bool blocking) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return false;
  const int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
  return wanted == flags || fcntl(descriptor, F_SETFL, wanted) == 0;
}

bool InitStandardStreams(PyObject* module) {
  static PyMethodDef functions[] = {{"output_written", OutputWritten, kNoArgs, "Output of Python is in a buffer. True: this thread will flush it."},
                                    {"on_flush", OnFlush, kOneArg, "The function that flushes the buffers of Python's standard output."},
                                    {"write_descriptor", MethodOf(WriteDescriptor), kFastCall, "Write to a descriptor, also to one that is non-blocking."},
                                    {"read_descriptor", MethodOf(ReadDescriptor), kFastCall, "Read from a descriptor, also from one that is non-blocking."},
                                    {nullptr, nullptr, 0, nullptr}};
  return AddFunctions(module, functions);
}

}  // namespace interloop
