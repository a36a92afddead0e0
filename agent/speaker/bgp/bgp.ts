import type { BfdLink } from "../../core/bfd/place.ts"
import type { RouteChanges } from "../../core/bgp/announce/route-board.ts"
import type { Route } from "../../core/bgp/rib/route.ts"
import type { Stop } from "../../core/bgp/session/event.ts"
import type { Session } from "../../core/bgp/session/session.ts"
import { leastTtlOf, type SessionDefaults, sameSettings } from "../../core/bgp/session/settings.ts"
import type { BgpConfig, PasswordSource } from "../../core/config/bgp/model.ts"
import { sameAddress } from "../../core/ip/address.ts"
import type { LabelMap } from "../../core/model.ts"
import { phraseOf } from "../../core/sentence.ts"
import type { StartBfdWire } from "../../ports/bfd-wire.ts"
import type { BgpTransport, Caller } from "../../ports/bgp-transport.ts"
import { type Millis, pause } from "../../ports/clock.ts"
import type { Forwards } from "../../ports/forwarding.ts"
import type { NetworkInterface } from "../../ports/interfaces.ts"
import { textOf } from "../../ports/log.ts"
import { type BfdChange, createBfd } from "../bfd/bfd.ts"
import { linksOf } from "../bfd/links.ts"
import type { BfdStatus } from "../bfd/status.ts"
import { addressesBeside } from "./addresses.ts"
import { createBgpEars } from "./ears.ts"
import { createGreeters, type GreeterEdges } from "./greeters.ts"
import { linkOf } from "./link-of.ts"
import { type Runner, type RunnerListener, startRunner } from "./runner.ts"
import { type WantedSession, wantedBfd, wantedSessions } from "./wanted.ts"

export type BgpEdges = GreeterEdges & {
  readonly transport: BgpTransport
  readonly startBfdWire: StartBfdWire
  readonly forwards: Forwards
  /** Read when it is needed. */
  readonly interfaces: () => readonly NetworkInterface[]
  /** 1 to 2^32-1, not to be guessed. */
  readonly newNumber: () => number
  readonly password: (peer: string, source: PasswordSource) => Promise<Uint8Array>
}

export type BgpOptions = {
  readonly defaults: SessionDefaults
  /** The port that connections of peers are taken on; 0: none are. */
  readonly listenPort: number
  /** A peer may still have routes of a process before this one, and packets for them were forwarded all the while (RFC 4724). */
  readonly preserved: boolean
}

/** Which peers this node has, and what they are to be told. */
export type BgpWanted = {
  readonly config: BgpConfig
  readonly labels: LabelMap
  /** By which the cluster knows the node. */
  readonly nodeAddresses: readonly string[]
  /** All routes of a peer, by its name. */
  readonly routesOf: (peer: string) => readonly Route[]
}

export type BgpListener = RunnerListener & {
  readonly bfdChanged: (change: BfdChange) => void
}

export type Bgp = {
  /** Starts, changes and ends what differs; nothing else notices. */
  readonly want: (wanted: BgpWanted) => void
  /** What changed for single peers since. */
  readonly tell: (changes: ReadonlyMap<string, RouteChanges>) => void
  /** Interfaces or addresses changed. */
  readonly refresh: () => void
  /** By the names of the peers. */
  readonly sessions: () => ReadonlyMap<string, Session>
  /** Monotonic; since when a peer's session is established, or is not. */
  readonly since: (peer: string) => Millis | undefined
  readonly bfd: () => readonly BfdStatus[]
  readonly strays: () => Readonly<Record<string, number>>
  /** Why no peer can open a connection, a line each. */
  readonly deaf: () => readonly string[]
  /** Connections of hosts that are no peers, or further away than they may be. */
  readonly strangers: () => number
  readonly stop: (how: Stop) => Promise<void>
}

/** How long goodbyes may take before BFD says its own. */
const partingMost: Millis = 800

/** `tooFar`: why its last connection was refused. */
type Member = { wanted: WantedSession; readonly runner: Runner; tooFar: string | undefined }

