import type { AnnounceContext, Placement } from "../core/announce/context.ts"
import type { Announcer } from "../core/announce/present-owners.ts"
import { type Address, sameAddress } from "../core/ip/address.ts"
import { formatAddress } from "../core/ip/format.ts"
import { parseAddress } from "../core/ip/parse.ts"
import type { ObjectKey } from "../core/model.ts"
import type { HeardStation } from "../core/net/heard.ts"
import { formatMac, type Mac, parseMac } from "../core/net/mac.ts"
import type { Edges } from "../edges.ts"
import { serviceReference } from "../object-reference.ts"
import type { Interfaces } from "../ports/interfaces.ts"
import type { EventRecorder } from "../ports/kube/events.ts"
import type { MulticastGroups } from "../ports/multicast-groups.ts"
import type { PacketSockets } from "../ports/packet-socket.ts"
import type { Questions } from "../ports/query-socket.ts"
import type { Assignment } from "./assignments.ts"
import { type ClaimWatch, createClaimWatch } from "./claim-watch.ts"
import type { ClusterView } from "./cluster.ts"
import { createEars } from "./ears.ts"
import type { IsExcluded } from "./excluded-interfaces.ts"
import { checkFirstUse, type Elected, type FirstUse } from "./first-use.ts"
import { createHerald } from "./herald.ts"
import { createLayer2Status } from "./layer2-status.ts"
import { followLinks, type UsableLink } from "./links.ts"
import type { RemoteAddresses } from "./remote-addresses.ts"
import { createSpeakerEvents } from "./speaker-events.ts"

export type Layer2Edges = Edges & {
  readonly interfaces: Interfaces
  readonly packetSockets: PacketSockets
  readonly multicastGroups: MulticastGroups
  /** Without it addresses behind routers are not asked for. */
  readonly remote?: RemoteAddresses | undefined
}

export type Layer2Options = {
  readonly namespace: string
  readonly nodeName: string
  readonly isExcluded: IsExcluded
  /** Milliseconds after which an address is announced again, about; 0 for never. */
  readonly refreshEvery: number
  /** "balanced": who announces what now matters for who shall, so every change of it is news. */
  readonly placement?: Placement
}

/** What the link brings besides questions. */
export type Layer2Listener = {
  /** Something is to be decided anew: what the cluster says of the announcer, or what was asked of the link, is other than before. */
  readonly changed: () => void
  readonly linksChanged: () => void
  readonly heard: (station: HeardStation, interfaceName: string, age: number) => void
  /** Speakers settle among themselves what becomes of a claim on this interface: it comes back as `foreign` if it is nobody of theirs. */
  readonly settles: (interfaceName: string) => boolean
}

/** An address of another node, whose speaker is away, and the MAC that it has there. */
export type InStead = Pick<Assignment, "address" | "services"> & {
  readonly interfaces: readonly string[]
  readonly inStead: Mac
  readonly node: string
}

/** What was decided besides who announces what. */
export type Decided = {
  readonly context: AnnounceContext
  readonly elected: Elected
  /** By canonical text; shown as announced and not answered for. */
  readonly silent?: ReadonlySet<string>
  /** Answered for, and neither shown nor announced. */
  readonly inStead?: readonly InStead[]
}

/** Answers for addresses and tells people about it; whose they are is decided elsewhere. */
export type Layer2 = {
  readonly links: () => readonly UsableLink[]
  /** Who says that it announces what; undefined while that was not read. */
  readonly announcers: () => readonly Announcer[] | undefined
  /** Whether some node says that it announces the service. */
  readonly isAnnounced: (service: ObjectKey) => boolean
  /** Which addresses other machines have, as the nodes say. */
  readonly reports: FirstUse["reports"]
  /** New addresses that are asked for before their first announcement. */
  readonly fresh: FirstUse["answer"]
  /**
   * All addresses of this node from now on, with the reason where one cannot be announced. One that is new to the cluster is asked for
   * first.
   */
  readonly announce: (assignments: readonly Assignment[], decided: Decided) => void
  /** Announces an address of this node once more. */
  readonly again: (address: Address) => void
  /** A station which is no speaker claims an address of this node on the link of these interfaces. */
  readonly foreign: (address: Address, mac: Mac, interfaces: readonly string[], defend: boolean) => void
  /** `mac`: only of the station that has it. */
  readonly ask: (interfaceName: string, addresses: readonly string[], mac?: string) => void
  readonly discardOlder: () => void
  /** After this instant the process may have stood still without having noticed, and hears of a frame before that is answered. */
  readonly steadyUntil: (until: number) => void
  readonly missing: () => readonly string[]
  readonly questions: Questions
  readonly start: () => void
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly stop: () => void
}

const nobody: ReadonlySet<string> = new Set()

