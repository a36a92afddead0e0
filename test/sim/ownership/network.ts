import type { Random } from "./random.ts"
import type { Timeline } from "./timeline.ts"

/** One broadcast domain: which ends reach which, how often a packet is lost, and how long it takes. */
export class Network {
  readonly #cuts = new Map<string, number>()
  readonly #down = new Map<string, number>()
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #loss: number
  #extraLoss: readonly number[] = []

  constructor(timeline: Timeline, random: Random, loss: number) {
    this.#timeline = timeline
    this.#random = random
    this.#loss = loss
  }

  /** Opens or closes the way from one end to the other. Cuts add up: a way is open when every cut of it ended. */
  cut(from: string, to: string, by: 1 | -1): void {
    add(this.#cuts, `${from} ${to}`, by)
  }

  /** Pulls the cable of an end, or powers it off: nothing comes or goes. */
  unplug(end: string, by: 1 | -1): void {
    add(this.#down, end, by)
  }

  isPlugged(end: string): boolean {
    return (this.#down.get(end) ?? 0) === 0
  }

  setExtraLoss(loss: number, add: boolean): void {
    this.#extraLoss = add
      ? [...this.#extraLoss, loss]
      : this.#extraLoss.filter((_, at) => at !== this.#extraLoss.indexOf(loss))
  }

  get loss(): number {
    return Math.max(this.#loss, ...this.#extraLoss)
  }

  /** A packet could pass in this direction now. */
  isOpen(from: string, to: string): boolean {
    return from !== to && this.isPlugged(from) && this.isPlugged(to) && (this.#cuts.get(`${from} ${to}`) ?? 0) === 0
  }

  /** The two hear each other: both ways are open. */
  isMutual(a: string, b: string): boolean {
    return this.isOpen(a, b) && this.isOpen(b, a)
  }

  /** Carries one packet, or loses it. */
  carry(from: string, to: string, arrive: () => void): void {
    if (!this.isOpen(from, to) || this.#random.chance(this.loss)) return
    this.#timeline.after(0.05 + this.#random.next() * 0.3, () => {
      if (this.isOpen(from, to)) arrive()
    })
  }
}

const add = (counts: Map<string, number>, key: string, by: number): void => {
  counts.set(key, Math.max(0, (counts.get(key) ?? 0) + by))
}
