import type { Address } from "../ip/address.ts"
import type { IpFamily } from "../model.ts"
import type { Mac } from "../net/mac.ts"
import type { ReasonCode } from "../reasons.ts"

/** Monotonic milliseconds. */
export type Millis = number

/**
 * Asks the link for addresses before they are announced for the first time: three probes in RFC 5227's and RFC 4862's format 60 ms
 * apart, 200 ms in all, where RFC 5227 section 1.1 has up to ten seconds. A host that is up answers in a few milliseconds; one that
 * sleeps longer is found by whoever watches for claims (claimant/).
 *
 * An answer starts an inquiry before anything is concluded: the nodes of the cluster are asked for their own addresses, because a node's
 * kernel may answer for a VIP (kube-proxy's IPVS mode), and free addresses nearby, because one station that answers for more than three
 * of them is a proxy and has none. The inquiry listens for a second: Linux delays proxied answers by up to 0.8 s
 * (net.ipv4.neigh.default.proxy_delay).
 */
export type Prober = {
  readonly links: readonly ProbeLink[]
  readonly nodes: KnownNodes
  /** MACs that answered for the addresses of nodes, by "interface address". BOUNDED: learnedMax. */
  readonly learned: ReadonlyMap<string, string>
  /** By canonical text, in the order in which they came. BOUNDED by the caller: new addresses that are this node's. */
  readonly subjects: ReadonlyMap<string, Subject>
  /** By "interface family". BOUNDED by the links; gone when nothing is in doubt there. */
  readonly inquiries: ReadonlyMap<string, Inquiry>
  /** Links on which a proxy answers, by "interface family", and until when nothing is asked there. BOUNDED by the links. */
  readonly off: ReadonlyMap<string, Off>
  readonly window: { readonly start: Millis; readonly frames: number }
}

/** An interface that addresses are announced on. */
export type ProbeLink = {
  readonly name: string
  readonly mac: Mac
  readonly families: readonly IpFamily[]
  /** It has a carrier. */
  readonly running: boolean
}

/** An address to ask for. */
export type Target = {
  readonly address: Address
  readonly interfaces: readonly string[] | "all"
  /** Addresses beside it that no service and no node has; see spare.ts. */
  readonly spare: readonly Address[]
}

/** What is known of the cluster's own stations; MACs as formatMac writes them. */
export type KnownNodes = { readonly macs: ReadonlySet<string>; readonly addresses: readonly Address[] }

export type Subject = {
  readonly target: Target
  /** undefined while it waits for its turn, or for a link with a carrier. */
  readonly began: Began | undefined
}

export type Began = {
  readonly at: Millis
  /** Names of the links that are asked. */
  readonly on: readonly string[]
  /** Probes sent on each, 0 to probeCount. */
  readonly sent: number
  readonly lastAt: Millis
  /** Links that took no frame. */
  readonly refused: ReadonlySet<string>
  /** Stations that are no known node, by MAC. BOUNDED: strangersMax. */
  readonly strangers: ReadonlyMap<string, Stranger>
  /** A node of the cluster answered, which is no conflict. */
  readonly byNode: boolean
}

/** A station that has an address which is asked for ("answer"), or that asks for it too ("probe"). */
export type Stranger = {
  readonly mac: Mac
  readonly interface: string
  readonly how: "answer" | "probe"
  readonly at: Millis
}

/** Addresses that are asked for on one link because a stranger answered there. */
export type Inquiry = {
  readonly interface: string
  readonly family: IpFamily
  /** By canonical text. BOUNDED: asksMax. */
  readonly asks: ReadonlyMap<string, Ask>
  /** There were more nodes to ask than that. */
  readonly incomplete: boolean
  /** By MAC, the free addresses that it answered for. BOUNDED: strangersMax MACs with proxyFrom addresses each. */
  readonly answered: ReadonlyMap<string, ReadonlySet<string>>
}

export type Ask = { readonly address: Address; readonly sent: number; readonly nextAt: Millis }

export type Off = { readonly until: Millis; readonly mac: Mac }

export type ProbeEvent =
  /** Everything that is to be asked for now; what is no longer among it is dropped without a verdict. */
  | { readonly kind: "want"; readonly targets: readonly Target[] }
  | { readonly kind: "links"; readonly links: readonly ProbeLink[] }
  | { readonly kind: "nodes"; readonly nodes: KnownNodes }
  /** A frame said so (frame.ts). */
  | {
      readonly kind: "heard"
      readonly interface: string
      readonly address: Address
      readonly mac: Mac
      readonly how: "answer" | "probe"
    }
  /** A probe could not be sent there. */
  | { readonly kind: "refused"; readonly interface: string; readonly address: Address }
  | { readonly kind: "tick" }

export type Verdict =
  /** Nobody answered, or only nodes of the cluster. */
  | { readonly kind: "free"; readonly reason: "ML338" | "ML347" }
  /** A station that is no node of the cluster has the address, or is about to take it. */
  | { readonly kind: "conflict"; readonly reason: "ML345"; readonly mac: Mac; readonly interface: string }
  /** Links on which a proxy answers say nothing. */
  | { readonly kind: "proxy"; readonly reason: "ML339"; readonly mac: Mac; readonly interface: string }
  /** No link took a probe, or not every node could be asked whether it was it that answered. */
  | { readonly kind: "unknown"; readonly reason: "ML346" }

export type ProbeEffect =
  | { readonly kind: "send"; readonly interface: string; readonly address: Address; readonly frame: Uint8Array }
  /** Given once; the address is not asked for any more. */
  | { readonly kind: "verdict"; readonly address: Address; readonly verdict: Verdict }
  /** Nothing is asked on this link from now on, for `offFor`: people should know. */
  | { readonly kind: "off"; readonly interface: string; readonly family: IpFamily; readonly mac: Mac }

export type ProbeStep = {
  readonly next: Prober
  readonly effects: readonly ProbeEffect[]
  /** When a tick is due; undefined where nothing is. */
  readonly wakeAt: Millis | undefined
  readonly reason: ReasonCode
}

export const probeCount = 3
export const probeEvery: Millis = 60
/** From the first probe to the verdict where nobody answers. */
export const listenFor: Millis = 200
export const askEvery: Millis = 100
/** How long answers are awaited once a stranger has answered. */
export const inquireFor: Millis = 1_000
/** A station that answers for so many free addresses has none of them: more than 3. */
export const proxyFrom = 4
/** A proxy may be switched off, and a link may lead elsewhere. */
export const offFor: Millis = 3_600_000
/** Addresses asked for at the same time, 128 frames a probe and link: hundreds of new services are through in a second or two. */
export const subjectsMax = 128
export const windowLength: Millis = 10
/** As many as the announcer sends: 12,800 a second, one per cent of a gigabit. */
export const framesPerWindow = 128
export const strangersMax = 64
export const asksMax = 288
export const learnedMax = 2_048

export const proberAtStart: Prober = {
  links: [],
  nodes: { macs: new Set(), addresses: [] },
  learned: new Map(),
  subjects: new Map(),
  inquiries: new Map(),
  off: new Map(),
  window: { start: 0, frames: 0 },
}
