// What the thread does by itself, as long as it runs.
#include <poll.h>

#include <cstring>

#include "bfd-socket.h"
#include "bfd-thread.h"

namespace {

uint32_t Word(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) << 24 | static_cast<uint32_t>(at[1]) << 16 | static_cast<uint32_t>(at[2]) << 8 |
         at[3];
}

// Not like the last packet, but of the same peer and still up: a sign of life, whatever else it brings. Version, state, the
// bits A and M, multiplier, length and both discriminators are looked at.
bool IsHarmless(const uint8_t* expected, const Told& packet) {
  const uint8_t* bytes = packet.bytes;
  return packet.length == kControlPacket && bytes[0] >> 5 == 1 && bytes[1] >> 6 == 3 && (bytes[1] & 0x05) == 0 &&
         bytes[2] != 0 && bytes[3] == kControlPacket && memcmp(bytes + 4, expected + 4, 8) == 0;
}

}  // namespace

Instant BfdThread::NextDue(Instant now) const {
  Instant next = kNever;
  auto earliest = [&next](Instant due) { next = due < next ? due : next; };
  for (const auto& [number, line] : lines_) {
    if (!line->watch.told) earliest(line->pace.due());
    earliest(line->echo_pace.due());
    for (Instant due : {line->watch.due(), line->echo_watch.due()}) {
      if (due != kNever) earliest(JudgedAt(due, now));
    }
  }
  return next;
}

void BfdThread::AddPolled(std::vector<pollfd>* polled) const {
  for (const Ear& ear : ears_) polled->push_back({ear.fd, POLLIN, 0});
  for (const auto& [number, line] : lines_) {
    if (line->echo.fd() >= 0) polled->push_back({line->echo.fd(), POLLIN, 0});
  }
}

void BfdThread::Hear() {
  for (const Ear& ear : ears_) HearControl(ear);
  for (auto& [number, line] : lines_) HearEchoes(line.get());
}

void BfdThread::HearControl(const Ear& ear) {
  for (int taken = 0; taken < kBatch; taken++) {
    Told told = {};
    told.kind = Told::Kind::kPacket;
    told.which = ear.number;
    if (!ReceiveTold(ear.fd, &told)) return;
    if (!Recognize(ear, told, Now())) Tell(told, true);
  }
}

// True where nobody needs to look at the packet.
bool BfdThread::Recognize(const Ear& ear, const Told& packet, Instant now) {
  if (packet.size < kControlPacket) return false;
  auto found = by_discriminator_.find(Word(packet.bytes + 8));
  if (found == by_discriminator_.end()) return false;
  Line* line = found->second;
  if (!line->expects || line->ear != ear.number || packet.ttl < line->lowest_ttl) return false;
  bool alike = packet.length == kControlPacket && memcmp(packet.bytes, line->expected, kControlPacket) == 0;
  if (!alike && !IsHarmless(line->expected, packet)) return false;
  Instant at = now - static_cast<Instant>(packet.age * 1e3);
  if (at > line->watch.heard) line->watch.heard = at;
  if (!alike || line->tell_all) return false;
  line->counts.alike++;
  return true;
}

void BfdThread::HearEchoes(Line* line) {
  if (line->echo.fd() < 0) return;
  double age = 0;
  for (int taken = 0; taken < kBatch; taken++) {
    int came = line->echo.Receive(&age);
    if (came < 0) return;
    if (came == 0) continue;
    Instant at = Now() - static_cast<Instant>(age * 1e3);
    if (at > line->echo_watch.heard) line->echo_watch.heard = at;
    line->counts.echoes_returned++;
    // Until it is known that they return.
    if (line->echo_watch.most == 0) {
      Told told = {};
      told.kind = Told::Kind::kEchoReturned;
      told.which = line->discriminator;
      Tell(told, true);
    }
  }
}

void BfdThread::Judge(Instant now) {
  for (auto& [number, line] : lines_) {
    for (Watch* watch : {&line->watch, &line->echo_watch}) {
      if (watch->due() > now) continue;
      watch->told = true;
      Told told = {};
      told.kind = watch == &line->watch ? Told::Kind::kSilent : Told::Kind::kEchoLost;
      told.which = line->discriminator;
      told.age = static_cast<double>(now - watch->heard) / 1e3;
      Tell(told, false);
    }
  }
}

void BfdThread::SendDue(Instant now) {
  for (auto& [number, line] : lines_) {
    // Until the event loop has said what follows from the silence.
    if (line->pace.due() <= now && !line->watch.told) {
      double late = static_cast<double>(now - line->pace.due()) / 1e3;
      if (late > health_.latest) health_.latest = late;
      if (!Unwound(now)) SendOn(line.get(), line->packet);
      line->pace.Done(now);
    }
    if (line->echo_pace.due() <= now) {
      int error = Unwound(now) ? 0 : line->echo.Send();
      line->counts.echo_error = error;
      (error == 0 ? line->counts.echoes_sent : line->counts.echoes_failed)++;
      line->echo_pace.Done(now);
    }
  }
}

int BfdThread::SendOn(Line* line, const uint8_t* packet) {
  line->counts.error = SendDatagram(line->fd, line->peer, packet, kControlPacket);
  (line->counts.error == 0 ? line->counts.sent : line->counts.failed)++;
  return line->counts.error;
}

void BfdThread::Tell(const Told& told, bool bounded) {
  if (!mailbox_.Put(told, bounded) || !Ring()) health_.dropped++;
}
