// A stranger whose packets have to be looked at gets this much of the event loop, in packets and packets a second; what is
// like the last packet costs it nothing. Whoever uses it holds the thread's lock.
#pragma once

#include "instant.h"

class Allowance {
 public:
  // False where nothing is left.
  bool Take() {
    Instant now = Now();
    left_ += static_cast<double>(now - counted_at_) / 1e9 * kRate;
    if (left_ > kBurst) left_ = kBurst;
    counted_at_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  static constexpr double kBurst = 256;
  static constexpr double kRate = 1000;
  double left_ = kBurst;
  Instant counted_at_ = 0;
};
