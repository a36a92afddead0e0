// What the event loop asks of the thread.
#include "heartbeat-thread.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

#include "fail.h"

namespace {

constexpr size_t kTargetsMax = 64;
constexpr size_t kEarsMax = 64;
// For longer, a dead event loop would look alive.
constexpr Instant kUnwound = 500 * kMilli;

std::vector<uint8_t> Copy(const Bytes& bytes) { return {bytes.data, bytes.data + bytes.size}; }

}  // namespace

HeartbeatThread::HeartbeatThread(Instant interval)
    : Thread("heartbeat", kUnwound), interval_(interval), beat_due_(Now() + interval) {}

void HeartbeatThread::Release() {
  Clear();
  ears_.Clear();
  watches_.clear();
  queue_.clear();
}

bool HeartbeatThread::SetKeys(const Bytes& keys) {
  Lock lock(mutex_);
  return keys_.Set(keys);
}

double HeartbeatThread::Steady() {
  Lock lock(mutex_);
  Instant now = Now();
  bool gap = now - beaten_ > 2 * interval_;
  return gap ? 0 : static_cast<double>(now - steady_since_) / 1e3;
}

int HeartbeatThread::Aim(int fd, const SocketAddress& to, const Bytes& packet) {
  if (!running()) return Fail(EBADF);
  if (targets_.size() == kTargetsMax) return Fail(ENOSPC);
  // A descriptor of its own: the socket may be closed while the thread sends.
  int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (own < 0) return -1;
  Lock lock(mutex_);
  if (idle()) beat_due_ = Now() + interval_;
  targets_.push_back({own, to, Copy(packet)});
  Wake();
  return static_cast<int>(targets_.size()) - 1;
}

void HeartbeatThread::Clear() {
  Lock lock(mutex_);
  for (Target& target : targets_) close(target.fd);
  targets_.clear();
}

int HeartbeatThread::Listen(int fd) {
  int error = !running() ? EBADF : ears_.size() == kEarsMax ? ENOSPC : 0;
  if (error != 0) {
    close(fd);
    return Fail(error);
  }
  Lock lock(mutex_);
  uint32_t number = NextNumber();
  if (idle()) beat_due_ = Now() + interval_;
  ears_.Add(number, fd);
  BeAttentive();
  Wake();
  return static_cast<int>(number);
}

void HeartbeatThread::Unlisten(uint32_t number) {
  Lock lock(mutex_);
  ears_.Remove(number);
  for (auto watch = watches_.begin(); watch != watches_.end();) {
    watch = watch->second.ear == number ? watches_.erase(watch) : std::next(watch);
  }
  Wake();
}

int HeartbeatThread::Expect(uint32_t ear, const Expected& expected) {
  if (!running() || ears_.Find(ear) == nullptr) return Fail(EBADF);
  if (watches_.size() == kWatchesMax) return Fail(ENOSPC);
  Lock lock(mutex_);
  uint32_t number = NextNumber();
  const Instant heard = Now() - expected.heard_ago;
  watches_[number] = {ear,   Copy(expected.packet), expected.sequence,
                      heard, expected.silence,      heard + expected.silence};
  Wake();
  return static_cast<int>(number);
}

bool HeartbeatThread::Heard(uint32_t number, bool end, double* sequence, double* age) {
  Lock lock(mutex_);
  auto found = watches_.find(number);
  if (found == watches_.end()) return false;
  *sequence = static_cast<double>(found->second.sequence);
  *age = static_cast<double>(Now() - found->second.heard) / 1e3;
  if (end) {
    watches_.erase(found);
    // Something is the matter with that process: what comes of it is wanted at once.
    BeAttentive();
    Wake();
  }
  return true;
}

std::vector<HeartbeatNews> HeartbeatThread::Take() {
  std::vector<HeartbeatNews> taken;
  Lock lock(mutex_);
  taken.swap(queue_);
  return taken;
}

HeartbeatThread::Counts HeartbeatThread::Read() {
  Lock lock(mutex_);
  Counts counts = counts_;
  counts_.latest = 0;
  return counts;
}
