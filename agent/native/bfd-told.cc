#include "bfd-told.h"

bool Mailbox::Put(const Told& told, bool bounded) {
  if (bounded) {
    Instant now = Now();
    allowance_ += static_cast<double>(now - allowed_at_) / 1e9 * kRate;
    if (allowance_ > kBurst) allowance_ = kBurst;
    allowed_at_ = now;
    if (allowance_ < 1 || packets_ == kQueueMax) return false;
    allowance_ -= 1;
    packets_++;
  }
  queue_.push_back(told);
  return true;
}

std::vector<Told> Mailbox::Take() {
  std::vector<Told> taken;
  taken.swap(queue_);
  packets_ = 0;
  return taken;
}
