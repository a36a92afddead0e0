// A thread beside the event loop, for what must be on time while that is busy. It wakes when something is due, can be read or
// has changed; reads, judges and sends; and tells the event loop by an eventfd. What that comes to is the nouns' part.
#pragma once

#include <poll.h>
#include <pthread.h>

#include <cstdint>
#include <mutex>
#include <vector>

#include "instant.h"

class Thread {
 public:
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  // `told` is an eventfd of the event loop and is duplicated. 0 or the errno.
  int Start(int told);
  // Twice is allowed.
  void Stop();
  // The event loop still turns.
  void Wind();

 protected:
  using Lock = std::lock_guard<std::mutex>;
  // Datagrams of one socket that are read before anything is sent again.
  static constexpr int kBatch = 64;

  // An event loop that has not turned for longer than `unwound` is taken for dead.
  Thread(const char* name, Instant unwound) : name_(name), unwound_(unwound) {}
  // Whoever derives calls Stop in its own: here Release is out of reach.
  ~Thread() = default;

  // All with the lock.
  virtual Instant NextDue(Instant now) const = 0;
  // Adds what may wake the thread.
  virtual void AddPolled(std::vector<pollfd>* polled) const = 0;
  virtual void Hear() = 0;
  virtual void Judge(Instant now) = 0;
  virtual void SendDue(Instant now) = 0;
  // Closes and forgets everything; the thread has ended by then.
  virtual void Release() = 0;

  bool running() const { return running_; }
  // Of ears, lines and watches alike.
  uint32_t NextNumber() { return next_number_++; }
  // Something has changed that the thread may be waiting for. With the lock.
  void Wake();
  // The event loop has something to take. False where it could not be told.
  bool Ring();
  bool Unwound(Instant now) const { return now - wound_ > unwound_; }
  // When somebody is judged who falls silent at `due`.
  Instant JudgedAt(Instant due, Instant now) const { return due < grace_ && now < grace_ ? grace_ : due; }

  std::mutex mutex_;

 private:
  static void* Run(void* self);
  void Loop();
  void Wait(Instant until);

  const char* const name_;
  const Instant unwound_;
  pthread_t thread_ = {};
  bool running_ = false;
  bool ending_ = false;
  int wake_ = -1;
  int told_ = -1;
  uint32_t next_number_ = 1;
  Instant wound_ = 0;
  // After this thread stood still, nobody is judged before what arrived meanwhile was read.
  Instant grace_ = 0;
  std::vector<pollfd> polled_;
};
