// The two ways between the languages: JavaScript uses Python (PythonScope), and Python lets JavaScript run (AllowJsScope). They stand on top, because either drives everything that has waited for it.
#include "environment/environment.h"
#include "environment/forked_child.h"
#include "environment/js_values.h"
#include "environment/standard_streams.h"
#include "loop/current_loop.h"
#include "loop/guest.h"
#include "process/process_changes.h"
#include "values/callee.h"
#include "values/context.h"
#include "values/dropped_values.h"
#include "values/errors.h"
#include "values/memory_copies.h"
#include "values/memory_pressure.h"
#include "values/py_buffer.h"

namespace interloop {

namespace {

double TakeCallSlot(Environment& environment, CallSlot index) {
  double value = environment.call_slots[index];
  if (value != 0) environment.call_slots[index] = 0;
  return value;
}

}  // namespace

PythonScope::PythonScope(Environment& environment, Kind kind) : environment_(environment) {
  if (!environment.started || environment.finalized) {
    if (environment.finalized) {
      ThrowFailure(environment, "finalized", "Cannot use Python after its shutdown");
    } else {
      ThrowFailure(environment, "not-started", "Cannot use Python before it is started: call init() or let the first use start it");
    }
    return;
  }
  if (!environment.holding) {
    environment.TakeGil();
    outermost_ = true;
  }
  if (environment.depth++ == 0) environment.scopes_opened = 0;
  open_ = true;
  environment.copies->ToPython();
  if (kind == plain && environment.guest) environment.guest->LeaveLoop();
  if (environment.refs.queued()) DropQueued(environment.refs);
  if (environment.any_ended) ReleaseEndedBuffers(environment);
  if (any_orphaned_buffers.load(std::memory_order_relaxed)) ReleaseOrphanedBuffers();

  double context = TakeCallSlot(environment, kContext);
  double snapshot = TakeCallSlot(environment, kSnapshot);
  if (context == 0 && snapshot == 0) return;
  bool entered = true;
  if (context != 0) {
    PyObject* object = environment.refs.Get(static_cast<int64_t>(context));
    if (!object) {
      RaiseFailure("handle-invalid", "Cannot enter this context: its handle was disposed or belongs to another thread");
      entered = false;
    } else {
      context_.reset(EnterContext(object));
      entered = bool(context_);
    }
  }
  if (snapshot != 0) {
    if (entered) {
      token_.reset(EnterSnapshot(environment, snapshot));
      entered = bool(token_);
    } else {
      environment.dropped_values->Drop(snapshot);
    }
  }
  if (!entered) {
    open_ = false;
    ThrowPython(environment);
  }
}

PythonScope::~PythonScope() {
  Environment& environment = environment_;
  if (!open_ && !outermost_) return;
  if (InForkedChild()) LeaveForkedChild(environment);
  // A call into JS needs a clean slate; what this entry threw is thrown again at its end.
  napi_value error = TakeThrown(environment.env);
  environment.copies->ToJs();

  if (token_) LeaveSnapshot(token_.get());
  token_.reset(nullptr);
  if (context_) LeaveContext(context_.get());
  context_.reset(nullptr);
  FlushOutput();
  if (outermost_ && environment.deferred) PostDeferred(environment);
  if (environment.guest) {
    environment.guest->EndEntry(outermost_);
    if (environment.depth > 1) environment.guest->LeaveLoop();  // back to Python code that called JS from outside the loop
  }
  environment.dropped_values->Tell();
  environment.ReportRefs();
  environment.memory_pressure->Look();

  --environment.depth;
  if (outermost_) {
    environment.ReleaseGil();
    TellProcess(environment);
    if (environment.guest) environment.guest->DeliverSettled();
  }
  if (error) {
    // A hook that threw meanwhile gives way to the error that the caller must see.
    TakeThrown(environment.env);
    ThrowValue(environment.env, error);
  }
}

AllowJsScope::AllowJsScope(Environment& environment) : environment_(environment) {
  FlushOutput();
  environment.copies->ToJs();
  if (environment.dropped_values->cancelled()) environment.dropped_values->TellCancelled();
  environment.memory_pressure->Look();
  if (environment.guest) environment.guest->ConvertSettled();
  environment.ReleaseGil();
  TellProcess(environment);
  if (environment.guest) environment.guest->DeliverSettled();
}

AllowJsScope::~AllowJsScope() {
  environment_.TakeGil();
  environment_.copies->ToPython();
}

bool CheckEnvironment(Environment* environment) {
  if (!environment) {
    RaiseFailure("bad-argument", "Cannot use this JavaScript value: it was not made by a JavaScript runtime");
  } else if (InForkedChild()) {
    RaiseForked();
  } else if (!environment->alive || environment->finalized) {
    RaiseFailure("finalized", "Cannot use a JavaScript value after its runtime has ended");
  } else if (!environment->OnThread()) {
    RaiseFailure(
        "wrong-thread",
        "Cannot use a JavaScript value on this thread: it belongs to the thread of its JavaScript; hand over a plain value, or use loop.call_soon_threadsafe");
  } else {
    return true;
  }
  return false;
}

}  // namespace interloop
