// The end of a thread that JavaScript holds. What the thread tells comes with the next turn of the event loop.
#pragma once

#include "thread.h"
#include "watched.h"

class ThreadHandle : public Watched {
 public:
  // Starts both. Takes over `handle`, whatever the outcome. What JavaScript holds, or nullptr after a throw.
  static napi_value Begin(napi_env env, ThreadHandle* handle, napi_value callback);
  // Twice is allowed.
  void End();

 protected:
  explicit ThreadHandle(const napi_type_tag& tag) : Watched(tag) {}
  virtual Thread* Beside() = 0;
  // All that the thread has told since the last call.
  virtual void Deliver() = 0;

 private:
  bool Readable() final;
  // An eventfd has no errors.
  void Faulted(int) final {}
  static void OnEnvironmentExit(void* handle);
};
