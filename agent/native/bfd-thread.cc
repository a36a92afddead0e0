// What the event loop asks of the thread.
#include "bfd-thread.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "bfd-socket.h"

namespace {

constexpr size_t kStack = 128 * 1024;
constexpr size_t kEarsMax = 256;
constexpr size_t kLinesMax = 1024;

int Fail(int error) {
  errno = error;
  return -1;
}

}  // namespace

BfdThread::BfdThread() { pthread_mutex_init(&mutex_, nullptr); }

BfdThread::~BfdThread() {
  Stop();
  pthread_mutex_destroy(&mutex_);
}

int BfdThread::Start(int told) {
  told_ = fcntl(told, F_DUPFD_CLOEXEC, 3);
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  int error = told_ < 0 || wake_ < 0 ? errno : 0;
  if (error == 0) {
    wound_ = Now();
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

void BfdThread::Stop() {
  if (running_) {
    pthread_mutex_lock(&mutex_);
    ending_ = true;
    Wake();
    pthread_mutex_unlock(&mutex_);
    pthread_join(thread_, nullptr);
    running_ = false;
  }
  for (const Ear& ear : ears_) close(ear.fd);
  for (auto& [number, line] : lines_) {
    close(line->fd);
    line->echo.Close();
  }
  ears_.clear();
  lines_.clear();
  by_discriminator_.clear();
  mailbox_.Clear();
  if (wake_ >= 0) close(wake_);
  if (told_ >= 0) close(told_);
  wake_ = told_ = -1;
}

int BfdThread::Listen(uint32_t interface, int family, uint16_t port) {
  if (!running_) return Fail(EBADF);
  if (ears_.size() == kEarsMax) return Fail(ENOSPC);
  int fd = OpenEar(interface, family, port);
  if (fd < 0) return -1;
  pthread_mutex_lock(&mutex_);
  uint32_t number = next_number_++;
  ears_.push_back({number, fd});
  Wake();
  pthread_mutex_unlock(&mutex_);
  return static_cast<int>(number);
}

void BfdThread::Unlisten(uint32_t number) {
  pthread_mutex_lock(&mutex_);
  for (auto ear = ears_.begin(); ear != ears_.end(); ++ear) {
    if (ear->number != number) continue;
    close(ear->fd);
    ears_.erase(ear);
    break;
  }
  Wake();
  pthread_mutex_unlock(&mutex_);
}

int BfdThread::Open(uint32_t ear, uint32_t interface, uint32_t discriminator, uint8_t lowest_ttl,
                    const SocketAddress& local, const SocketAddress& peer) {
  if (!running_) return Fail(EBADF);
  if (lines_.size() == kLinesMax) return Fail(ENOSPC);
  if (by_discriminator_.count(discriminator) > 0) return Fail(EEXIST);
  if (local.storage.ss_family != peer.storage.ss_family) return Fail(EAFNOSUPPORT);
  int fd = OpenSender(interface, local);
  if (fd < 0) return -1;
  auto line = std::make_unique<Line>();
  line->peer = peer;
  AddScope(&line->peer, interface);
  line->fd = fd;
  line->ear = ear;
  line->discriminator = discriminator;
  line->lowest_ttl = lowest_ttl;
  pthread_mutex_lock(&mutex_);
  uint32_t number = line->number = next_number_++;
  by_discriminator_[discriminator] = line.get();
  lines_[number] = std::move(line);
  pthread_mutex_unlock(&mutex_);
  return static_cast<int>(number);
}

void BfdThread::Close(uint32_t number) {
  pthread_mutex_lock(&mutex_);
  auto found = lines_.find(number);
  if (found != lines_.end()) {
    close(found->second->fd);
    found->second->echo.Close();
    by_discriminator_.erase(found->second->discriminator);
    lines_.erase(found);
    Wake();
  }
  pthread_mutex_unlock(&mutex_);
}

bool BfdThread::SetPlan(uint32_t number, const Plan& plan) {
  pthread_mutex_lock(&mutex_);
  auto found = lines_.find(number);
  if (found != lines_.end()) {
    Line* line = found->second.get();
    Instant now = Now();
    if (plan.packet.size == 0) {
      line->pace.Stop();
    } else {
      memcpy(line->packet, plan.packet.data, kControlPacket);
      line->pace.Change(plan.interval, now);
    }
    Instant heard = now - plan.heard_ago;
    if (heard > line->watch.heard) line->watch.heard = heard;
    line->watch.most = plan.detection;
    line->watch.told = false;
    line->expects = plan.expected.size > 0;
    if (line->expects) memcpy(line->expected, plan.expected.data, kControlPacket);
    line->tell_all = plan.tell_all;
    Wake();
  }
  pthread_mutex_unlock(&mutex_);
  return found != lines_.end();
}

int BfdThread::SetEcho(uint32_t number, Instant interval, Instant detection, const Bytes& filter) {
  pthread_mutex_lock(&mutex_);
  int error = EBADF;
  auto found = lines_.find(number);
  if (found != lines_.end()) {
    Line* line = found->second.get();
    Instant now = Now();
    error = 0;
    if (interval == 0) {
      line->echo.Close();
      line->echo_pace.Stop();
      line->echo_watch = {};
    } else {
      if (line->echo.fd() < 0) {
        sockaddr_storage own = {};
        socklen_t size = sizeof own;
        // The interface of the socket, by the name that the kernel has it under.
        char name[IF_NAMESIZE] = {};
        socklen_t length = sizeof name;
        if (line->peer.storage.ss_family != AF_INET) {
          error = EAFNOSUPPORT;
        } else if (getsockname(line->fd, reinterpret_cast<sockaddr*>(&own), &size) != 0 ||
                   getsockopt(line->fd, SOL_SOCKET, SO_BINDTODEVICE, name, &length) != 0) {
          error = errno;
        } else {
          error = line->echo.Open(if_nametoindex(name), *reinterpret_cast<sockaddr_in*>(&own),
                                  *reinterpret_cast<const sockaddr_in*>(&line->peer.storage), line->discriminator,
                                  filter);
        }
        if (error == 0) line->echo_pace.Start(interval, now);
      } else {
        line->echo_pace.Change(interval, now);
      }
      line->echo_watch.most = error == 0 ? detection : 0;
      line->echo_watch.told = false;
      if (line->echo_watch.heard == 0) line->echo_watch.heard = now;
    }
    Wake();
  }
  pthread_mutex_unlock(&mutex_);
  return error;
}

int BfdThread::Send(uint32_t number, const Bytes& packet) {
  pthread_mutex_lock(&mutex_);
  int error = EBADF;
  auto found = lines_.find(number);
  if (found != lines_.end()) {
    error = SendOn(found->second.get(), packet.data);
    // An answer to a Poll (the bit F) is no periodic packet.
    bool final = (packet.data[1] & 0x10) != 0;
    if (!final && found->second->pace.interval() != 0) found->second->pace.Restart(Now());
    Wake();
  }
  pthread_mutex_unlock(&mutex_);
  return error;
}

bool BfdThread::Read(uint32_t number, LineCounts* counts, double* heard_ago) {
  pthread_mutex_lock(&mutex_);
  auto found = lines_.find(number);
  if (found != lines_.end()) {
    *counts = found->second->counts;
    Instant heard = found->second->watch.heard;
    *heard_ago = heard == 0 ? -1 : static_cast<double>(Now() - heard) / 1e3;
  }
  pthread_mutex_unlock(&mutex_);
  return found != lines_.end();
}

void BfdThread::Wind() {
  pthread_mutex_lock(&mutex_);
  wound_ = Now();
  pthread_mutex_unlock(&mutex_);
}

std::vector<Told> BfdThread::Take() {
  pthread_mutex_lock(&mutex_);
  std::vector<Told> taken = mailbox_.Take();
  pthread_mutex_unlock(&mutex_);
  return taken;
}

BfdThread::Health BfdThread::ReadHealth() {
  pthread_mutex_lock(&mutex_);
  Health health = health_;
  health_.latest = 0;
  pthread_mutex_unlock(&mutex_);
  return health;
}

void BfdThread::Wake() {
  uint64_t one = 1;
  // Fails only where it is signalled already.
  if (wake_ >= 0 && write(wake_, &one, sizeof one) < 0) return;
}