/** Sessions of this node with its peers, and BFD beside them. BOUNDED: a session for each BGPPeer. */
export const createBgp = (edges: BgpEdges, options: BgpOptions, listener: BgpListener): Bgp => {
  const { clock, log } = edges
  const members = new Map<string, Member>()
  let strangers = 0
  let nodeAddresses: readonly string[] = []
  let known: readonly NetworkInterface[] = []
  let fresh = false
  const interfaces = () => {
    if (fresh) return known
    try {
      known = edges.interfaces()
    } catch (error) {
      log.error("interfaces not read for BGP, the last known ones stay", { error: textOf(error) })
    }
    return known
  }
  /** The kernel is read once for all sessions. */
  const reading = (work: () => void) => {
    interfaces()
    fresh = true
    work()
    fresh = false
  }
  const links = (): readonly BfdLink[] => linksOf(interfaces())

  const bfd = createBfd(
    { ...edges, links, startWire: edges.startBfdWire, newDiscriminator: edges.newNumber },
    {
      changed: change => {
        listener.bfdChanged(change)
        if (!change.failure) return
        for (const name of change.names) members.get(name)?.runner.feed({ kind: "bfd-down" })
      },
      trouble: (what, facts) => log.warn(`BFD: ${what}`, { facts: JSON.stringify(facts) }),
    },
  )

  /** RFC 5082, where the peer asks for it. A connection that is refused for it is told once for each reason. */
  const isNear = (member: Member, caller: Caller): boolean => {
    const { peer, settings } = member.wanted
    const least = leastTtlOf(settings)
    const why = least === undefined ? undefined : caller.secure(least)
    if (why !== undefined && why !== member.tooFar)
      log.warn("BGP connection is refused", { peer: peer.name, why: `${why}, and ttlSecurityHops asks for ${least}` })
    member.tooFar = why
    return why === undefined
  }

  const called = (caller: Caller, vrf: string) => {
    const found = [...members.values()].filter(({ wanted, runner }) => {
      const { place } = runner.session()
      if (wanted.peer.vrf !== vrf || place === undefined || !sameAddress(place.address, caller.remote)) return false
      return place.device === undefined || place.device === caller.device
    })
    const idle = found.find(({ runner }) => runner.session().main.state !== "Established")
    const member = idle ?? found[0]
    if (member !== undefined && isNear(member, caller)) return member.runner.accept(caller)
    strangers += 1
    caller.refuse()
  }
  const ears = options.listenPort === 0 ? undefined : createBgpEars(edges, options.listenPort, called)

  const greeters = createGreeters(edges, {
    found: (name, place) => {
      for (const { wanted, runner } of members.values()) {
        const { endpoint } = wanted.peer
        if (endpoint.kind === "interface" && endpoint.name === name) runner.feed({ kind: "place", place })
      }
      watchPaths()
    },
    told: (name, reason, facts) =>
      log.info("unnumbered BGP peer", { interface: name, reason, why: phraseOf(reason, facts) }),
  })
  /** Peers with link-local addresses are on a link of this node. */
  const locate = () => {
    const here = interfaces()
    for (const { wanted, runner } of members.values()) {
      const { endpoint } = wanted.peer
      if (endpoint.kind === "interface") continue
      const device = linkOf(wanted.settings, here, nodeAddresses)
      if (device !== undefined) runner.feed({ kind: "place", place: { address: endpoint.address, device } })
    }
  }
  const greet = () => {
    const names = [...members.values()].flatMap(({ wanted: { peer } }) =>
      peer.endpoint.kind === "interface" ? [peer.endpoint.name] : [],
    )
    greeters.want(names, names.length === 0 ? [] : interfaces())
  }

  const begin = (name: string, wanted: WantedSession, routes: readonly Route[]) => {
    const { preserved } = options
    const restarted = wanted.peer.gracefulRestart
    const runner = startRunner(
      { ...edges, addressesBeside: (local, where) => addressesBeside(local, where, interfaces()) },
      wanted.settings,
      { seed: edges.newNumber(), restarted, preserved: restarted && preserved },
      listener,
    )
    members.set(name, { wanted, runner, tooFar: undefined })
    runner.feed({ kind: "table", routes })
    runner.feed({ kind: "complete" })
    runner.feed({ kind: "start" })
  }

  const change = (member: Member, wanted: WantedSession, routes: readonly Route[]) => {
    const { runner } = member
    if (!sameSettings(wanted.settings, member.wanted.settings)) {
      runner.feed({ kind: "configure", settings: wanted.settings })
    }
    runner.feed({ kind: "table", routes })
    member.wanted = wanted
  }

  const watchPaths = () => {
    const here = links()
    bfd.setSessions(
      [...members.values()].flatMap(({ wanted, runner }) => wantedBfd(wanted, runner.session().place, here) ?? []),
    )
    ears?.expect(
      [...members.values()].flatMap(({ wanted: { peer, settings }, runner }) => {
        const address = runner.session().place?.address
        if (address === undefined) return []
        return [{ peer: peer.name, address, vrf: peer.vrf, password: settings.password }]
      }),
    )
  }

  const reconcile = () => {
    locate()
    watchPaths()
    greet()
  }

  return {
    want: ({ config, labels, nodeAddresses: addresses, routesOf }) => {
      nodeAddresses = addresses
      const wanted = wantedSessions(config, labels, options.defaults)
      for (const [name, { runner }] of members) {
        if (wanted.has(name)) continue
        members.delete(name)
        runner.feed({ kind: "stop", stop: { kind: "removed" } })
      }
      for (const [name, one] of wanted) {
        const member = members.get(name)
        const told = routesOf(name)
        if (member === undefined) begin(name, one, told)
        else change(member, one, told)
      }
      reading(reconcile)
    },
    tell: changes => {
      for (const [name, { set, gone }] of changes) members.get(name)?.runner.feed({ kind: "routes", set, gone })
    },
    refresh: () => {
      reading(() => {
        for (const { runner } of members.values()) runner.refresh()
        reconcile()
      })
    },
    sessions: () => new Map([...members].map(([name, { runner }]) => [name, runner.session()])),
    since: peer => members.get(peer)?.runner.since(),
    bfd: bfd.status,
    strays: bfd.strays,
    deaf: () => ears?.faults() ?? [],
    strangers: () => strangers,
    stop: async how => {
      ears?.stop()
      greeters.stop()
      for (const { runner } of members.values()) runner.feed({ kind: "stop", stop: how })
      const control = new AbortController()
      const parted = Promise.all([...members.values()].map(({ runner }) => runner.parted())).then(() => control.abort())
      await Promise.race([parted, pause(clock, partingMost, control.signal)])
      // Not before: FRR and BIRD take the end of BFD, on purpose or not, for the end of a session that is still open, and its routes
      // with it. Once FRR has seen the connection close, it keeps them and waits for the restart.
      await bfd.stop()
      for (const { runner } of members.values()) runner.close()
      members.clear()
    },
  }
}
