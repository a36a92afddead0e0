import { fixOf } from "../../agent/core/sentence.ts"
import type { Counts, PeerSession, SessionUp, ToldWhy } from "../cluster/peers.ts"
import { age, clockTime } from "./duration.ts"
import type { Style } from "./style.ts"
import { type Cell, painted, table } from "./table.ts"

export type PeersPage = {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly wide: boolean
}

/** One row for each session. */
export const peersTable = (sessions: readonly PeerSession[], { now, wide }: PeersPage, style: Style): string =>
  table(
    [
      { title: "PEER" },
      { title: "NODE" },
      { title: "ADDRESS" },
      { title: "AS" },
      { title: "STATE" },
      { title: "SINCE" },
      { title: "BFD" },
      { title: "PREFIXES", right: true },
      ...(wide ? [{ title: "UPS", right: true }, { title: "OURS" }] : []),
      { title: "WHY" },
    ],
    sessions.map(session => rowOf(session, { now, wide }, style)),
  )

const rowOf = (session: PeerSession, { now, wide }: PeersPage, style: Style): readonly Cell[] => {
  const { peer, node, address, remoteAsn, localAsn, state, since, bfd, up, established } = session
  return [
    peer,
    node,
    address === "" ? "<none>" : address,
    up?.asn ?? remoteAsn,
    stateCell(state, style),
    since === 0 ? "<unknown>" : age(now - since),
    bfd === undefined ? "<none>" : bfd.state,
    up === undefined ? "0" : prefixesText(up),
    ...(wide ? [String(established), up === undefined ? localAsn : `${up.local} AS ${localAsn}`] : []),
    shortWhy(session),
  ]
}

export const isUp = ({ state }: PeerSession): boolean => state === "Established"

const stateCell = (state: string, style: Style): Cell => {
  const tone = state === "Established" ? "ok" : "error"
  return painted(style.paint(tone, state), state)
}

/** "5", or "3/5" where some are still to be told or cannot be. */
const prefixesText = ({ families }: SessionUp): string => {
  const told = families.reduce((sum, each) => sum + each.told, 0)
  const wanted = families.reduce((sum, each) => sum + each.wanted, 0)
  return told === wanted ? String(told) : `${told}/${wanted}`
}

/** Why it is not established, or what keeps routes from a peer; what ended the last attempt says more than that another one runs. */
const shortWhy = ({ why, last, up }: PeerSession): string => {
  if (up !== undefined) return up.families.flatMap(family => family.why?.text ?? [])[0] ?? ""
  return last === undefined ? why.text : last.text
}

/** Everything about one peer's sessions, a paragraph for each node. */
export const peerPages = (sessions: readonly PeerSession[], now: number, style: Style): string =>
  sessions.map(session => pageOf(session, now, style)).join("\n\n")

const pageOf = (session: PeerSession, now: number, style: Style): string => {
  const { peer, node, state, since, up, established } = session
  const times =
    established === 0
      ? "never established"
      : established === 1
        ? "established once"
        : `established ${established} times`
  const head = `${style.paint("subject", peer)} on ${node}: ${style.paint(isUp(session) ? "ok" : "error", state)}`
  const lines: (readonly [string, string])[] = [
    ["peer", peerText(session)],
    ["since", since === 0 ? "<unknown>" : `${clockTime(since)} (${age(now - since)}), ${times}`],
    ...(up === undefined ? [["why", whyText(session.why)] as const, ...fixLines(session)] : upLines(up)),
    ["BFD", bfdText(session, now)],
    ...slowLines(session),
    ["messages", `sent ${countsText(session.sent)}; received ${countsText(session.received)}`],
    ...(session.refused.length === 0 ? [] : [["refused", countsText(session.refused)] as const]),
    ...malformedLines(session),
    ...lastLines(session, now),
  ]
  const rows = lines.filter(([, text]) => text !== "").map(([name, text]) => [name, text])
  return `${head}\n${table([{ title: "" }, { title: "" }], rows, "  ")}`
}

const peerText = ({ address, port, remoteAsn, localAsn, up }: PeerSession): string =>
  `${address === "" ? "<not found>" : address} port ${port}, AS ${up?.asn ?? remoteAsn}; this side is AS ${localAsn}`

const upLines = (up: SessionUp): readonly (readonly [string, string])[] => [
  ["connection", `${up.local} to ${up.remote}, opened by ${up.opener === "us" ? "this node" : "the peer"}`],
  ["identifiers", `${up.identifier}, the peer's ${up.peerIdentifier}`],
  ["timers", up.holdTime === 0 ? "off" : `hold ${up.holdTime} s, keepalive ${up.keepaliveTime} s`],
  ...capabilityLines(up),
  [
    "restart",
    up.gracefulRestart ? "the peer keeps the routes while this speaker restarts" : "the peer drops the routes",
  ],
  ...up.families
    .filter(({ wanted, told }) => wanted > 0 || told > 0)
    .map(
      ({ family, told, wanted, why }) =>
        ["prefixes", `${family} ${told} of ${wanted}${why === undefined ? "" : `: ${whyText(why)}`}`] as const,
    ),
  ...(up.learned === 0 ? [] : [["received", `${up.learned} routes, none of which is used`] as const]),
  ...(up.congested ? [["waiting", "the peer takes nothing more at the moment"] as const] : []),
]

