// When BFD's packets are due, and how long silence may last.
#pragma once

#include "instant.h"

// When something that is repeated is due: the interval less a random 10 to 25 % (RFC 5880 section 6.8.7).
class Pace {
 public:
  void Start(Instant interval, Instant now);
  void Stop() { interval_ = 0; }
  // Another interval, counted from when it was last done; at once if that time has passed (section 6.8.3).
  void Change(Instant interval, Instant now);
  // It was done at `now`. The next time counts from when it was due, so that delays do not add up, and is never sooner
  // than 75 % of the interval from now.
  void Done(Instant now);
  // It was done out of turn.
  void Restart(Instant now);
  Instant interval() const { return interval_; }
  Instant due() const { return interval_ == 0 ? kNever : due_; }

 private:
  Instant Gap() const;
  Instant interval_ = 0;
  Instant due_ = 0;
  Instant done_ = 0;
};

// Tells once that nothing was heard for some time.
struct Watch {
  Instant heard = 0;
  // 0: silence means nothing.
  Instant most = 0;
  bool told = false;
  Instant due() const { return most == 0 || told ? kNever : heard + most; }
};
