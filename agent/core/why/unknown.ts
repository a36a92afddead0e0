import type { ReasonCode } from "../reasons.ts"
import type { SnapshotPart } from "../snapshot.ts"
import type { WhyContext } from "./context.ts"
import type { AnnouncementReport, UnknownPart } from "./report.ts"

/** What each part is needed for, so that a missing permission is told with what it hides. */
const consequences: Record<SnapshotPart, string> = {
  services: "who holds which address cannot be said",
  endpointSlices: "whether an endpoint can serve, and so which node announces, cannot be said",
  nodes: "which node announces cannot be said",
  namespaces: "which namespaces a pool serves cannot be said",
  pools: "which pool may give an address cannot be said",
  l2Advertisements: "whether a pool is announced, and from where, cannot be said",
  bgpPeers: "which routers are told cannot be said",
  bgpAdvertisements: "whether a pool is told to routers, and how, cannot be said",
  communities: "which communities routes carry cannot be said",
  legacyConfig: "pools of the ConfigMap are missing here",
  speakers: "every node is taken to run a speaker that is ready",
  reservations: "whether an address is kept for another service cannot be said",
  company:
    "speakers decide among themselves whether a node that is not ready may announce, so which node does cannot be said",
  announced: "with balanced placement, which node announces depends on who announces now, and cannot be said",
}

/** `announcements`: the verdicts that may depend on them. */
export const unknownParts = (
  { unread }: WhyContext,
  announcements: readonly AnnouncementReport[],
): readonly UnknownPart[] =>
  [...unread]
    .filter(([what]) => what !== "company" || announcements.some(dependsOnReadiness))
    .map(([what, why]) => ({ what, why, consequence: consequences[what] }))

/** A node was turned down for what speakers that know each other do not look at. */
const dependsOnReadiness = ({ nodes, certain }: AnnouncementReport): boolean =>
  !certain || nodes.some(({ verdict, reason }) => verdict === "rejected" && byReadiness.includes(reason))

const byReadiness: readonly ReasonCode[] = ["ML303", "ML304", "ML306"]
