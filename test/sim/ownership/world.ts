import type { LinkId } from "../../../agent/core/detector/peer.ts"
import type { SpeakerEffect } from "../../../agent/core/ownership/speaker.ts"
import { Cluster } from "./cluster.ts"
import { Measure } from "./measure.ts"
import { Network } from "./network.ts"
import { link, SimNode, type Surroundings } from "./node.ts"
import { type Random, seeded } from "./random.ts"
import { client, type Schedule, type Trouble } from "./schedule.ts"
import { Timeline } from "./timeline.ts"

type Sending = Extract<SpeakerEffect, { type: "send" }>

/** Nodes, a LAN with an outside host on it, the membership and the API, all in virtual time. */
export class World {
  readonly timeline = new Timeline()
  readonly random: Random
  readonly network: Network
  readonly nodes: ReadonlyMap<string, SimNode>
  readonly cluster: Cluster
  readonly measure: Measure
  /** For people who look at one schedule. */
  readonly log: (line: string) => void

  constructor(schedule: Schedule, log: (line: string) => void = () => undefined) {
    this.log = log
    this.random = seeded(schedule.seed ^ 0x5bd1e995)
    this.network = new Network(this.timeline, this.random, schedule.loss)
    const around: Surroundings = {
      now: () => this.timeline.now,
      after: (delay, run) => this.timeline.after(delay, run),
      wait: () => Math.min(30, -Math.log(1 - this.random.next()) * schedule.load),
      chance: probability => this.random.chance(probability),
      perform: (node, effect) => this.#perform(node, effect),
      changed: () => this.measure.changed(),
      unnoticed: node => this.measure.unnoticed(node),
    }
    const failbackAfter = schedule.failbackAfter ?? undefined
    this.nodes = new Map(
      schedule.nodes.map((name, at) => [
        name,
        new SimNode(at, name, failbackAfter, around, schedule.foreign?.includes(name) === true),
      ]),
    )
    this.cluster = new Cluster(this, schedule.vips)
    this.measure = new Measure(this, schedule)
    for (const node of this.nodes.values()) this.cluster.boot(node)
    for (const node of this.nodes.values()) this.#beat(node)
    this.#askNow(schedule.vips)
    this.cluster.watch()
  }

  /** Every node but this one. */
  others(name: string): readonly SimNode[] {
    return [...this.nodes.values()].filter(node => node.name !== name)
  }

  node(name: string): SimNode {
    const found = this.nodes.get(name)
    if (found === undefined) throw new Error(`no node ${name}`)
    return found
  }

  /** Brings one trouble about, and ends it where it lasts. */
  trouble(event: Trouble): void {
    this.log(`${this.timeline.now.toFixed(1)} ${JSON.stringify(event)}`)
    this.measure.disturbed()
    const end = this.#begin(event)
    this.measure.changed()
    if (end === undefined || !("lasts" in event)) return
    this.timeline.after(event.lasts, () => {
      this.log(`${this.timeline.now.toFixed(1)} end of ${JSON.stringify(event)}`)
      this.measure.disturbed()
      end()
      this.measure.changed()
    })
  }

