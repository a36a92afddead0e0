#include "heartbeat-thread.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "age.h"

namespace {

constexpr size_t kStack = 128 * 1024;
constexpr size_t kTargetsMax = 64;
constexpr size_t kEarsMax = 64;
// Each node is watched by two others; after a partition there are more for a while.
constexpr size_t kWatchesMax = 1024;
constexpr size_t kQueueMax = 256;
// Datagrams of one ear that are read before heartbeats are sent again.
constexpr int kBatch = 64;
// More than this would let a dead event loop look alive.
constexpr Instant kUnwound = 500 * kMilli;
// After something out of the ordinary packets are read as they come for so long.
constexpr Instant kAttentive = kSecond;
// Silence that lasts is told again.
constexpr Instant kAgain = 50 * kMilli;
constexpr Instant kStall = 10 * kMilli;
constexpr Instant kGrace = 10 * kMilli;
// A stranger that sends heartbeats gets this much of the event loop, in packets and packets a second.
constexpr double kBurst = 256;
constexpr double kRate = 1000;

int Fail(int error) {
  errno = error;
  return -1;
}

}  // namespace

HeartbeatThread::HeartbeatThread(Instant interval) : interval_(interval), allowance_(kBurst) {
  pthread_mutex_init(&mutex_, nullptr);
}

HeartbeatThread::~HeartbeatThread() {
  Stop();
  pthread_mutex_destroy(&mutex_);
}

