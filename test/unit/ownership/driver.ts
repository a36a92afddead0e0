import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import type { Crypto } from "../../../agent/core/crypto.ts"
import type { Peer } from "../../../agent/core/detector/peer.ts"
import type { Claim } from "../../../agent/core/ownership/claim.ts"
import type { OwnershipMessage } from "../../../agent/core/ownership/message.ts"
import {
  newSpeaker,
  type SpeakerEffect,
  type SpeakerEvent,
  speakerStep,
} from "../../../agent/core/ownership/speaker.ts"
import { placeOfStandIn } from "../../../agent/core/ownership/stand-in.ts"
import type { Policy } from "../../../agent/core/ownership/state.ts"
import { silenceAt } from "../detector/silence-at.ts"

export const lan = "192.168.1.0/24"
export const vip = "192.168.1.11"
export const addressOf = (node: string): string => `192.168.1.10${node.slice(1)}`
export const macOf = (node: string): string => `02:00:00:00:00:0${node.slice(1)}`
/** The order of every VIP here is n1, n2, n3, …. */
export const precedenceOf = (node: string): string => node.slice(1).padStart(16, "0")
const crypto: Crypto = { sha256: text => createHash("sha256").update(text, "utf8").digest() }

const peer = (node: string): Peer => ({
  node,
  alive: true,
  boot: undefined,
  links: [{ link: lan, address: addressOf(node) }],
})

type Options = { readonly self?: string; readonly others?: readonly string[]; readonly policy?: Partial<Policy> }

/** The speaker of one node in virtual time; its link is lively unless a test says otherwise. */
export class Driver {
  readonly self: string
  readonly others: readonly string[]
  now = 0
  effects: SpeakerEffect[] = []
  wakeAt: number | undefined
  state
  /** As `speakerStep` has it. */
  steadySince: number | undefined
  #versions = new Map<string, number>()

  constructor({ self = "n1", others = ["n2", "n3"], policy = {} }: Options = {}) {
    this.self = self
    this.others = others
    this.state = newSpeaker(self, 1_000, { failbackAfter: 0, mixed: false, ...policy })
    this.peers(others)
    this.link(true)
    this.settle()
  }

  step(event: SpeakerEvent): readonly SpeakerEffect[] {
    const { next, effects, wakeAt } = speakerStep(this.state, event, this.now, crypto, this.steadySince)
    this.state = next
    this.wakeAt = wakeAt
    this.effects.push(...effects)
    return effects
  }

  pass(ms: number): readonly SpeakerEffect[] {
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
    return Math.min(this.wakeAt ?? Infinity, silenceAt(this.state.detector, this.now))
  }

  /** The same while somebody is heard on the link all the time. */
  passLively(ms: number): readonly SpeakerEffect[] {
    const from = this.effects.length
    for (let end = this.now + ms; this.now < end; ) {
      this.stir()
      this.pass(Math.min(50, end - this.now))
    }
    return this.effects.slice(from)
  }

  stir(): void {
    this.step({ type: "frame", link: lan, mac: "02:00:00:00:00:fe", claims: "192.168.1.1", at: this.now })
  }

  peers(nodes: readonly string[]): void {
    this.step({ type: "peers", peers: nodes.map(peer) })
  }

  link(up: boolean): readonly SpeakerEffect[] {
    const link = { link: lan, mac: macOf(this.self), address: addressOf(this.self), up, gateways: ["192.168.1.1"] }
    return this.step({ type: "links", links: [link] })
  }

  /** Everybody says that it claims nothing. */
  settle(): void {
    this.stir()
    for (const node of this.others) this.claims(node, [])
  }

  wants(ranking: readonly string[], vips: readonly string[] = [vip]): readonly SpeakerEffect[] {
    const precedence = precedenceOf(this.self)
    return this.step({ type: "wanted", wanted: vips.map(vip => ({ vip, link: lan, ranking, precedence })) })
  }

  says(node: string, message: OwnershipMessage, boot = 1_000): readonly SpeakerEffect[] {
    return this.step({ type: "packet", from: node, boot, link: lan, via: lan, at: this.now, message })
  }

  /** `insteadOf`: in that node's name. */
  claims(
    node: string,
    vips: readonly string[],
    { weak = false, boot = 1_000, restarts = false, insteadOf = "" } = {},
  ): readonly SpeakerEffect[] {
    const version = (this.#versions.get(node) ?? 0) + 1
    this.#versions.set(node, version)
    const precedence = insteadOf === "" ? precedenceOf(node) : placeOfStandIn(macOf(insteadOf))
    const more = { ...(restarts && { restarts }), ...(insteadOf !== "" && { standIn: true }) }
    const claims: Claim[] = vips.map(vip => ({ vip, precedence, weak, ...more }))
    return this.says(node, { type: "claims", page: 0, pages: 1, version, mac: macOf(node), claims }, boot)
  }

  /** The watcher n3 says that the process of a node is gone. */
  processGone(node: string): readonly SpeakerEffect[] {
    const message = { type: "verdict", about: node, boot: 1_000, gone: "process" } as const
    const from = this.others.find(other => other !== node) ?? ""
    return this.step({ type: "packet", from, boot: 1_000, link: lan, via: lan, at: this.now, message })
  }

  /** That node's kernel says that it has its address. */
  nodeAnswers(node: string): readonly SpeakerEffect[] {
    return this.step({ type: "frame", link: lan, mac: macOf(node), claims: addressOf(node), at: this.now })
  }

  /** The same as `passLively`, with a node that answers for itself. */
  passWith(node: string, ms: number): readonly SpeakerEffect[] {
    const from = this.effects.length
    for (let end = this.now + ms; this.now < end; ) {
      this.nodeAnswers(node)
      this.stir()
      this.pass(Math.min(50, end - this.now))
    }
    return this.effects.slice(from)
  }

  /** What this speaker answers for in another's name. */
  get standing(): readonly string[] {
    return [...this.state.ownership.seats.values()].flatMap(({ mine, absent }) =>
      mine === "stands" && absent !== undefined ? [`${absent.node} ${absent.mac}`] : [],
    )
  }

  get mine(): readonly string[] {
    return [...this.state.ownership.seats.values()].filter(seat => seat.mine === "yes").map(seat => seat.vip)
  }

  get reason(): string | undefined {
    return this.state.ownership.seats.get(vip)?.reason
  }
}

export const moves = (effects: readonly SpeakerEffect[]) =>
  effects.flatMap(effect =>
    effect.type === "start" || effect.type === "stop" || effect.type === "stand-in" || effect.type === "stand-down"
      ? [`${effect.type} ${effect.reason}`]
      : [],
  )
export const announced = (effects: readonly SpeakerEffect[]) => effects.filter(effect => effect.type === "announce")
export const claimsTo = (effects: readonly SpeakerEffect[], node: string) =>
  effects.flatMap(effect =>
    effect.type === "send" && effect.to === node && effect.message.type === "claims" ? [effect.message] : [],
  )

/** n2, which is next after the owner n1. */
export const successor = (policy: Partial<Policy> = {}): Driver => {
  const driver = new Driver({ self: "n2", others: ["n1", "n3"], policy: { failbackAfter: undefined, ...policy } })
  driver.claims("n1", [vip])
  driver.wants(["n1", "n2", "n3"])
  driver.stir()
  return driver
}

/** n2, that stands in for n1. */
export const standing = (): Driver => {
  const driver = successor()
  assert.deepEqual(moves(driver.processGone("n1")), ["stand-in ML390"])
  return driver
}
