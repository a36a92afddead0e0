import { keyOf } from "../core/allocate/claim.ts"
import { type AnnounceContext, type Holders, poolContaining } from "../core/announce/context.ts"
import type { Address } from "../core/ip/address.ts"
import { formatAddress } from "../core/ip/format.ts"
import { parseAddress } from "../core/ip/parse.ts"
import type { Node, ObjectKey, SpeakerPod } from "../core/model.ts"
import { formatMac, type Mac } from "../core/net/mac.ts"
import {
  type Checks,
  checksAtStart,
  conclude,
  type Held,
  look,
  mayAnnounce,
  retryAt,
  toProbe,
} from "../core/probe/checks.ts"
import type { Evidence } from "../core/probe/frame.ts"
import { spareBeside } from "../core/probe/spare.ts"
import type { Target, Verdict } from "../core/probe/state.ts"
import { byEcho } from "../core/quarantine/quarantine.ts"
import { phraseOf } from "../core/sentence.ts"
import type { Edges } from "../edges.ts"
import { nodeReference } from "../object-reference.ts"
import type { Timer } from "../ports/clock.ts"
import type { EventRecorder } from "../ports/kube/events.ts"
import type { Assignment } from "./assignments.ts"
import { type ConflictReports, createConflictReports, type Found } from "./conflict-reports.ts"
import type { Ears } from "./ears.ts"
import type { UsableLink } from "./links.ts"
import { createProber } from "./prober.ts"
import type { RemoteAddresses } from "./remote-addresses.ts"
import type { ServiceStatusWriter } from "./service-status.ts"

/** Who comes first for an address, by its canonical text, as the API says; undefined: nobody. */
export type Elected = (vip: string) => string | undefined

/** Lets an address be announced for the first time only where no other machine has it. */
export type FirstUse = {
  /**
   * Of what this node is to announce, what it may: what is being asked for is left out, and what another machine has gets an
   * obstacle.
   */
  readonly admit: (
    assignments: readonly Assignment[],
    context: AnnounceContext,
    elected: Elected,
  ) => readonly Assignment[]
  /** No owner reported another machine that has the address. */
  readonly isClear: (address: Address) => boolean
  readonly links: (links: readonly UsableLink[]) => void
  readonly answered: (evidence: Evidence, interfaceName: string) => void
  /** Who has new addresses, as the nodes say. */
  readonly reports: Pick<ConflictReports, "has" | "known" | "want" | "withdraw">
  /** What is new and not announced yet, for people. */
  readonly answer: () => readonly FreshAnswer[]
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly stop: () => void
}

/** `mine`: this node asks; `conflict`: who has it. */
export type FreshAnswer = { readonly address: string; readonly mine: boolean; readonly conflict: object | null }

export type FirstUseEdges = Edges & {
  /** Without it addresses behind routers are not asked for. */
  readonly remote?: RemoteAddresses | undefined
}

export type FirstUseOptions = {
  readonly namespace: string
  readonly node: string
  /** The own pod; undefined when run by hand. */
  readonly pod: () => SpeakerPod | undefined
  readonly statuses: Pick<ServiceStatusWriter, "known" | "says" | "saysOther">
  readonly recorder: EventRecorder
  /** `admit` would say something else than before. */
  readonly onChange: () => void
}

