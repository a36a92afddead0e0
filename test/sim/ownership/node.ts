import type { Beat, Expected } from "../../../agent/core/detector/expected.ts"
import { keyOf } from "../../../agent/core/detector/pair.ts"
import type { Peer } from "../../../agent/core/detector/peer.ts"
import type { Target } from "../../../agent/core/detector/state.ts"
import {
  newSpeaker,
  type SpeakerEffect,
  type SpeakerEvent,
  type SpeakerState,
  speakerStep,
} from "../../../agent/core/ownership/speaker.ts"
import type { TapedEvent } from "../../../agent/speaker/guard-terms.ts"
import { createTape } from "../../../agent/speaker/tape.ts"
import { crypto } from "./order.ts"
import { HearingThread } from "./thread.ts"

/** What a node's process needs of the world around it. */
export type Surroundings = {
  readonly now: () => number
  readonly after: (delay: number, run: () => void) => void
  /** Milliseconds until the scheduler gives the process the CPU. */
  readonly wait: () => number
  readonly chance: (probability: number) => boolean
  readonly perform: (node: SimNode, effect: SpeakerEffect) => void
  readonly changed: () => void
  /** An owner went on after it stood still, and its heartbeats with it, as if nothing had happened. */
  readonly unnoticed: (node: SimNode) => void
}

export const link = "192.168.1.0/24"

/** The event loop looks at the clock so often, whatever else it does. */
const turnEvery = 150

/** One node: a kernel that answers for its own address, and a speaker's process that may stand still, die and come back. */
export class SimNode {
  readonly name: string
  readonly address: string
  readonly mac: string
  /** What it answers for, and the MAC that its answers carry: another's where it stands in. */
  readonly answering = new Map<string, string>()
  /** Targets of the native thread, which sends for 500 ms after the event loop stopped. */
  targets: readonly Target[] = []
  /** Connections that others accepted, by name, with the start of the process that did: one that lost its power closes none. */
  readonly lifelines = new Map<string, number>()
  running = false
  boot = 0
  startedAt = 0
  leaving = false
  left = false
  /** When the loop stopped: "pause" stops every thread, "hang" the event loop alone. */
  stopped: { readonly kind: "pause" | "hang"; readonly since: number } | undefined
  speaker: SpeakerState
  /** As the speaker keeps one of itself; of this process. */
  tape = createTape<SpeakerState, TapedEvent>()
  #clockAhead = 0
  #timer = 0
  #waiting: (() => void)[] = []
  #discardBefore = Number.NEGATIVE_INFINITY
  #thread: HearingThread | undefined
  #turnDue = Infinity
  /** Since when heartbeats have left without a gap of more than 100 ms. */
  #steadySince = 0
  readonly #around: Surroundings
  readonly #failbackAfter: number | undefined

  /** The speaker is MetalLB's: it knows nothing of ours, and answers for what the cluster gives it. */
  readonly isForeign: boolean
  #mixed = false

