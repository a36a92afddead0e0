import type { Peer } from "../../../agent/core/detector/peer.ts"
import { link, type SimNode } from "./node.ts"
import { precedence, ranked } from "./order.ts"
import type { Trouble } from "./schedule.ts"
import type { World } from "./world.ts"

type View = {
  alive: boolean
  boot: number | undefined
  unseenSince: number | undefined
  patience: number
  seenSince: number | undefined
}

type Known = { readonly excluded: ReadonlySet<string>; readonly vips: ReadonlySet<string> }

/** MetalLB's speaker joins the member list first. */
const joining = 300

/** The membership and the API, as coarse as the ownership may rely on: a death is known after 1.0 to 1.5 s, a return sooner. */
export class Cluster {
  readonly #world: World
  readonly #views = new Map<string, Map<string, View>>()
  readonly #known = new Map<string, Known>()
  readonly #away = new Map<string, number>()
  #truth: Known

  constructor(world: World, vips: readonly string[]) {
    this.#world = world
    this.#truth = { excluded: new Set(), vips: new Set(vips) }
  }

  /** The process of the node starts, joins, and then is told what is wanted. */
  boot(node: SimNode): void {
    if (node.running || !this.#world.network.isPlugged(node.name)) return
    const views = new Map<string, View>()
    for (const other of this.#world.others(node.name)) {
      const alive = this.#world.timeline.now === 0 || this.#reaches(node, other)
      const boot = other.boot === 0 ? undefined : other.boot
      views.set(other.name, { alive, boot, unseenSince: undefined, patience: this.#patience(), seenSince: undefined })
    }
    this.#views.set(node.name, views)
    node.start(this.#peers(node))
    this.#refresh(node)
    this.#want(node)
    if (node.isForeign) this.#world.timeline.after(joining, () => this.#want(node))
  }

  isWanted(vip: string): boolean {
    return this.#truth.vips.has(vip)
  }

  /** The node's speaker believes that it may announce the VIP. */
  mayAnnounce(node: SimNode, vip: string): boolean {
    if (node.isForeign)
      return node.running && !this.#known.get(node.name)?.excluded.has(node.name) && this.#isReady(node)
    return !node.leaving && node.speaker.ownership.seats.get(vip)?.ranking.includes(node.name) === true
  }

  power(node: SimNode, on: boolean): undefined {
    const plugged = this.#world.network.isPlugged(node.name)
    if (!on && plugged) {
      node.end()
      this.#world.network.unplug(node.name, 1)
    }
    if (on && !plugged) {
      this.#world.network.unplug(node.name, -1)
      // A node that was unplugged only, and whose process ran on, is told of its carrier.
      if (node.running) node.receive(() => node.setLink(this.#world.network.isPlugged(node.name)))
      this.#world.timeline.after(300, () => this.boot(node))
    }
  }

  /** Carrier goes and comes, and rtnetlink tells the process. */
  cable(node: SimNode, plugged: boolean): undefined {
    if (this.#world.network.isPlugged(node.name) === plugged) return
    this.#world.network.unplug(node.name, plugged ? -1 : 1)
    node.receive(() => node.setLink(this.#world.network.isPlugged(node.name)))
    if (plugged && !node.running) this.boot(node)
  }

  /** A rolling restart: the speaker hands everything over, ends, and is back a little later. */
  restart(node: SimNode): undefined {
    if (!node.awake || node.leaving) return
    if (node.isForeign) {
      node.end()
      this.#world.timeline.after(600, () => this.boot(node))
      return
    }
    node.leaving = true
    const { boot } = node
    const deadline = this.#world.timeline.now + 2_000
    const leave = () => {
      if (node.boot !== boot || !node.running) return
      if (!node.left && this.#world.timeline.now < deadline) return this.#world.timeline.after(5, leave)
      node.end()
      this.#world.measure.disturbed()
      this.#world.timeline.after(600, () => this.boot(node))
    }
    node.step({ type: "leave", restarts: true })
    leave()
  }

  change(
    event: Extract<Trouble, { type: "api-away" | "exclude" | "include" | "remove" | "add" }>,
  ): (() => void) | undefined {
    if (event.type === "api-away") {
      const nodes = [...this.#world.nodes.values()].filter(node => event.node === null || node.name === event.node)
      for (const node of nodes) this.#setAway(node, 1)
      return () => {
        for (const node of nodes) this.#setAway(node, -1)
      }
    }
    const excluded = new Set(this.#truth.excluded)
    const vips = new Set(this.#truth.vips)
    if (event.type === "exclude") excluded.add(event.node)
    if (event.type === "include") excluded.delete(event.node)
    if (event.type === "remove") vips.delete(event.vip)
    if (event.type === "add") vips.add(event.vip)
    this.#truth = { excluded, vips }
    for (const node of this.#world.nodes.values()) this.#tell(node)
    return undefined
  }

  /** Looks every 50 ms at who can reach whom. */
  watch(): void {
    for (const node of this.#world.nodes.values()) {
      if (!node.awake) continue
      const changed = [...(this.#views.get(node.name) ?? [])].filter(([name, view]) => this.#look(node, name, view))
      if (changed.length === 0) continue
      node.step({ type: "peers", peers: this.#peers(node) })
      this.#want(node)
    }
    this.#world.timeline.after(50, () => this.watch())
  }

  #look(node: SimNode, name: string, view: View): boolean {
    const other = this.#world.node(name)
    const { now } = this.#world.timeline
    const reached = this.#reaches(node, other)
    const before = `${view.alive} ${view.boot}`
    if (reached) {
      view.unseenSince = undefined
      view.seenSince ??= now
      if (other.left) view.alive = false
      else if (!view.alive && now - view.seenSince >= 200) view.alive = true
      if (view.alive) view.boot = other.boot
    } else {
      view.seenSince = undefined
      view.unseenSince ??= now
      if (view.alive && now - view.unseenSince >= view.patience) {
        view.alive = false
        view.patience = this.#patience()
      }
    }
    return before !== `${view.alive} ${view.boot}`
  }

  /** Directly, or through one other node, as the membership's indirect probes do. */
  #reaches(a: SimNode, b: SimNode): boolean {
    const { network } = this.#world
    if (!a.awake || !b.awake) return false
    if (network.isMutual(a.name, b.name)) return true
    return this.#world
      .others(a.name)
      .some(via => via.awake && network.isMutual(a.name, via.name) && network.isMutual(via.name, b.name))
  }

  #patience(): number {
    return this.#world.random.between(1_000, 1_500)
  }

  #peers(node: SimNode): readonly Peer[] {
    return [...(this.#views.get(node.name) ?? [])]
      .filter(([name, { alive }]) => !alive || !this.#world.node(name).isForeign)
      .map(([name, view]) => ({
        node: name,
        boot: view.boot,
        alive: view.alive,
        links: [{ link, address: this.#world.node(name).address }],
      }))
  }

  /** It has joined the others before it reads what there is to announce. */
  #isReady(node: SimNode): boolean {
    return this.#world.timeline.now === 0 || this.#world.timeline.now - node.startedAt >= joining
  }

  #setAway(node: SimNode, by: 1 | -1): void {
    const count = (this.#away.get(node.name) ?? 0) + by
    this.#away.set(node.name, count)
    node.receive(() => node.step({ type: "api", away: count > 0 }))
    if (count === 0) this.#tell(node)
  }

  /** The change reaches the node's watch a little later, unless the API is away for it. */
  #tell(node: SimNode): void {
    this.#world.timeline.after(this.#world.random.between(3, 40), () => {
      if ((this.#away.get(node.name) ?? 0) > 0 || !node.running) return
      node.receive(() => {
        this.#refresh(node)
        this.#want(node)
      })
    })
  }

  /** A process that starts while the API is away knows what its predecessor knew. */
  #refresh(node: SimNode): void {
    const away = (this.#away.get(node.name) ?? 0) > 0
    if (!away || !this.#known.has(node.name)) this.#known.set(node.name, this.#truth)
  }

  #want(node: SimNode): void {
    const known = this.#known.get(node.name)
    const views = this.#views.get(node.name)
    if (known === undefined || views === undefined) return
    const live = [...views].flatMap(([name, { alive }]) => (alive ? [name] : []))
    const mixed = node.isForeign || live.some(name => this.#world.node(name).isForeign)
    // A node whose speaker is away stays in the order for as long as there is a Node object, but not in MetalLB's.
    const eligible = [node.name, ...(mixed ? live : views.keys())].filter(name => !known.excluded.has(name))
    if (node.isForeign) {
      if (this.#isReady(node)) node.answerFor([...known.vips].filter(vip => ranked(eligible, vip)[0] === node.name))
      return
    }
    node.setMixed(mixed)
    const wanted = [...known.vips].map(vip => ({
      vip,
      link,
      ranking: ranked(eligible, vip),
      precedence: precedence(node.name, vip),
    }))
    node.step({ type: "wanted", wanted })
  }
}