  #begin(event: Trouble): (() => void) | undefined {
    switch (event.type) {
      case "power-off":
      case "power-on":
        return this.cluster.power(this.node(event.node), event.type === "power-on")
      case "cable-out":
      case "cable-in":
        return this.cluster.cable(this.node(event.node), event.type === "cable-in")
      case "restart":
        return this.cluster.restart(this.node(event.node))
      case "kill":
        this.#kill(this.node(event.node))
        return () => this.cluster.boot(this.node(event.node))
      case "pause":
      case "hang":
        this.node(event.node).stop(event.type)
        return () => this.node(event.node).resume()
      case "cut":
        this.network.cut(event.from, event.to, 1)
        return () => this.network.cut(event.from, event.to, -1)
      case "split":
        this.#split(event.side, 1)
        return () => this.#split(event.side, -1)
      case "lossy":
        this.network.setExtraLoss(event.loss, true)
        return () => this.network.setExtraLoss(event.loss, false)
      case "clock-jump":
        this.node(event.node).jumpClock(event.by)
        return undefined
      default:
        return this.cluster.change(event)
    }
  }

  #split(side: readonly string[], by: 1 | -1): void {
    for (const a of [...this.nodes.keys(), client]) {
      for (const b of [...this.nodes.keys(), client]) {
        if (side.includes(a) !== side.includes(b)) this.network.cut(a, b, by)
      }
    }
  }

  /** The kernel closes the connections of a process that died, and says so to whoever holds the other end. */
  #kill(node: SimNode): void {
    if (!node.running) return
    const { boot } = node
    node.end()
    for (const other of this.others(node.name)) {
      if (other.lifelines.get(node.name) !== boot) continue
      other.lifelines.delete(node.name)
      this.network.carry(node.name, other.name, () =>
        other.receive(() => other.step({ type: "connection", node: node.name, state: "lost" })),
      )
    }
  }

  #beat(node: SimNode): void {
    if (node.beating) {
      for (const { node: to } of node.targets) this.#heartbeat(node, this.node(to), node.boot)
    }
    this.timeline.after(48 + this.random.next() * 4, () => this.#beat(node))
  }

  /** The outside host looks for a VIP now and then, as clients do whose neighbour entry has aged. */
  #askNow(vips: readonly string[]): void {
    for (const vip of vips) this.#request(client, "02:00:00:00:00:fe", "192.168.1.1", vip)
    this.timeline.after(this.random.between(200, 1_000), () => this.#askNow(vips))
  }

  #perform(node: SimNode, effect: SpeakerEffect): void {
    if (effect.type === "send") this.#packet(node, this.node(effect.to), effect, node.boot)
    if (effect.type === "ask")
      for (const address of effect.addresses) this.#request(node.name, node.mac, node.address, address)
    if (effect.type === "announce") this.#announce(node, effect.vip)
    if (effect.type === "connect") this.#connect(node, this.node(effect.node))
    if (effect.type === "disconnect") node.lifelines.delete(effect.node)
    if (effect.type === "stand-in" || effect.type === "stand-down")
      this.log(
        `${this.timeline.now.toFixed(1)} ${node.name} ${effect.type} ${effect.vip} ${effect.node} ${effect.reason}`,
      )
    if (effect.type === "start" || effect.type === "stop") {
      this.log(`${this.timeline.now.toFixed(1)} ${node.name} ${effect.type} ${effect.vip} ${effect.reason}`)
      if (effect.type === "start") this.#burst(node, effect.vip, 5)
      this.measure.moved(node, effect)
    }
    if (effect.type === "gone" || effect.type === "back" || effect.type === "count") {
      this.log(`${this.timeline.now.toFixed(1)} ${node.name} says ${effect.node} ${effect.type} ${effect.reason}`)
    }
  }

  #heartbeat(from: SimNode, to: SimNode, boot: number): void {
    this.network.carry(from.name, to.name, () => {
      this.measure.heard(to)
      to.hear({ node: from.name, link, boot, mac: from.mac })
    })
  }

  #packet(from: SimNode, to: SimNode, sent: Pick<Sending, "link" | "via" | "message">, boot: number): void {
    this.network.carry(from.name, to.name, () => {
      this.measure.heard(to)
      const via: LinkId = sent.via
      to.receive(at =>
        to.step({ type: "packet", from: from.name, boot, link: sent.link, via, at, message: sent.message }),
      )
    })
  }

  /** A broadcast ARP request: the one who has the address answers, every speaker sees requests for VIPs. */
  #request(asker: string, mac: string, sender: string, address: string): void {
    const owner = [...this.nodes.values()].find(node => node.address === address)
    const answer = (from: string, mac: string, source: string) =>
      this.network.carry(from, asker, () => this.#hears(asker, mac, address, source))
    const gateway = "02:00:00:00:00:fe"
    if (address === "192.168.1.1") this.network.carry(asker, client, () => answer(client, gateway, gateway))
    else if (owner !== undefined) this.network.carry(asker, owner.name, () => answer(owner.name, owner.mac, owner.mac))
    else {
      for (const node of this.others(asker)) {
        this.network.carry(asker, node.name, () => {
          this.measure.heard(node)
          node.receive(at => {
            node.step({ type: "frame", link, mac, claims: sender, at })
            const said = node.answers(address, at)
            if (said !== undefined) answer(node.name, said, node.mac)
          })
        })
      }
    }
  }

  #announce(node: SimNode, vip: string): void {
    for (const other of this.others(node.name)) {
      this.network.carry(node.name, other.name, () => this.#hears(other.name, node.mac, vip))
    }
  }

  #burst(node: SimNode, vip: string, left: number): void {
    if (left === 0 || node.answering.get(vip) !== node.mac) return
    if (node.awake) this.#announce(node, vip)
    this.timeline.after(1_100, () => this.#burst(node, vip, left - 1))
  }

  #hears(name: string, mac: string, claims: string, source = mac): void {
    const node = this.nodes.get(name)
    if (node === undefined) return
    this.measure.heard(node)
    node.receive(at => node.step({ type: "frame", link, mac, claims, at, source }))
  }

  /** The kernel of the other node accepts or refuses, whatever its process does; without a way nothing comes back. */
  #connect(node: SimNode, to: SimNode): void {
    const open = this.network.isMutual(node.name, to.name)
    const state = !open ? "lost" : to.running ? "accepted" : "refused"
    const { boot } = node
    const accepted = to.boot
    node.lifelines.delete(to.name)
    this.timeline.after(open ? 1 : 200, () => {
      if (node.boot !== boot) return
      if (state === "accepted" && node.running) node.lifelines.set(to.name, accepted)
      node.receive(() => node.step({ type: "connection", node: to.name, state }))
    })
  }
}
