// What the thread does by itself, as long as it runs.
#include <poll.h>

#include <cerrno>
#include <utility>

#include "heartbeat-thread.h"
#include "received.h"

namespace {

// After something out of the ordinary packets are read as they come for so long.
constexpr Instant kAttentive = kSecond;
// Silence that lasts is told again.
constexpr Instant kAgain = 50 * kMilli;

}  // namespace

Instant HeartbeatThread::NextDue(Instant now) const {
  Instant next = idle() ? kNever : beat_due_;
  for (const auto& [number, watch] : watches_) {
    Instant due = JudgedAt(watch.due, now);
    next = due < next ? due : next;
  }
  return next;
}

// While all is as expected, heartbeats wait in their socket for the next beat of this node; the kernel has written down when
// they came.
void HeartbeatThread::AddPolled(std::vector<pollfd>* polled) const {
  if (Now() >= attentive_until_) return;
  for (const Ear& ear : ears_) polled->push_back({ear.fd, POLLIN, 0});
}

void HeartbeatThread::BeAttentive() { attentive_until_ = Now() + kAttentive; }

void HeartbeatThread::Hear() {
  for (Ear& ear : ears_) HearOne(&ear);
}

void HeartbeatThread::HearOne(Ear* ear) {
  // One byte more than any heartbeat has, so that a longer packet is none.
  uint8_t buffer[kBeatMost + 1];
  for (int taken = 0; taken < kBatch; taken++) {
    SocketAddress from = {};
    Received<> received;
    Instant now = Now();
    ssize_t size = received.Take(ear->fd, buffer, sizeof buffer, &from.storage);
    if (size < 0) {
      if (errno != EAGAIN && errno != EINTR) Tell({HeartbeatNews::Kind::kFault, ear->number, {}, {}, 0, errno});
      ear->read_until = now;
      return;
    }
    double age = received.Age();
    Instant at = Now() - static_cast<Instant>(age * 1e3);
    ear->read_until = at;
    if (Recognize(*ear, buffer, static_cast<size_t>(size), at)) continue;
    Tell({HeartbeatNews::Kind::kPacket, ear->number, {buffer, buffer + size}, from, age, 0});
  }
  // There may be more.
  BeAttentive();
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
  for (auto& [number, watch] : watches_) {
    // Whatever arrived before is read before anybody is called silent, also where others send without end.
    auto* ear = ears_.Find(watch.ear);
    if (watch.due > now || ear == nullptr || watch.due > ear->read_until) continue;
    watch.due = now + kAgain;
    Tell({HeartbeatNews::Kind::kSilent, watch.ear, {}, {}, 0, 0});
  }
}

void HeartbeatThread::SendDue(Instant now) {
  if (beat_due_ > now) return;
  double late = static_cast<double>(now - beat_due_) / 1e3;
  if (!targets_.empty() && late > counts_.latest) counts_.latest = late;
  bool wound = !Unwound(now);
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
  bool sent = keys_.Sign(&packet) && SendDatagram(target->fd, target->to, packet.data(), packet.size()) == 0;
  (sent ? counts_.sent : counts_.failed)++;
}

void HeartbeatThread::Tell(HeartbeatNews news) {
  if (news.kind != HeartbeatNews::Kind::kSilent) {
    BeAttentive();
    if (queue_.size() >= kQueueMax || !allowance_.Take()) {
      counts_.dropped++;
      return;
    }
  } else if (queue_.size() >= kQueueMax + kWatchesMax) {
    // It is told again.
    return;
  }
  queue_.push_back(std::move(news));
  if (!Ring()) counts_.dropped++;
}
