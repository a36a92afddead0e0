#include "bfd-pace.h"

namespace {

// For jitter alone: [0, 1).
double Chance() {
  static thread_local uint64_t state = static_cast<uint64_t>(Now()) | 1;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return static_cast<double>(state >> 11) / 9007199254740992.0;
}

}  // namespace

Instant Pace::Gap() const { return static_cast<Instant>(static_cast<double>(interval_) * (0.75 + 0.15 * Chance())); }

void Pace::Start(Instant interval, Instant now) {
  interval_ = interval;
  due_ = now;
}

void Pace::Change(Instant interval, Instant now) {
  if (interval_ == interval) return;
  bool first = interval_ == 0 && done_ == 0;
  interval_ = interval;
  due_ = first ? now : done_ + Gap();
  if (due_ < now) due_ = now;
}

void Pace::Done(Instant now) {
  done_ = now;
  Instant next = due_ + Gap();
  Instant soonest = now + interval_ * 3 / 4;
  due_ = next > soonest ? next : soonest;
}

void Pace::Restart(Instant now) {
  done_ = now;
  due_ = now + Gap();
}