  constructor(
    index: number,
    name: string,
    failbackAfter: number | undefined,
    around: Surroundings,
    isForeign: boolean,
  ) {
    this.name = name
    this.isForeign = isForeign
    this.address = `192.168.1.${100 + index}`
    this.mac = `02:00:00:00:00:${(index + 1).toString(16).padStart(2, "0")}`
    this.#around = around
    this.#failbackAfter = failbackAfter
    this.speaker = newSpeaker(name, 0, this.#policy())
  }

  /** What this node's monotonic clock says. */
  clock(): number {
    return this.#around.now() + this.#clockAhead
  }

  /** The loop turns. */
  get awake(): boolean {
    return this.running && this.stopped === undefined
  }

  get beating(): boolean {
    if (!this.running) return false
    return this.stopped === undefined || (this.stopped.kind === "hang" && this.#around.now() - this.stopped.since < 500)
  }

  start(peers: readonly Peer[]): void {
    this.boot = Math.round(1_700_000_000_000 + this.#around.now())
    this.speaker = newSpeaker(this.name, this.boot, this.#policy())
    this.tape = createTape()
    this.startedAt = this.#around.now()
    this.running = true
    this.leaving = false
    this.left = false
    this.stopped = undefined
    this.#steadySince = this.clock()
    this.#thread = this.#startThread()
    this.#turn(this.boot)
    this.step({ type: "peers", peers })
    this.setLink(true)
  }

  end(): void {
    this.running = false
    this.stopped = undefined
    this.targets = []
    this.lifelines.clear()
    this.#waiting = []
    this.#timer += 1
    this.#thread?.end()
    this.#thread = undefined
    this.answering.clear()
    this.#around.changed()
  }

  setLink(up: boolean): void {
    this.step({ type: "links", links: [{ link, mac: this.mac, address: this.address, up, gateways: ["192.168.1.1"] }] })
  }

  /** A live speaker is MetalLB's, or none is any longer. */
  setMixed(mixed: boolean): void {
    if (this.#mixed === mixed) return
    this.#mixed = mixed
    this.step({ type: "policy", policy: this.#policy() })
  }

  /** A speaker of MetalLB answers for exactly these. */
  answerFor(vips: readonly string[]): void {
    this.answering.clear()
    for (const vip of vips) this.answering.set(vip, this.mac)
    this.#around.changed()
  }

  /** Something reached the kernel for this process: it is read as soon as the loop turns. */
  receive(read: (at: number) => void): void {
    if (!this.running) return
    const at = this.clock()
    const boot = this.boot
    this.#around.after(this.#around.wait(), () => {
      if (!this.running || this.boot !== boot) return
      if (this.stopped !== undefined) this.#waiting.push(() => read(at))
      else read(at)
    })
  }

  /** A heartbeat reached the kernel. */
  hear(beat: Omit<Beat, "at">): void {
    if (this.running) this.#thread?.arrive({ ...beat, at: this.clock() })
  }

  /**
   * An ARP request for one of the VIPs, received at `at`, and the MAC that the answer carries: dropped where it is from before a
   * stall (ARP's part of it).
   */
  answers(vip: string, at: number): string | undefined {
    if (at < this.#discardBefore) return undefined
    if (this.clock() - at > 100) this.step({ type: "stalled", since: at })
    return at >= this.#discardBefore ? this.answering.get(vip) : undefined
  }

  stop(kind: "pause" | "hang"): void {
    if (!this.running || this.stopped !== undefined) return
    this.stopped = { kind, since: this.#around.now() }
    if (kind === "pause") this.#thread?.pause()
    this.#around.changed()
  }

  /** Timers and what waits in the sockets come in either order: the first of them finds out that the loop stood still. */
  resume(): void {
    if (this.stopped === undefined) return
    const owned = [...this.answering.keys()]
    const { kind, since } = this.stopped
    const missed = this.#around.now() - since > (kind === "pause" ? 100 : 600)
    if (missed) this.#steadySince = this.clock()
    const late = missed && this.clock() - Math.min(this.#due(), this.#turnDue) > 100
    this.stopped = undefined
    this.#thread?.resume()
    const waiting = this.#waiting
    this.#waiting = []
    const timerFirst = this.#around.chance(0.5)
    if (timerFirst) this.#timers()
    for (const read of waiting) if (this.awake) read()
    if (!timerFirst) this.#timers()
    if (late && !this.isForeign && owned.length > 0 && this.#discardBefore < this.clock()) this.#around.unnoticed(this)
    this.#around.changed()
  }

  jumpClock(by: number): void {
    this.#clockAhead += by
    this.#steadySince = this.clock()
    if (this.awake) this.#timers()
  }

  /** What the thread has heard is known before anything else is decided. */
  step(event: SpeakerEvent): void {
    if (!this.running || this.isForeign) return
    const beats = this.#thread?.heard() ?? []
    if (beats.length > 0) this.#run({ type: "heard", beats })
    this.#run(event)
  }

  #run(event: SpeakerEvent): void {
    if (!this.running) return
    const steadySince = this.#steadySince
    this.tape.note(this.speaker, { ...event, steadySince }, this.clock())
    const { next, effects, wakeAt } = speakerStep(this.speaker, event, this.clock(), crypto, steadySince)
    this.speaker = next
    for (const effect of effects) this.#perform(effect)
    this.#timer += 1
    if (wakeAt === undefined) return
    const timer = this.#timer
    this.#around.after(Math.max(0, wakeAt - this.clock()) + this.#around.wait(), () => {
      if (timer === this.#timer && this.awake) this.step({ type: "wake" })
    })
  }

  #due(): number {
    return Math.min(this.speaker.detectorWake ?? Infinity, this.speaker.ownershipWake ?? Infinity)
  }

  #timers(): void {
    this.#lookAtClock()
    this.#wakeIfDue()
  }

  #turn(boot: number): void {
    if (!this.running || this.boot !== boot) return
    if (this.awake) this.#lookAtClock()
    this.#around.after(turnEvery, () => this.#turn(boot))
  }

  #lookAtClock(): void {
    const due = this.#turnDue
    this.#turnDue = this.clock() + turnEvery
    if (this.clock() - due > 100) this.step({ type: "stalled", since: due })
  }

  #startThread(): HearingThread {
    const { boot } = this
    const mine = (run: () => void) => this.receive(() => this.boot === boot && run())
    return new HearingThread({
      clock: () => this.clock(),
      after: (delay, run) => this.#around.after(delay, run),
      tell: ({ node: from, boot: of, mac, at }) =>
        mine(() =>
          this.step({ type: "packet", from, boot: of, link, via: link, at, message: { type: "heartbeat", mac } }),
        ),
      silent: () => mine(() => this.step({ type: "wake" })),
    })
  }

  #wakeIfDue(): void {
    const due = this.#due()
    if (this.running && due <= this.clock()) this.step({ type: "wake" })
    else if (this.running && due < Infinity) this.#rearm(due)
  }

  #rearm(due: number): void {
    this.#timer += 1
    const timer = this.#timer
    this.#around.after(due - this.clock(), () => {
      if (timer === this.#timer && this.awake) this.step({ type: "wake" })
    })
  }

  #perform(effect: SpeakerEffect): void {
    const before = this.answering.size
    if (effect.type === "start") this.answering.set(effect.vip, this.mac)
    if (effect.type === "stand-in") this.answering.set(effect.vip, effect.mac)
    if (effect.type === "stop" || effect.type === "stand-down") this.answering.delete(effect.vip)
    if (effect.type === "start" || effect.type === "stand-in" || before !== this.answering.size) this.#around.changed()
    if (effect.type === "heartbeats") this.targets = effect.targets
    if (effect.type === "expect") this.#thread?.expect(effect.expected, expected => this.#beatAt(expected))
    if (effect.type === "discard-older") this.#discardBefore = this.clock()
    if (effect.type === "left") this.left = true
    this.#around.perform(this, effect)
  }

  #beatAt({ node, link }: Expected): number {
    return this.speaker.detector.pairs.get(keyOf(node, link))?.beatAt ?? this.clock()
  }

  #policy() {
    return { failbackAfter: this.#failbackAfter, mixed: this.#mixed }
  }
}