export const createLayer2 = (
  edges: Layer2Edges,
  options: Layer2Options,
  cluster: Pick<ClusterView, "ownPod" | "service">,
  recorder: EventRecorder,
  listener: Layer2Listener,
): Layer2 => {
  const { namespace, nodeName } = options
  const { metrics } = edges
  const log = edges.log.from("speaker")
  const wireLog = edges.log.from("speaker/layer2")
  const status = createLayer2Status(edges, {
    namespace,
    node: nodeName,
    owner: cluster.ownPod,
    onKnown: listener.changed,
    ...(options.placement === "balanced" ? { onTold: listener.changed } : {}),
  })
  const events = createSpeakerEvents({
    node: nodeName,
    recorder,
    metrics,
    log,
    service: cluster.service,
    alreadyTold: status.says,
  })
  const ears = createEars(
    { ...edges, log: wireLog },
    {
      trouble: () => links.rescan(),
      answered: (evidence, name) => firstUse.answered(evidence, name),
      claimed: ({ address, mac }, name) => {
        if (!listener.settles(name)) claimWatch.claimed({ address, mac, interface: name }, true)
      },
      heard: listener.heard,
    },
  )
  const firstUse = checkFirstUse(edges, ears, {
    namespace,
    node: nodeName,
    pod: cluster.ownPod,
    statuses: status,
    recorder,
    onChange: listener.changed,
  })
  const herald = createHerald(edges, ears, options.refreshEvery)
  let announced: readonly Assignment[] = []
  let judged: readonly Assignment[] = []
  let others: readonly InStead[] = []
  const claimWatch = createClaimWatch(
    { ...edges, log: wireLog },
    {
      defend: herald.once,
      tell: (address, message) => {
        for (const key of announced.find(one => sameAddress(one.address, address))?.services ?? []) {
          const service = cluster.service(key)
          if (service === undefined) continue
          recorder.record({ about: serviceReference(service), type: "Warning", reason: "addressConflict", message })
        }
      },
    },
  )
  const links = followLinks({ ...edges, log }, options.isExcluded, (found, changed) => {
    // Also when nothing changed: a socket that was lost is opened again.
    ears.setLinks(found)
    if (!changed) return
    herald.links(found)
    firstUse.links(found)
    listener.linksChanged()
  })

  return {
    links: links.now,
    announcers: () => (status.known() ? status.announcers() : undefined),
    isAnnounced: service => status.says(service) === true || status.saysOther(service),
    reports: firstUse.reports,
    fresh: firstUse.answer,
    announce: (wanted, { context, elected, silent = nobody, inStead = [] }) => {
      const assignments = firstUse.admit(wanted, context, elected)
      const able = assignments.filter(
        ({ address, obstacle }) => obstacle === undefined && (silent.size === 0 || !silent.has(formatAddress(address))),
      )
      // First answer, then tell the link to ask here.
      announced = able
      judged = assignments
      others = inStead.filter(({ address }) => firstUse.isClear(address))
      ears.setVoices([...able, ...others])
      herald.own(able)
      claimWatch.own(able.map(({ address }) => address))
      const states = events.show(assignments)
      status.want(
        new Map(
          [...states].flatMap(([key, { obstacle, interfaces }]) => (obstacle === undefined ? [[key, interfaces]] : [])),
        ),
      )
    },
    again: herald.once,
    foreign: (address, mac, interfaces, defend) => {
      const ours = announced.find(one => sameAddress(one.address, address))?.interfaces ?? []
      const name = interfaces.find(each => ours === "all" || ours.includes(each))
      if (name !== undefined) claimWatch.claimed({ address, mac, interface: name }, defend)
    },
    ask: (name, addresses, mac) =>
      ears.ask(
        name,
        addresses.flatMap(text => parseAddress(text) ?? []),
        mac === undefined ? undefined : parseMac(mac),
      ),
    discardOlder: ears.discardOlder,
    steadyUntil: ears.steadyUntil,
    missing: () => [...ears.deaf(), ...(links.now().length === 0 ? ["no interface to announce on"] : [])],
    questions: {
      owners: () => [
        ...judged.map(one => ({ ...ownerAnswer(one), claimed: claimAnswer(claimWatch.last(one.address)) })),
        ...others.map(inSteadAnswer),
      ],
      links: () => links.now().map(({ mac, ...link }) => ({ ...link, mac: formatMac(mac) })),
    },
    start: links.start,
    run: async signal => {
      await Promise.all([status.run(signal), firstUse.run(signal)])
    },
    stop: () => {
      links.stop()
      herald.stop()
      claimWatch.stop()
      firstUse.stop()
      ears.stop()
      status.stop()
    },
  }
}

/** What this node says of an address that is its own; no interfaces: all of them. */
const ownerAnswer = ({ address, services, interfaces, obstacle }: Assignment) => ({
  address: formatAddress(address),
  services,
  interfaces: interfaces === "all" ? [] : interfaces,
  obstacle: obstacle === undefined ? null : { reason: obstacle.reason, facts: obstacle.facts },
})

/** A station that claimed it within the last ten minutes. */
const claimAnswer = (claim: ReturnType<ClaimWatch["last"]>) =>
  claim === undefined ? null : { mac: formatMac(claim.mac), interface: claim.interface, at: claim.at }

/** And of one that is another's, whose speaker is away. */
const inSteadAnswer = ({ address, services, interfaces, node }: InStead) => ({
  address: formatAddress(address),
  services,
  interfaces,
  obstacle: null,
  inStead: node,
})