export const checkFirstUse = (
  edges: FirstUseEdges,
  ears: Pick<Ears, "send" | "setQuestions">,
  { namespace, node, pod, statuses, recorder, onChange }: FirstUseOptions,
): FirstUse => {
  const { clock } = edges
  const log = edges.log.from("speaker/first-use")
  let checks: Checks = checksAtStart
  /** What went through before it was known what the cluster announces. */
  let early: ReadonlySet<string> = new Set()
  let own: Node | undefined
  let context: AnnounceContext | undefined
  let timer: Timer | undefined

  const reports = createConflictReports(edges, namespace, onChange)
  const { remote } = edges
  /** What is asked for by echo after the link. BOUNDED by the new addresses. */
  const echoing = new Set<string>()
  const prober = createProber(edges, ears, {
    verdict: (address, verdict) => {
      const target =
        verdict.kind === "conflict" || context === undefined ? undefined : remote?.targetOf(address, context)
      if (remote === undefined || target === undefined) return settle(address, verdict)
      const text = formatAddress(address)
      echoing.add(text)
      remote.ask(target, said => {
        echoing.delete(text)
        settle(address, said.kind === "conflict" ? echoed : verdict)
      })
    },
    off: ({ interface: name, family, mac }) => {
      const facts = { interface: name, family, mac: formatMac(mac) }
      log.warn("new addresses are not asked for on this link", { reason: "ML339", ...facts })
      const message = `${phraseOf("ML339", facts)} [ML339]`
      if (own !== undefined)
        recorder.record({ about: nodeReference(own), type: "Warning", reason: "conflictCheckOff", message })
    },
  })

  const settle = (address: Address, verdict: Verdict) => {
    checks = conclude(checks, address, verdict, clock.monotonic())
    const text = formatAddress(address)
    tell(text, verdict)
    if ((verdict.kind === "free" || verdict.kind === "proxy") && reports.has(text)) reports.withdraw("link", text)
    onChange()
  }

  const tell = (address: string, verdict: Verdict) => {
    const { kind, reason } = verdict
    if (kind === "conflict") {
      const { interface: name, mac } = verdict
      return log.warn("another machine has a new address", { address, reason, interface: name, mac: macText(mac) })
    }
    if (kind === "unknown") return log.warn("new address could not be asked for", { address, reason })
    log.info("new address asked for", { address, verdict: kind, reason })
  }

  const admit: FirstUse["admit"] = (assignments, latest, elected) => {
    const able = assignments.filter(({ obstacle }) => obstacle === undefined)
    const ready = reports.known() && (checks.seen !== undefined || statuses.known())
    if (!ready) {
      early = new Set(able.map(({ address }) => formatAddress(address)))
      return assignments
    }
    context = latest
    own = latest.nodes.find(({ name }) => name === node)
    const now = clock.monotonic()
    const mine = new Set(able.map(({ address }) => formatAddress(address)))
    checks = look(checks, latest.holders.keys(), heldIn(latest, mine, elected), now)
    early = new Set()
    const due = toProbe(checks, now).filter(address => !echoing.has(formatAddress(address)))
    if (due.length > 0) prober.nodes({ macs: new Set(), addresses: nodeAddresses(latest) })
    prober.want(targetsOf(due, able, latest))
    const again = retryAt(checks, now)
    timer?.cancel()
    timer = again === undefined ? undefined : clock.after(again - now, onChange)
    const judged = assignments.flatMap(one => judge(one))
    reports.want("link", foundIn(judged, node))
    return judged
  }

  /** What an address is like is looked up where it matters, which is for few of them and not for all at every pass. */
  const heldIn = (context: AnnounceContext, mine: ReadonlySet<string>, elected: Elected) => {
    const born = pod()?.createdAt ?? 0
    const says = (key: ObjectKey) => statuses.says(key) === true || statuses.saysOther(key)
    return (text: string): Held | undefined => {
      const holders = context.holders.get(text)
      if (holders === undefined) return undefined
      const { address, services } = holders
      const owner = elected(text)
      const isYoung = born > 0 && !early.has(text)
      return {
        address,
        mine: mine.has(text),
        elsewhere: owner !== undefined && owner !== node,
        announced: services.some(service => statuses.saysOther(keyOf(service))),
        reported: reports.has(text),
        exempt: isExempt(holders, context),
        young: isYoung && services.every(service => service.createdAt > born && !says(keyOf(service))),
      }
    }
  }

  const judge = (one: Assignment): readonly Assignment[] => {
    if (one.obstacle !== undefined || mayAnnounce(checks, one.address)) return [one]
    const address = formatAddress(one.address)
    const conflict = checks.fresh.get(address)?.conflict
    if (conflict === undefined) return []
    const facts = { address, mac: macText(conflict.mac), interface: conflict.interface }
    return [{ ...one, obstacle: { reason: conflict.mac.length === 0 ? "ML349" : "ML345", facts } }]
  }

  return {
    admit,
    isClear: address => !reports.has(formatAddress(address)),
    reports,
    links: prober.links,
    answered: prober.answered,
    answer: () =>
      [...checks.fresh].map(([address, { mine, conflict }]) => ({
        address,
        mine,
        conflict: conflict === undefined ? null : { ...conflict, mac: macText(conflict.mac) },
      })),
    run: reports.run,
    stop: () => {
      timer?.cancel()
      prober.stop()
      reports.stop()
    },
  }
}

/** Who answers an echo request may be many routers away, and has no MAC here. */
const echoed: Verdict = { kind: "conflict", reason: "ML345", mac: new Uint8Array(0), interface: "" }
const macText = (mac: Mac): string => (mac.length === 0 ? byEcho : formatMac(mac))

const isExempt = ({ address }: Holders, { pools }: AnnounceContext): boolean => {
  const pool = poolContaining(pools, [address])
  return pool === undefined || pool.conflictCheck === "none"
}

const nodeAddresses = ({ nodes }: AnnounceContext): readonly Address[] =>
  nodes.flatMap(({ addresses }) => addresses.flatMap(text => parseAddress(text) ?? []))

const targetsOf = (
  due: readonly Address[],
  able: readonly Assignment[],
  context: AnnounceContext,
): readonly Target[] => {
  if (due.length === 0) return []
  const interfaces = new Map(able.map(one => [formatAddress(one.address), one.interfaces]))
  const taken = new Set([...context.holders.keys(), ...nodeAddresses(context).map(formatAddress)])
  return due.map(address => {
    const ranges = poolContaining(context.pools, [address])?.ranges ?? []
    const spare = spareBeside(address, ranges, one => taken.has(formatAddress(one)))
    return { address, interfaces: interfaces.get(formatAddress(address)) ?? "all", spare }
  })
}

const foundIn = (judged: readonly Assignment[], node: string): ReadonlyMap<string, Found> =>
  new Map(
    judged.flatMap(({ obstacle, decidedBy }) => {
      if (obstacle?.reason !== "ML345" && obstacle?.reason !== "ML349") return []
      const { address, mac, interface: name } = obstacle.facts
      const found = { address: String(address), mac: String(mac), interface: String(name), node, service: decidedBy }
      return [[found.address, found] as const]
    }),
  )
