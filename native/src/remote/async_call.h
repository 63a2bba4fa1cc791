// Async JS functions that other Python threads call: each is called on the JS thread and answers with a future of the loop that called (interloop._js_call).
#pragma once

#include <memory>
#include <unordered_map>

#include "remote/loop_mailbox.h"
#include "values/value.h"

namespace interloop {

// The calls of async functions that JS has not answered yet. On the environment's thread.
class AsyncCalls {
 public:
  struct Call {
    std::shared_ptr<LoopMailbox> mailbox;
    PyObject* future;  // owned
  };
  void Add(double number, Call call) { calls_[static_cast<int64_t>(number)] = std::move(call); }
  void Answer(Environment& environment, double number, bool fulfilled, Value& value);
  // JS ends: whoever waits is told.
  void End(Environment& environment);
  // The loop was closed: JS is told that nobody waits.
  void LoopEnded(Environment& environment, LoopMailbox* mailbox);

 private:
  std::unordered_map<int64_t, Call> calls_;
};

// A loop was closed; from any thread.
void TellLoopEnded(Environment& environment, std::shared_ptr<LoopMailbox> mailbox);

// Made once, with the interpreter.
bool InitAsyncCalls(PyObject* module);

}  // namespace interloop
