import type { Beat, Expected } from "../../../agent/core/detector/expected.ts"

/** Between two looks at the socket while every heartbeat is expected, and between two signs of silence that lasts. */
const lookEvery = 50
const silence = 150

type Watch = { readonly expected: Expected; heard: number; told: boolean; due: number }

/** What the thread needs of its process. */
export type Process = {
  readonly clock: () => number
  readonly after: (delay: number, run: () => void) => void
  /** A heartbeat that nobody expects, received at `at`. */
  readonly tell: (beat: Beat) => void
  readonly silent: () => void
}

/**
 * The native thread that hears heartbeats: expected ones wait in the socket for its next look, and the event loop is told of silence
 * alone. "pause" stops the thread too, and what comes meanwhile waits with the time at which the kernel received it.
 */
export class HearingThread {
  readonly #process: Process
  #watches: Watch[] = []
  #socket: Beat[] = []
  #stopped = false
  #ended = false

  constructor(process: Process) {
    this.#process = process
    this.#look()
  }

  /** A heartbeat reached the kernel. What is out of the ordinary is read at once. */
  arrive(beat: Beat): void {
    if (this.#ended) return
    this.#socket.push(beat)
    if (!this.#stopped && this.#watchOf(beat) === undefined) this.#read()
  }

  /** From `expect` of the core; `beatAt` is the last heartbeat that the event loop knows of. */
  expect(expected: readonly Expected[], beatAt: (expected: Expected) => number): void {
    this.#watches = expected.map(one => {
      const heard = beatAt(one)
      return this.#watchOf(one) ?? { expected: one, heard, told: true, due: heard + silence }
    })
    for (const watch of this.#watches) this.#alarm(watch)
  }

  /** What came since this was asked before. */
  heard(): readonly Beat[] {
    const news = this.#watches.filter(({ told }) => !told)
    for (const watch of news) watch.told = true
    return news.map(({ expected, heard }) => ({ ...expected, at: heard }))
  }

  pause(): void {
    this.#stopped = true
  }

  resume(): void {
    this.#stopped = false
    this.#read()
    for (const watch of this.#watches) this.#alarm(watch)
  }

  end(): void {
    this.#ended = true
  }

  #watchOf({ node, link, boot, mac }: Expected): Watch | undefined {
    return this.#watches.find(
      ({ expected }) =>
        expected.node === node && expected.link === link && expected.boot === boot && expected.mac === mac,
    )
  }

  #look(): void {
    if (this.#ended) return
    if (!this.#stopped) this.#read()
    this.#process.after(lookEvery, () => this.#look())
  }

  #read(): void {
    const waiting = this.#socket
    this.#socket = []
    for (const beat of waiting) {
      const watch = this.#watchOf(beat)
      if (watch === undefined) this.#process.tell(beat)
      else if (beat.at > watch.heard) {
        watch.heard = beat.at
        watch.told = false
        watch.due = beat.at + silence
      }
    }
  }

  #alarm(watch: Watch): void {
    this.#process.after(Math.max(0, watch.due - this.#process.clock()), () => {
      if (this.#ended || this.#stopped || !this.#watches.includes(watch)) return
      this.#read()
      if (watch.due <= this.#process.clock()) {
        watch.due = this.#process.clock() + lookEvery
        this.#process.silent()
      }
      this.#alarm(watch)
    })
  }
}
