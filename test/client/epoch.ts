/** Milliseconds since the epoch at performance.now's zero, by the clock as it goes now: `timeOrigin` is what it was at the start, before it was set. */
export const epochOfNow = (): number => {
  const looks = Array.from({ length: 5 }, () => {
    const before = Date.now()
    // Date.now counts whole milliseconds: it is exact in the moment when it changes.
    while (Date.now() === before);
    return Date.now() - performance.now()
  })
  // Whoever is held up between the two clocks finds too little.
  return Math.max(...looks)
}