const capabilityLines = ({ capabilities, agreed }: SessionUp): readonly (readonly [string, string])[] =>
  agreed === undefined
    ? [["peer can", capabilities.join(", ")]]
    : [
        ["agreed", agreed.join(", ")],
        ["only the peer", capabilities.filter(one => !agreed.includes(one)).join(", ")],
      ]

/** Seconds of a hold time from which on people should know how long a dead node attracts traffic. */
const slow = 10

/** What is to be said where a dead node goes unnoticed for long; undefined where the peer learns of it soon. */
const slownessOf = ({ up, bfd }: PeerSession): string | undefined => {
  if (up === undefined || bfd?.state === "Up" || (up.holdTime > 0 && up.holdTime < slow)) return undefined
  const long = up.holdTime === 0 ? "until TCP gives up" : `for ${up.holdTime} s`
  return `the peer sends traffic to a dead node ${long}: ${bfd === undefined ? "no BFD" : `BFD is ${bfd.state}`}, and a long hold time`
}

const slowLines = (session: PeerSession): readonly (readonly [string, string])[] => {
  const slowness = slownessOf(session)
  if (slowness === undefined) return []
  const { peer, bfd, why } = session
  const edit = `kubectl edit bgppeer ${peer} -n ${why.facts["namespace"] ?? "metallb-system"}`
  if (bfd === undefined) return [noteLine(slowness), ["", `set spec.bfdProfile, or spec.holdTime: 3s: ${edit}`]]
  const fix = bfd.code === undefined ? "" : fixOf(bfd.code, bfd.facts)
  return [noteLine(slowness), ["", fix], ["", `or set spec.holdTime: 3s: ${edit}`]]
}

const noteLine = (text: string) => ["note", text] as const

/** A line for each peer and kind of slowness, with the nodes that it is about. */
export const slowNotes = (sessions: readonly PeerSession[]): readonly string[] => {
  const nodes = new Map<string, { readonly peer: string; readonly slowness: string; readonly nodes: string[] }>()
  for (const session of sessions) {
    const slowness = slownessOf(session)
    if (slowness === undefined) continue
    const { peer, node } = session
    const known = nodes.get(`${peer} ${slowness}`)
    if (known === undefined) nodes.set(`${peer} ${slowness}`, { peer, slowness, nodes: [node] })
    else known.nodes.push(node)
  }
  return [...nodes.values()].map(
    one => `note: ${one.peer} on ${one.nodes.join(", ")}: ${one.slowness}; kubectl metallb peers show ${one.peer}`,
  )
}

/** UPDATEs that were not taken as they are (RFC 7606), by what became of them. */
const malformedLines = ({ malformed }: PeerSession): readonly (readonly [string, string])[] => {
  if (malformed.length === 0) return []
  const texts = malformed.map(
    ([outcome, count]) => `${count} ${Object.hasOwn(outcomes, outcome) ? outcomes[outcome] : outcome}`,
  )
  return [["malformed", `UPDATEs of the peer: ${texts.join(", ")}; the speaker's log has them`]]
}

const outcomes: Readonly<Record<string, string>> = {
  discard: "with attributes left out",
  withdraw: "with routes held for withdrawn",
  reset: "that ended the session",
}

const fixLines = ({ why, last }: PeerSession): readonly (readonly [string, string])[] => {
  const one = last ?? why
  const fix = one.code === undefined ? "" : fixOf(one.code, one.facts)
  return fix === "" ? [] : [["fix", fix]]
}

const whyText = ({ code, text }: ToldWhy): string => (code === undefined ? text : `${text} [${code}]`)

const bfdText = ({ bfd }: PeerSession, now: number): string => {
  if (bfd === undefined) return ""
  const times =
    bfd.detectionTime === 0 ? "" : `, a packet every ${bfd.transmitInterval} ms, lost after ${bfd.detectionTime} ms`
  const since = bfd.since === 0 ? "" : ` for ${age(now - bfd.since)}`
  return `${bfd.state}${since}${times}${bfd.state === "Up" ? "" : `: ${whyText(bfd)}`}`
}

const countsText = (counts: Counts): string =>
  counts.length === 0 ? "nothing" : counts.map(([kind, count]) => `${count} ${kind}`).join(", ")

const enders = { us: "this node", peer: "the peer", network: "the network" } as const

const lastLines = ({ last }: PeerSession, now: number): readonly (readonly [string, string])[] => {
  if (last === undefined) return []
  const by = Object.hasOwn(enders, last.by) ? enders[last.by as keyof typeof enders] : last.by
  return [["last end", `${clockTime(last.at)} (${age(now - last.at)} ago), by ${by}: ${whyText(last)}`]]
}
