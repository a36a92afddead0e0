import { HeartbeatChild } from "./heartbeat-child.ts"
import { makeSegment } from "./segment.ts"
import { waitFor } from "./wait.ts"

/** A peer that listens and a node whose heart beats. `hear`: the peer prints what comes; `watch`: it has an ear for heartbeats. */
export class HeartbeatEnds {
  readonly segment = makeSegment()
  readonly ear: HeartbeatChild
  #heart: HeartbeatChild | undefined

  constructor(how: "hear" | "watch") {
    this.ear = new HeartbeatChild(this.segment.peer, how)
  }

  get heart(): HeartbeatChild {
    if (this.#heart === undefined) throw new Error("no heart beats yet")
    return this.#heart
  }

  /** Beats every `interval` ms, in place of the heart before. */
  async begin(interval = 50): Promise<HeartbeatChild> {
    await waitFor("the listener", () => this.ear.lines[0])
    await this.#heart?.end()
    this.#heart = new HeartbeatChild(this.segment.node, "beat", String(interval))
    return this.#heart
  }

  async end(): Promise<void> {
    await this.ear.end()
    await this.#heart?.end()
    this.segment.remove()
  }
}
