import type { Barred } from "../../core/announce/context.ts"
import type { PacketCrypto } from "../../core/crypto.ts"
import type { LinkId } from "../../core/detector/peer.ts"
import type { AddressRange } from "../../core/ip/address.ts"
import type { Settings } from "../../core/membership/settings.ts"
import type { SpeakerPod } from "../../core/model.ts"
import type { Election } from "../../core/ownership/wanted.ts"
import type { LinkSocket } from "../../ports/link-socket.ts"
import type { Membership, MembershipOptions } from "../../ports/membership.ts"
import type { EndFor } from "../assignments.ts"
import type { Done, GuardEdges } from "../guard-terms.ts"
import type { UsableLink } from "../links.ts"
import type { TapedLine } from "../tape.ts"
import type { CompanyAnswer } from "./answer.ts"
import type { SecretPlace } from "./keys.ts"
import type { Gateways } from "./links.ts"

/** What it takes besides the cluster and the link. */
export type CompanyEdges<Socket extends LinkSocket = LinkSocket> = Omit<GuardEdges<Socket>, "clock" | "crypto"> & {
  readonly startMembership: (options: Omit<MembershipOptions, "sockets">) => Promise<Membership>
  readonly packetCrypto: PacketCrypto
  readonly gateways: () => Gateways
}

export type CompanyOptions = {
  /** --ml-bindaddr and --ml-bindport. */
  readonly bind: { readonly address: string; readonly port: number }
  readonly secret: SecretPlace
  /** --ml-wan-config and the file of overrides. */
  readonly settings: Settings | "automatic"
  readonly envelope: Pick<MembershipOptions["envelope"], "compression" | "verifyIncoming" | "verifyOutgoing">
  /** Milliseconds that a node must be first in the order before it takes an address back; undefined: it never does. */
  readonly failbackAfter: number | undefined
}

export type CompanyListener = {
  /** Others are about to hear of it. */
  readonly performed: () => void
  /** Other speakers are there, or the kind of company is another: decide anew. */
  readonly changed: () => void
  /** For the log, the metrics and the history. */
  readonly done: (effect: Done) => void
  readonly count: (what: string) => void
  readonly ask: (interfaceName: string, addresses: readonly string[], mac?: string) => void
  readonly discardOlder: () => void
  readonly steadyUntil: (until: number) => void
}

/** The other speakers, and what is settled with them. */
export type Company = {
  /** "gathering": who is there is not known yet. "alone": without a secret nobody can be told from a stranger; the API alone decides. */
  readonly state: () => "gathering" | "settled" | "alone"
  /** Nodes whose speaker may own something. */
  readonly candidates: () => ReadonlySet<string>
  /** Those of them whose speaker is dead as far as the membership knows. */
  readonly absent: () => ReadonlySet<string>
  readonly mixed: () => boolean
  /** Live members, this node included. */
  readonly members: () => number
  readonly interfaceOn: (link: LinkId) => string | undefined
  readonly endFor: EndFor
  /** Of the links of the others, as their marks say. */
  readonly otherSubnets: () => readonly AddressRange[]
  readonly interfacesOn: (link: LinkId) => readonly string[]
  /** Others can be told from strangers there: an interface without a subnet is on no link of theirs. */
  readonly settles: (interfaceName: string) => boolean
  readonly owns: (vip: string) => boolean
  readonly setLinks: (links: readonly UsableLink[]) => void
  /** What the API says of speakers and nodes. */
  readonly meet: (speakers: readonly SpeakerPod[], nodes: ReadonlyMap<string, readonly string[]>) => void
  /** `unfit`: addresses, by canonical text, that this node leaves to others for a reason of its own. */
  readonly want: (elections: readonly Election[], unfit: ReadonlyMap<string, Barred>) => void
  readonly setApiAway: (away: boolean) => void
  readonly heard: (interfaceName: string, mac: string, claims: string | undefined, age: number, source: string) => void
  readonly missing: () => readonly string[]
  /** What this speaker makes of the others, for people. Asked for addresses, separated by commas, it says nothing of other ones. */
  readonly answer: (addresses: string) => CompanyAnswer
  /** What happened last to the ownership (and the detector), or to the member list, as a file of events. */
  readonly recording: (of: string) => readonly TapedLine[] | undefined
  /** Hands everything over and says goodbye; where the process `restarts`, it is stood in for instead. */
  readonly leave: (restarts: boolean) => Promise<void>
  readonly stop: () => void
}
