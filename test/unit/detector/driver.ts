import { createHash } from "node:crypto"
import type { Crypto } from "../../../agent/core/crypto.ts"
import type { DetectorMessage } from "../../../agent/core/detector/message.ts"
import type { Peer } from "../../../agent/core/detector/peer.ts"
import { type DetectorEffect, type DetectorEvent, newDetector } from "../../../agent/core/detector/state.ts"
import { detectorStep } from "../../../agent/core/detector/step.ts"
import { silenceAt } from "./silence-at.ts"

export const lan = "192.168.1.0/24"
export const addressOf = (node: string): string => `192.168.1.10${node.slice(1)}`
export const macOf = (node: string): string => `02:00:00:00:00:0${node.slice(1)}`
export const crypto: Crypto = { sha256: text => createHash("sha256").update(text, "utf8").digest() }
export const bootOf = (node: string): number => 1_000 + Number(node.slice(1))

export const peer = (node: string, alive = true): Peer => ({
  node,
  alive,
  boot: bootOf(node),
  links: [{ link: lan, address: addressOf(node) }],
})

/** The detector of n1 in virtual time. */
export class Driver {
  state = newDetector("n1", bootOf("n1"))
  now = 0
  wakeAt: number | undefined
  effects: DetectorEffect[] = []

  constructor(others: readonly string[]) {
    this.step({ type: "peers", peers: others.map(node => peer(node)) })
    this.step({
      type: "links",
      links: [{ link: lan, mac: macOf("n1"), address: addressOf("n1"), up: true, gateways: ["192.168.1.1"] }],
    })
  }

  step(event: DetectorEvent): readonly DetectorEffect[] {
    const { next, effects, wakeAt } = detectorStep(this.state, event, this.now, crypto)
    this.state = next
    this.wakeAt = wakeAt
    this.effects.push(...effects)
    return effects
  }

  /** Lets time pass, waking the detector whenever it asked for it. */
  pass(ms: number): readonly DetectorEffect[] {
    const from = this.effects.length
    const end = this.now + ms
    for (let at = this.#wake; at <= end; at = this.#wake) {
      this.now = Math.max(this.now, at)
      this.step({ type: "wake" })
    }
    this.now = end
    return this.effects.slice(from)
  }

  /** When the detector asked for it, or when whoever hears the expected heartbeats misses one. */
  get #wake(): number {
    return Math.min(this.wakeAt ?? Infinity, silenceAt(this.state, this.now))
  }

  says(node: string, message: DetectorMessage | { readonly type: "other" }): readonly DetectorEffect[] {
    return this.step({ type: "message", from: node, boot: bootOf(node), link: lan, via: lan, at: this.now, message })
  }

  beats(node: string): readonly DetectorEffect[] {
    return this.says(node, { type: "heartbeat", mac: macOf(node) })
  }

  /** Heartbeats of these nodes every 50 ms for so long. */
  alive(nodes: readonly string[], ms: number): void {
    for (let end = this.now + ms; this.now < end; this.pass(50)) for (const node of nodes) this.beats(node)
  }

  owns(node: string, vip: string | undefined, near = false): void {
    this.step({ type: "owns", node, link: lan, vip, near, mac: macOf(node) })
  }

  answer(address: string, mac: string): readonly DetectorEffect[] {
    return this.step({ type: "frame", link: lan, mac, address, at: this.now })
  }
}

export const gone = (effects: readonly DetectorEffect[]) => effects.filter(effect => effect.type === "gone")
export const back = (effects: readonly DetectorEffect[]) => effects.filter(effect => effect.type === "back")
export const asked = (effects: readonly DetectorEffect[]) =>
  effects.flatMap(effect => (effect.type === "ask" ? effect.addresses : []))
export const sent = (effects: readonly DetectorEffect[], type: DetectorMessage["type"]) =>
  effects.flatMap(effect => (effect.type === "send" && effect.message.type === type ? [effect] : []))
