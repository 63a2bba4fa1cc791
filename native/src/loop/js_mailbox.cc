// The hosted loop's own wake (Due) follows the protocol of mailbox.cc, with a flag in the place of Q.
//
// Lost wake-ups. Deno 2.9 loses the call of a threadsafe function in about one of 10^5: its loop looks for posted calls, then registers its waker, without looking again. A repeated call finds the loop asleep and
// works. So while a wake is unanswered (A is false) the poller's thread repeats the wake-up, after 2 ms and then after twice as long each time, since JS may just be busy.
#include "loop/js_mailbox.h"

#include "environment/forked_child.h"
#include "environment/js_values.h"
#include "loop/guest.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/js_object.h"
#include "values/memory_copies.h"
#include "values/memory_pressure.h"

namespace interloop {

bool JsMailbox::Start() {
  napi_env env = environment_.env;
  napi_value name = MakeText(env, "interloop");
  // An unlimited queue, but at most one call is in it, and repetitions of it: armed_ sees to that.
  if (!name || napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, OnWake, &function_) != napi_ok) {
    RaiseFailure("finalized", "Cannot wake this thread: its JavaScript is ending");
    return false;
  }
  // Refused only when there is no such function any more.
  [[maybe_unused]] const napi_status unreferenced = napi_unref_threadsafe_function(env, function_);
  return !(environment_.quirks & kLosesWakes) || NeedPoller();
}

Poller* JsMailbox::NeedPoller() {
  if (poller_) return poller_.get();
  auto repeat = [](void* mailbox) { return static_cast<JsMailbox*>(mailbox)->Repeat(); };
  auto signalled = [](void* mailbox) { static_cast<JsMailbox*>(mailbox)->Signalled(); };
  auto poller =
      Poller::Create({this, [](void* mailbox) { static_cast<JsMailbox*>(mailbox)->Due(); }, environment_.quirks & kLosesWakes ? +repeat : nullptr, signalled});
  if (!poller) {
    RaiseFailure("out-of-resources", "Cannot start the poller: the system refuses a thread or a descriptor");
    return nullptr;
  }
  std::lock_guard<std::mutex> lock(notify_mutex_);
  poller_ = std::move(poller);
  return poller_.get();
}

void JsMailbox::Due() {
  due_ = true;
  Wake();
}

void JsMailbox::Signalled() {
  signalled_ = true;
  Wake();
}

void JsMailbox::Notify() {
  std::lock_guard<std::mutex> lock(notify_mutex_);
  if (function_) napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
  if (poller_) poller_->Posted();
}

bool JsMailbox::Repeat() {
  if (!waiting()) return false;
  std::lock_guard<std::mutex> lock(notify_mutex_);
  if (function_) napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
  return true;
}

void JsMailbox::KeepAlive(bool keep) {
  if (keep == keeping_alive_ || !function_) return;
  keeping_alive_ = keep;
  if (keep) {
    napi_ref_threadsafe_function(environment_.env, function_);
  } else {
    napi_unref_threadsafe_function(environment_.env, function_);
  }
}

void JsMailbox::OnWake(napi_env env, napi_value, void* mailbox, void*) {
  if (env) static_cast<JsMailbox*>(mailbox)->Receive();
}

void JsMailbox::Receive() {
  constexpr size_t kScope = 64;  // messages in one handle scope, and conversions in one call of the hook
  Messages messages = Take();
  bool due = due_.exchange(false);
  Guest* guest = environment_.guest.get();
  environment_.copies->ToJs();
  Batch batch{messages, 0, batch_};
  batch_ = &batch;
  while (batch.next < messages.size()) {
    HandleScope scope(environment_.env);
    for (size_t end = std::min(messages.size(), batch.next + kScope); batch.next < end;) {
      std::unique_ptr<Message> message = std::move(messages[batch.next++]);
      if (!message) continue;  // abandoned meanwhile
      if (open()) {
        message->Run();
      } else {  // JS has ended the environment meanwhile
        message->Cancel();
      }
    }
    if (guest) guest->DeliverSettled();
  }
  batch_ = batch.outer;
  if (guest) guest->UpdateAlive();
  if (open()) environment_.tell_process(environment_);
  if (open()) environment_.memory_pressure->Look();
  if (signalled_.exchange(false) && open()) {
    const napi_value operation[1] = {MakeNumber(environment_.env, kOperationRunSignals)};
    environment_.CallHook(Hook::operate, 1, operation);
  }
  if (due && open()) environment_.CallHook(Hook::wake, 0, nullptr);
}

void JsMailbox::LeaveParent() {
  Mailbox::LeaveParent();
  function_ = nullptr;
  [[maybe_unused]] Poller* kept = poller_.release();  // its end would wait for the thread
}

void JsMailbox::CancelCalls() {
  Messages calls = TakeCalls();
  for (Batch* batch = batch_; batch; batch = batch->outer) {
    for (size_t index = batch->next; index < batch->messages.size(); ++index) {
      auto& message = batch->messages[index];
      if (message && message->IsCall()) calls.push_back(std::move(message));
    }
  }
  for (auto& call : calls) call->Cancel();
}

void JsMailbox::End() {
  if (InForkedChild()) return;
  for (auto& message : Close()) message->Cancel();
  std::unique_ptr<Poller> poller;
  {
    std::lock_guard<std::mutex> lock(notify_mutex_);
    poller = std::move(poller_);
    if (function_) napi_release_threadsafe_function(function_, napi_tsfn_abort);
    function_ = nullptr;
  }
  // Its thread may be waiting for the mutex, so it is joined without it.
}

}  // namespace interloop
