// A socket watched by the event loop of the environment (main thread or worker) that opened it.
#pragma once

#include <node_api.h>
#include <uv.h>

#include <cstddef>

#include "values.h"

// Life: Start -> Readable and Faulted, any number of times -> Close -> freed when both the loop and the garbage collector
// have let go. An open socket keeps its process alive and is not collected; an environment that ends closes it.
class Watched {
 public:
  // Takes over `fd`, whatever the outcome. Returns the handle JavaScript holds, or nullptr after a throw.
  napi_value Start(napi_env env, int fd, napi_value callback);
  void Close();
  int fd() const { return fd_; }
  bool open() const { return !closing_; }

  // The object behind a handle made by Start, or nullptr after a TypeError. `tag` tells the kinds of handle apart.
  static Watched* From(const Arguments& arguments, napi_env env, size_t index, const napi_type_tag& tag);

 protected:
  explicit Watched(const napi_type_tag& tag) : tag_(tag) {}
  virtual ~Watched() = default;

  // Something to read, or nothing: true if anything was taken.
  virtual bool Readable() = 0;
  // SO_ERROR was set. libuv stopped watching; it goes on after this unless Close was called.
  virtual void Faulted(int error) = 0;

  // Calls the callback of Start. What it throws is an uncaught exception of the process, as in any Node callback.
  // Returns false when reading must stop: closed by the callback, or JavaScript can no longer run.
  bool Call(size_t count, const napi_value* values);

  napi_env env_ = nullptr;

 private:
  static void OnPoll(uv_poll_t* poll, int status, int events);
  static void OnClosed(uv_handle_t* handle);
  static void OnCollected(napi_env env, void* data, void* hint);
  static void OnEnvironmentExit(napi_async_cleanup_hook_handle hook, void* data);
  void ReleaseValues();
  void Drop();

  const napi_type_tag& tag_;
  int fd_ = -1;
  uv_poll_t poll_;
  napi_ref self_ = nullptr;
  napi_ref callback_ = nullptr;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  int owners_ = 0;
  int fruitless_ = 0;
  bool closing_ = false;
};

napi_value CloseWatched(napi_env env, napi_callback_info info, const napi_type_tag& tag);
