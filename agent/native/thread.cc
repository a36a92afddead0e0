#include "thread.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

namespace {

constexpr size_t kStack = 128 * 1024;
constexpr Instant kStall = 10 * kMilli;
constexpr Instant kGrace = 10 * kMilli;

// Fails only after 2^64-2 times that nobody took: it is signalled already.
bool Signal(int fd) {
  uint64_t one = 1;
  return write(fd, &one, sizeof one) > 0;
}

}  // namespace

int Thread::Start(int told) {
  told_ = fcntl(told, F_DUPFD_CLOEXEC, 3);
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  int error = told_ < 0 || wake_ < 0 ? errno : 0;
  if (error == 0) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStack);
    // Node's own threads handle the signals.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&thread_, &attributes, Run, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
  }
  running_ = error == 0;
  if (error != 0) Stop();
  return error;
}

void Thread::Stop() {
  if (running_) {
    {
      Lock lock(mutex_);
      ending_ = true;
      Wake();
    }
    pthread_join(thread_, nullptr);
    running_ = false;
  }
  Release();
  if (wake_ >= 0) close(wake_);
  if (told_ >= 0) close(told_);
  wake_ = told_ = -1;
}

void Thread::Wind() {
  Lock lock(mutex_);
  wound_ = Now();
}

void Thread::Wake() {
  if (wake_ >= 0) Signal(wake_);
}

bool Thread::Ring() { return Signal(told_); }

void* Thread::Run(void* self) {
  auto* thread = static_cast<Thread*>(self);
  prctl(PR_SET_NAME, thread->name_);
  // The kernel may put wake-ups together within 50 us; here each is to be on time.
  prctl(PR_SET_TIMERSLACK, 1UL);
  thread->Loop();
  return nullptr;
}

void Thread::Loop() {
  Lock lock(mutex_);
  while (!ending_) {
    Instant due = NextDue(Now());
    Wait(due);
    if (ending_) break;
    Instant now = Now();
    if (due != kNever && now - due > kStall) grace_ = now + kGrace;
    // Whatever has arrived is read before anybody is called silent.
    Hear();
    now = Now();
    if (now >= grace_) Judge(now);
    SendDue(now);
  }
}

// Without the lock, which is what lets the event loop in.
void Thread::Wait(Instant until) {
  polled_.clear();
  polled_.push_back({wake_, POLLIN, 0});
  AddPolled(&polled_);
  mutex_.unlock();
  Instant left = until == kNever ? 0 : until - Now();
  if (left < 0) left = 0;
  timespec most = {static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond)};
  ppoll(polled_.data(), polled_.size(), until == kNever ? nullptr : &most, nullptr);
  uint64_t times;
  if (polled_[0].revents != 0 && read(wake_, &times, sizeof times) < 0) times = 0;
  mutex_.lock();
}
