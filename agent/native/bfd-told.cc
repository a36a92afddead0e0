#include "bfd-told.h"

bool Mailbox::Put(const Told& told, bool bounded) {
  if (bounded) {
    if (packets_ == kQueueMax || !allowance_.Take()) return false;
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
