// The hosted loop's own wake (Due) follows the protocol of mailbox.cc, with a flag in the place of Q.
//
// Lost rings. Deno 2.9 loses the call of a threadsafe function in about one of 10^5: its loop looks for posted calls, then registers its waker, without looking again. A repeated call finds the loop asleep and
// works. So while a wake is unanswered (A is false) the poller's thread repeats the ring, after 2 ms and then after twice as long each time, since JS may just be busy.
#include "js_mailbox.h"

#include "convert.h"
#include "errors.h"
#include "forked_child.h"
#include "guest.h"
#include "js_object.h"
#include "js_values.h"
#include "memory_copies.h"
#include "memory_pressure.h"
#include "process_changes.h"

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
  std::lock_guard<std::mutex> lock(ring_mutex_);
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

void JsMailbox::Ring() {
  std::lock_guard<std::mutex> lock(ring_mutex_);
  if (function_) napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
  if (poller_) poller_->Posted();
}

bool JsMailbox::Repeat() {
  if (!waiting()) return false;
  std::lock_guard<std::mutex> lock(ring_mutex_);
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
  constexpr size_t kScope = 64;  // letters in one handle scope, and conversions in one call of the hook
  Letters letters = Take();
  bool due = due_.exchange(false);
  Guest* guest = environment_.guest.get();
  environment_.copies->ToJs();
  Batch batch{letters, 0, batch_};
  batch_ = &batch;
  while (batch.next < letters.size()) {
    ValueScope scope(environment_.env);
    for (size_t end = std::min(letters.size(), batch.next + kScope); batch.next < end;) {
      std::unique_ptr<Letter> letter = std::move(letters[batch.next++]);
      if (!letter) continue;  // abandoned meanwhile
      if (open()) {
        letter->Open();
      } else {  // JS has ended the environment meanwhile
        letter->Abandon();
      }
    }
    if (guest) guest->DeliverSettled();
  }
  batch_ = batch.outer;
  if (guest) guest->UpdateAlive();
  if (open()) TellProcess(environment_);
  if (open()) TendMemory(environment_);
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

void JsMailbox::AbandonCalls() {
  Letters calls = TakeCalls();
  for (Batch* batch = batch_; batch; batch = batch->outer) {
    for (size_t index = batch->next; index < batch->letters.size(); ++index) {
      auto& letter = batch->letters[index];
      if (letter && letter->IsCall()) calls.push_back(std::move(letter));
    }
  }
  for (auto& call : calls) call->Abandon();
}

void JsMailbox::End() {
  if (InForkedChild()) return;
  for (auto& letter : Close()) letter->Abandon();
  std::unique_ptr<Poller> poller;
  {
    std::lock_guard<std::mutex> lock(ring_mutex_);
    poller = std::move(poller_);
    if (function_) napi_release_threadsafe_function(function_, napi_tsfn_abort);
    function_ = nullptr;
  }
  // Its thread may be waiting for the mutex, so it is joined without it.
}

}  // namespace interloop
