import { type AnnounceContext, type AnnounceInput, announceContext } from "../../../../agent/core/announce/context.ts"
import type { HandoverOptions } from "../../../../agent/core/bgp/announce/handover.ts"
import type { Route } from "../../../../agent/core/bgp/rib/route.ts"
import type { ConfigInput } from "../../../../agent/core/config/judge.ts"
import { formatCidr } from "../../../../agent/core/ip/cidr.ts"
import type { Service } from "../../../../agent/core/model.ts"
import { service } from "../../allocate/fixtures.ts"
import { endpoint, node, slice } from "../../announce/fixtures.ts"
import { bgpAd, judge, peer, pool } from "../../config/fixtures.ts"
import { bgpTargets, type ServiceVerdict } from "./whole.ts"

export type Scene = Partial<ConfigInput> & {
  readonly services?: readonly Service[]
  readonly input?: Partial<AnnounceInput>
}

/** shop/web with an address of pool a. */
export const web = (more: Parameters<typeof service>[1] = {}): Service =>
  service("shop/web", { ips: ["10.0.0.1"], from: "a", ...more })

/** Nodes n1 to n3 of racks r1 to r3 with an endpoint each, pool a, and what is written on top: a peer "tor" and an advertisement "all". */
export const scene = ({ services = [web()], input, ...written }: Scene = {}): AnnounceContext => {
  const nodes = written.nodes ?? [1, 2, 3].map(n => node(`n${n}`, { labels: { rack: `r${n}` } }))
  const verdict = judge({
    pools: [pool("a", ["10.0.0.0/28", "2001:db8::/124"])],
    bgpPeers: [peer("tor", { peerAddress: "192.168.9.1", dualStackAddressFamily: true })],
    bgpAdvertisements: [bgpAd("all")],
    ...written,
    nodes,
  })
  return announceContext({
    verdict,
    services,
    endpointSlices: services.map(one => slice(one, ...nodes.map(({ name }) => endpoint(name)))),
    nodes: nodes as AnnounceInput["nodes"],
    speakers: "assumed",
    installNamespace: "metallb-system",
    loadBalancerClass: "",
    ignoreExcludeLB: false,
    ...input,
  })
}

export const targets = (context: AnnounceContext, name = "n1", options: HandoverOptions = { now: 0 }) => {
  const here = context.nodes.find(one => one.name === name)
  if (here === undefined) throw new Error(`there is no node ${name}`)
  return bgpTargets(context, here, options)
}

/** "10.0.0.1/32 lp 100 c 65535:0", as a peer is to have it. */
export const routeText = ({ prefix, attributes }: Route): string => {
  const { localPref, communities, largeCommunities, med, prepend, linkBandwidth } = attributes
  const parts = [
    formatCidr(prefix),
    localPref === undefined ? "" : `lp ${localPref}`,
    ...communities.map(one => `c ${Math.floor(one / 65536)}:${one % 65536}`),
    ...largeCommunities.map(one => `large ${one.join(":")}`),
    med === undefined ? "" : `med ${med}`,
    prepend === 0 ? "" : `prepend ${prepend}`,
    linkBandwidth === undefined ? "" : `bandwidth ${linkBandwidth}`,
  ]
  return parts.filter(part => part !== "").join(" ")
}

/** The routes of each peer as texts. */
export const routes = (
  context: AnnounceContext,
  name?: string,
  options?: HandoverOptions,
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    [...targets(context, name, options).peers].map(([peer, target]) => [peer, target.routes.map(routeText)]),
  )

export const verdictOn = (
  context: AnnounceContext,
  key = "shop/web",
  name?: string,
  options?: HandoverOptions,
): ServiceVerdict["outcome"] => {
  const verdict = targets(context, name, options).verdicts.find(one => one.service === key)
  if (verdict === undefined) throw new Error(`nothing was decided on ${key}`)
  return verdict.outcome
}

/** "bgppeer/tor chosen ML415", a step each. */
export const steps = ({ trace }: ServiceVerdict["outcome"]): readonly string[] =>
  trace.map(({ subject, verdict, reason }) => `${subject} ${verdict} ${reason}`)
