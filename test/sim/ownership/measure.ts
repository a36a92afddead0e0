import type { SpeakerEffect } from "../../../agent/core/ownership/speaker.ts"
import type { SimNode } from "./node.ts"
import { client, type Schedule } from "./schedule.ts"
import type { World } from "./world.ts"

/** What was found in one run. Times in milliseconds. */
export type Found = {
  /** Longest time that two owners of one VIP heard each other. */
  doubleOwner: number
  /** Longest time without an owner that an outside host could reach, although a speaker could have been one. */
  noOwner: number
  /** The same, counted from the last disturbance. */
  noOwnerSettled: number
  /** Take-overs. */
  moves: number
  /** Broken promises, each as a sentence. */
  readonly broken: string[]
}

/** More loss than this is no hearing: three claims in a row get lost too often. */
const mostLoss = 0.011

/** Watches the promises of docs/ownership.md while the world runs. */
export class Measure {
  readonly found: Found = { doubleOwner: 0, noOwner: 0, noOwnerSettled: 0, moves: 0, broken: [] }
  readonly #world: World
  readonly #schedule: Schedule
  readonly #doubles = new Map<string, number>()
  readonly #ownerless = new Map<string, number>()
  readonly #heardAt = new Map<string, number>()
  #disturbedAt = 0
  #dirty = false

  constructor(world: World, schedule: Schedule) {
    this.#world = world
    this.#schedule = schedule
  }

  disturbed(): void {
    this.#look()
    this.#disturbedAt = this.#now
  }

  /** Something changed that may make or end an owner; looked at when the instant is over. */
  changed(): void {
    if (this.#dirty) return
    this.#dirty = true
    this.#world.timeline.after(0, () => {
      this.#dirty = false
      this.#look()
    })
  }

  heard(node: SimNode): void {
    this.#heardAt.set(node.name, this.#now)
  }

  moved(node: SimNode, effect: Extract<SpeakerEffect, { type: "start" | "stop" }>): void {
    if (effect.type === "stop") return
    if (effect.reason !== "ML379" && effect.reason !== "ML393") this.found.moves += 1
    // Beside MetalLB's speakers who is first answers, whatever it hears.
    if (this.#schedule.kind === "mixed") return
    const lone = this.#schedule.nodes.length === 1
    const silence = this.#now - (this.#heardAt.get(node.name) ?? Number.NEGATIVE_INFINITY)
    if (!lone && silence > 260 && effect.reason !== "ML379") {
      this.#break(
        `${node.name} took ${effect.vip} (${effect.reason}) although it heard nothing for ${silence.toFixed(0)} ms`,
      )
    }
  }

  unnoticed(node: SimNode): void {
    this.#break(`${node.name} stood still, owned VIPs, and went on without asking who owns them now`)
  }

  /** The end of the run: everything is whole again, so every VIP has one owner. */
  finish(): Found {
    this.#look()
    for (const vip of this.#schedule.vips) {
      const owners = [...this.#world.nodes.values()]
        .filter(node => node.answering.get(vip) === node.mac)
        .map(node => node.name)
      const able = [...this.#world.nodes.values()].filter(node => this.#able(node, vip))
      const wanted = this.#world.cluster.isWanted(vip) && able.length > 0 ? 1 : 0
      if (owners.length !== wanted) this.#break(`at the end ${vip} has owners [${owners.join(", ")}], ${wanted} wanted`)
    }
    return this.found
  }

  get #now(): number {
    return this.#world.timeline.now
  }

  #break(what: string): void {
    this.found.broken.push(`${this.#now.toFixed(0)} ms: ${what}`)
  }

  #look(): void {
    for (const vip of this.#schedule.vips) {
      this.#lookAtDoubles(vip)
      this.#lookAtOwnerless(vip)
    }
  }

  #lookAtDoubles(vip: string): void {
    const owners = [...this.#world.nodes.values()].filter(node => node.awake && node.answering.has(vip))
    const { network } = this.#world
    const pairs = new Set<string>()
    for (const a of owners) {
      for (const b of owners) {
        // Who stands in says what the owner would: with one MAC there are no two owners.
        const differ = a.answering.get(vip) !== b.answering.get(vip)
        if (a.name < b.name && differ && network.isMutual(a.name, b.name) && network.loss <= mostLoss) {
          pairs.add(`${vip} ${a.name} ${b.name}`)
        }
      }
    }
    for (const pair of pairs) {
      const since = this.#doubles.get(pair) ?? this.#now
      this.#doubles.set(pair, since)
      this.found.doubleOwner = Math.max(this.found.doubleOwner, this.#now - since)
    }
    for (const [pair, since] of this.#doubles) {
      if (pairs.has(pair) || !pair.startsWith(`${vip} `)) continue
      this.found.doubleOwner = Math.max(this.found.doubleOwner, this.#now - since)
      this.#doubles.delete(pair)
    }
  }

  #lookAtOwnerless(vip: string): void {
    const since = this.#ownerless.get(vip)
    if (since !== undefined) {
      this.found.noOwner = Math.max(this.found.noOwner, this.#now - since)
      const settled = this.#now - Math.max(since, this.#disturbedAt)
      this.found.noOwnerSettled = Math.max(this.found.noOwnerSettled, settled)
    }
    if (!this.#isOwnerless(vip)) this.#ownerless.delete(vip)
    else if (since === undefined) this.#ownerless.set(vip, this.#now)
  }

  /**
   * No node that hears, or is heard by, the client's side of the network answers with the MAC of one that is there, and a node that
   * hears the client both ways could. Half-open ways count as open for the owner: whoever hears an owner rightly leaves it alone.
   */
  #isOwnerless(vip: string): boolean {
    if (!this.#world.cluster.isWanted(vip)) return false
    const { network } = this.#world
    const able = [...this.#world.nodes.values()].filter(
      node => this.#able(node, vip) && network.isMutual(node.name, client),
    )
    if (able.length === 0) return false
    const side = this.#sideOf(client)
    const isThere = (mac: string | undefined) =>
      [...this.#world.nodes.values()].some(node => node.mac === mac && side.has(node.name))
    return ![...this.#world.nodes.values()].some(
      node => side.has(node.name) && node.awake && isThere(node.answering.get(vip)),
    )
  }

  #able(node: SimNode, vip: string): boolean {
    return node.awake && this.#world.network.isPlugged(node.name) && this.#world.cluster.mayAnnounce(node, vip)
  }

  #sideOf(start: string): ReadonlySet<string> {
    const ends = [...this.#schedule.nodes, client]
    const side = new Set([start])
    for (const end of side) {
      for (const other of ends) {
        const { network } = this.#world
        if (network.isOpen(end, other) || network.isOpen(other, end)) side.add(other)
      }
    }
    return side
  }
}
