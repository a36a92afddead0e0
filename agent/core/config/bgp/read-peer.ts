import { parseAddress } from "../../ip/parse.ts"
import type { BgpPeerResource } from "../../model-bgp.ts"
import type { ConfigSource } from "../model.ts"
import type { Problems } from "../problem.ts"
import { checkSelectors } from "../selectors.ts"
import type { BgpPeer, PasswordSource, PeerEndpoint, RemoteAs } from "./model.ts"
import { checkAddress, checkNumber } from "./numbers.ts"
import type { KnownSecrets } from "./read-password.ts"
import { readPassword } from "./read-password.ts"
import { readTimers } from "./timers.ts"

const asns = 4294967295

/** Judges one BGPPeer by itself; undefined where it cannot be used, or has been found unreadable before. */
export const readPeer = (
  resource: BgpPeerResource,
  source: ConfigSource,
  secrets: KnownSecrets,
  problems: Problems,
): BgpPeer | undefined => {
  if (problems.broken) return undefined
  for (const { field, message } of resource.malformed ?? []) problems.error("ML201", field, message)
  checkNumber("spec.myASN", resource.myASN, 1, asns, problems)
  const remote = readRemote(resource, problems)
  const localASN =
    resource.localASN === 0 ? undefined : checkNumber("spec.localASN", resource.localASN, 1, asns, problems)
  const endpoint = readEndpoint(resource, problems)
  const sourceAddress = checkAddress("spec.sourceAddress", resource.sourceAddress, problems)
  const mostPort = source === "legacy" ? 65535 : 16384
  const port = resource.peerPort === 0 ? 179 : checkNumber("spec.peerPort", resource.peerPort, 1, mostPort, problems)
  const timers = readTimers(resource, problems)
  const routerID = readRouterID(resource, problems)
  checkSelectors("spec.nodeSelectors", resource.nodeSelectors, problems)
  if (resource.ebgpMultiHop && (remote?.kind === "internal" || resource.peerASN === resource.myASN)) {
    const message = `ebgpMultiHop is for peers of another AS, and this one is of the own AS ${resource.myASN}`
    problems.error("ML251", "spec.ebgpMultiHop", message)
  }
  const ttlSecurityHops = readTtlSecurity(resource, problems)
  if (resource.disableMP) {
    problems.warning("ML256", "spec.disableMP", "the field is deprecated and has no effect")
  }
  const password: PasswordSource | undefined = readPassword(resource, source, secrets, problems)
  if (problems.broken || remote === undefined || endpoint === undefined || password === undefined) return undefined
  return {
    name: resource.name,
    source,
    myASN: resource.myASN,
    remote,
    localASN,
    endpoint,
    sourceAddress,
    port,
    timers,
    routerID,
    nodeSelectors: resource.nodeSelectors,
    password,
    bfdProfile: resource.bfdProfile === "" ? undefined : resource.bfdProfile,
    gracefulRestart: resource.enableGracefulRestart,
    ebgpMultiHop: resource.ebgpMultiHop,
    ttlSecurityHops,
    vrf: resource.vrf,
    dualStackAddressFamily: resource.dualStackAddressFamily,
  }
}

/** A peer that must be on the link and may be behind a router is a contradiction; with more hops the two go together. */
const readTtlSecurity = ({ ttlSecurityHops: hops, ebgpMultiHop }: BgpPeerResource, problems: Problems) => {
  if (hops === undefined) return undefined
  if (hops === 1 && ebgpMultiHop) {
    const message = "ttlSecurityHops 1 is for a peer on the link, but ebgpMultiHop is set; allowed is 2 to 254 with it"
    problems.error("ML251", "spec.ttlSecurityHops", message)
  }
  return checkNumber("spec.ttlSecurityHops", hops, 1, 254, problems)
}

const readRemote = ({ peerASN, dynamicASN }: BgpPeerResource, problems: Problems): RemoteAs | undefined => {
  if (dynamicASN === "") {
    if (peerASN === 0) {
      problems.error("ML251", "spec.peerASN", "neither peerASN nor dynamicASN is set; exactly one must be")
      return undefined
    }
    return { kind: "as", asn: checkNumber("spec.peerASN", peerASN, 1, asns, problems) }
  }
  if (peerASN !== 0) {
    problems.error("ML251", "spec.dynamicASN", "peerASN and dynamicASN are both set; exactly one must be")
    return undefined
  }
  if (dynamicASN === "internal" || dynamicASN === "external") return { kind: dynamicASN }
  const allowed = "internal or external"
  const message = `"${dynamicASN.slice(0, 40)}" is not allowed; allowed is ${allowed}`
  problems.error("ML250", "spec.dynamicASN", message, { allowed })
  return undefined
}

const readEndpoint = (resource: BgpPeerResource, problems: Problems): PeerEndpoint | undefined => {
  const { peerAddress, interface: link } = resource
  if ((peerAddress === "") === (link === "")) {
    const what = link === "" ? "neither peerAddress nor interface is set" : "peerAddress and interface are both set"
    problems.error("ML251", "spec.peerAddress", `${what}; exactly one must be`)
    return undefined
  }
  if (link !== "") return { kind: "interface", name: link }
  const address = parseAddress(peerAddress)
  if (address !== undefined) return { kind: "address", address }
  const allowed = "an address such as 192.0.2.1 or 2001:db8::1"
  const message = `invalid BGPPeer address "${peerAddress.slice(0, 64)}"; allowed is ${allowed}`
  problems.error("ML250", "spec.peerAddress", message, { allowed })
  return undefined
}

/** Shown as 32 bits (RFC 4271 section 4.2); MetalLB takes an IPv6 text and fails on it later. */
const readRouterID = (resource: BgpPeerResource, problems: Problems) => {
  const routerID = checkAddress("spec.routerID", resource.routerID, problems)
  if (routerID === undefined || routerID.family === "IPv4") return routerID
  const allowed = "an IPv4 address such as 192.0.2.1"
  problems.error("ML250", "spec.routerID", `"${resource.routerID}" is IPv6; allowed is ${allowed}`, { allowed })
  return undefined
}