int HeartbeatThread::Start(int told) {
  told_ = fcntl(told, F_DUPFD_CLOEXEC, 3);
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  int error = told_ < 0 || wake_ < 0 ? errno : 0;
  if (error == 0) {
    beat_due_ = Now() + interval_;
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

void HeartbeatThread::Stop() {
  if (running_) {
    pthread_mutex_lock(&mutex_);
    ending_ = true;
    Wake();
    pthread_mutex_unlock(&mutex_);
    pthread_join(thread_, nullptr);
    running_ = false;
  }
  Clear();
  for (const Ear& ear : ears_) close(ear.fd);
  ears_.clear();
  watches_.clear();
  queue_.clear();
  if (wake_ >= 0) close(wake_);
  if (told_ >= 0) close(told_);
  wake_ = told_ = -1;
}

bool HeartbeatThread::SetKeys(const Bytes& keys) {
  pthread_mutex_lock(&mutex_);
  bool set = keys_.Set(keys);
  pthread_mutex_unlock(&mutex_);
  return set;
}

void HeartbeatThread::Wind() {
  pthread_mutex_lock(&mutex_);
  wound_ = Now();
  pthread_mutex_unlock(&mutex_);
}

double HeartbeatThread::Steady() {
  pthread_mutex_lock(&mutex_);
  Instant now = Now();
  bool gap = now - beaten_ > 2 * interval_;
  double steady = gap ? 0 : static_cast<double>(now - steady_since_) / 1e3;
  pthread_mutex_unlock(&mutex_);
  return steady;
}

int HeartbeatThread::Aim(int fd, const SocketAddress& to, const Bytes& packet) {
  if (!running_) return Fail(EBADF);
  if (targets_.size() == kTargetsMax) return Fail(ENOSPC);
  // A descriptor of its own: the socket may be closed while the thread sends.
  int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (own < 0) return -1;
  pthread_mutex_lock(&mutex_);
  if (idle()) beat_due_ = Now() + interval_;
  targets_.push_back({own, to, {packet.data, packet.data + packet.size}});
  int number = static_cast<int>(targets_.size()) - 1;
  Wake();
  pthread_mutex_unlock(&mutex_);
  return number;
}

void HeartbeatThread::Clear() {
  pthread_mutex_lock(&mutex_);
  for (Target& target : targets_) close(target.fd);
  targets_.clear();
  pthread_mutex_unlock(&mutex_);
}

int HeartbeatThread::Listen(int fd) {
  int error = !running_ ? EBADF : ears_.size() == kEarsMax ? ENOSPC : 0;
  if (error != 0) {
    close(fd);
    return Fail(error);
  }
  pthread_mutex_lock(&mutex_);
  uint32_t number = next_number_++;
  if (idle()) beat_due_ = Now() + interval_;
  ears_.push_back({number, fd, 0});
  attentive_until_ = Now() + kAttentive;
  Wake();
  pthread_mutex_unlock(&mutex_);
  return static_cast<int>(number);
}

void HeartbeatThread::Unlisten(uint32_t number) {
  pthread_mutex_lock(&mutex_);
  for (auto ear = ears_.begin(); ear != ears_.end(); ++ear) {
    if (ear->number != number) continue;
    close(ear->fd);
    ears_.erase(ear);
    break;
  }
  for (auto watch = watches_.begin(); watch != watches_.end();) {
    watch = watch->second.ear == number ? watches_.erase(watch) : std::next(watch);
  }
  Wake();
  pthread_mutex_unlock(&mutex_);
}

const HeartbeatThread::Ear* HeartbeatThread::EarOf(uint32_t number) const {
  for (const Ear& ear : ears_) {
    if (ear.number == number) return &ear;
  }
  return nullptr;
}

int HeartbeatThread::Expect(uint32_t ear, const Expected& expected) {
  if (!running_ || EarOf(ear) == nullptr) return Fail(EBADF);
  if (watches_.size() == kWatchesMax) return Fail(ENOSPC);
  pthread_mutex_lock(&mutex_);
  uint32_t number = next_number_++;
  const Instant heard = Now() - expected.heard_ago;
  const Bytes& packet = expected.packet;
  watches_[number] = {ear,   {packet.data, packet.data + packet.size}, expected.sequence, heard, expected.silence,
                      heard + expected.silence};
  Wake();
  pthread_mutex_unlock(&mutex_);
  return static_cast<int>(number);
}

bool HeartbeatThread::Heard(uint32_t number, bool end, double* sequence, double* age) {
  pthread_mutex_lock(&mutex_);
  auto found = watches_.find(number);
  bool known = found != watches_.end();
  if (known) {
    *sequence = static_cast<double>(found->second.sequence);
    *age = static_cast<double>(Now() - found->second.heard) / 1e3;
    if (end) {
      watches_.erase(found);
      // Something is the matter with that process: what comes of it is wanted at once.
      attentive_until_ = Now() + kAttentive;
      Wake();
    }
  }
  pthread_mutex_unlock(&mutex_);
  return known;
}

std::vector<HeartbeatNews> HeartbeatThread::Take() {
  std::vector<HeartbeatNews> taken;
  pthread_mutex_lock(&mutex_);
  taken.swap(queue_);
  pthread_mutex_unlock(&mutex_);
  return taken;
}

HeartbeatThread::Counts HeartbeatThread::Read() {
  pthread_mutex_lock(&mutex_);
  Counts counts = counts_;
  counts_.latest = 0;
  pthread_mutex_unlock(&mutex_);
  return counts;
}

void* HeartbeatThread::Run(void* self) {
  prctl(PR_SET_NAME, "heartbeat");
  // The kernel may put wake-ups together within 50 us; here each is to be on time.
  prctl(PR_SET_TIMERSLACK, 1UL);
  static_cast<HeartbeatThread*>(self)->Loop();
  return nullptr;
}

void HeartbeatThread::Loop() {
  pthread_mutex_lock(&mutex_);
  while (!ending_) {
    Instant due = NextDue(Now());
    Wait(due);
    if (ending_) break;
    Instant now = Now();
    if (due != kNever && now - due > kStall) grace_ = now + kGrace;
    for (Ear& ear : ears_) Hear(&ear);
    now = Now();
    Judge(now);
    SendDue(now);
  }
  pthread_mutex_unlock(&mutex_);
}

Instant HeartbeatThread::NextDue(Instant now) const {
  Instant next = idle() ? kNever : beat_due_;
  for (const auto& [number, watch] : watches_) {
    Instant due = watch.due < grace_ && now < grace_ ? grace_ : watch.due;
    next = due < next ? due : next;
  }
  return next;
}

// Without the lock: until then, or until something can be read or has changed. While all is as expected, heartbeats wait in
// their socket for the next beat of this node; the kernel has written down when they came.
void HeartbeatThread::Wait(Instant until) {
  Instant now = Now();
  polled_.clear();
  polled_.push_back({wake_, POLLIN, 0});
  if (now < attentive_until_) {
    for (const Ear& ear : ears_) polled_.push_back({ear.fd, POLLIN, 0});
  }
  pthread_mutex_unlock(&mutex_);
  Instant left = until == kNever || until < now ? 0 : until - now;
  timespec most = {static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond)};
  ppoll(polled_.data(), polled_.size(), until == kNever ? nullptr : &most, nullptr);
  uint64_t times;
  if (polled_[0].revents != 0 && read(wake_, &times, sizeof times) < 0) times = 0;
  pthread_mutex_lock(&mutex_);
}

void HeartbeatThread::Hear(Ear* ear) {
  // One byte more than any heartbeat has, so that a longer packet is none.
  uint8_t buffer[kBeatMost + 1];
  for (int taken = 0; taken < kBatch; taken++) {
    SocketAddress from = {};
    alignas(cmsghdr) char control[kAgeRoom];
    iovec part = {buffer, sizeof buffer};
    msghdr message = {};
    message.msg_name = &from.storage;
    message.msg_namelen = sizeof from.storage;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    Instant now = Now();
    ssize_t size = recvmsg(ear->fd, &message, MSG_DONTWAIT);
    if (size < 0) {
      if (errno != EAGAIN && errno != EINTR) Tell({HeartbeatNews::Kind::kFault, ear->number, {}, {}, 0, errno});
      ear->read_until = now;
      return;
    }
    double age = AgeOf(&message);
    Instant at = Now() - static_cast<Instant>(age * 1e3);
    ear->read_until = at;
    if (Recognize(*ear, buffer, static_cast<size_t>(size), at)) continue;
    Tell({HeartbeatNews::Kind::kPacket, ear->number, {buffer, buffer + size}, from, age, 0});
  }
  // There may be more.
  attentive_until_ = Now() + kAttentive;
}

// True where nobody needs to look at the packet. One that was taken already is told: the event loop refuses and counts it.
bool HeartbeatThread::Recognize(const Ear& ear, const uint8_t* bytes, size_t size, Instant at) {
  for (auto& [number, watch] : watches_) {
    if (watch.ear != ear.number || !Alike(watch.packet, bytes, size)) continue;
    uint64_t sequence = SequenceOf(bytes);
    if (sequence <= watch.sequence || !keys_.Verify(bytes, size)) return false;
    watch.sequence = sequence;
    if (at > watch.heard) watch.heard = at;
    watch.due = watch.heard + watch.silence;
    counts_.alike++;
    return true;
  }
  return false;
}

void HeartbeatThread::Judge(Instant now) {
  if (now < grace_) return;
  for (auto& [number, watch] : watches_) {
    // Whatever arrived before is read before anybody is called silent, also where others send without end.
    auto* ear = EarOf(watch.ear);
    if (watch.due > now || ear == nullptr || watch.due > ear->read_until) continue;
    watch.due = now + kAgain;
    Tell({HeartbeatNews::Kind::kSilent, watch.ear, {}, {}, 0, 0});
  }
}

void HeartbeatThread::SendDue(Instant now) {
  if (beat_due_ > now) return;
  double late = static_cast<double>(now - beat_due_) / 1e3;
  if (!targets_.empty() && late > counts_.latest) counts_.latest = late;
  bool wound = now - wound_ <= kUnwound;
  for (Target& target : targets_) {
    if (wound) SendOne(&target);
    else counts_.empty++;
  }
  if (wound) {
    if (now - beaten_ > 2 * interval_) steady_since_ = now;
    beaten_ = now;
  }
  // After a stop (SIGSTOP, a machine that slept) what was missed is not made up for.
  beat_due_ = now - beat_due_ > interval_ ? now + interval_ : beat_due_ + interval_;
}

void HeartbeatThread::SendOne(Target* target) {
  auto& packet = target->packet;
  SetSequence(packet.data(), ++sequence_);
  auto once = [target, &packet] {
    return sendto(target->fd, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL, target->to.generic(),
                  target->to.size);
  };
  ssize_t sent = -1;
  if (keys_.Sign(&packet)) {
    sent = once();
    // An ICMP error of an earlier datagram is told once and in place of sending.
    if (sent < 0 && errno == ECONNREFUSED) sent = once();
  }
  (sent < 0 ? counts_.failed : counts_.sent)++;
}

void HeartbeatThread::Tell(HeartbeatNews news) {
  Instant now = Now();
  if (news.kind != HeartbeatNews::Kind::kSilent) {
    attentive_until_ = now + kAttentive;
    if (!MayTell()) {
      counts_.dropped++;
      return;
    }
  } else if (queue_.size() >= kQueueMax + kWatchesMax) {
    // It is told again.
    return;
  }
  queue_.push_back(std::move(news));
  uint64_t one = 1;
  // Full only after 2^64-2 events that nobody took.
  if (write(told_, &one, sizeof one) < 0) counts_.dropped++;
}

bool HeartbeatThread::MayTell() {
  Instant now = Now();
  allowance_ += static_cast<double>(now - allowed_at_) / 1e9 * kRate;
  if (allowance_ > kBurst) allowance_ = kBurst;
  allowed_at_ = now;
  if (allowance_ < 1 || queue_.size() >= kQueueMax) return false;
  allowance_ -= 1;
  return true;
}

void HeartbeatThread::Wake() {
  uint64_t one = 1;
  // Fails only where it is signalled already.
  if (wake_ >= 0 && write(wake_, &one, sizeof one) < 0) return;
}
