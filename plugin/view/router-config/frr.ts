import type { IpFamily } from "../../../agent/core/model.ts"
import type { RouterSide, SessionGroup } from "./side.ts"
import {
  acceptedOf,
  bfdProfilesOf,
  frrLimits,
  groupName,
  headOf,
  isInternal,
  lengthOf,
  needsExtendedNextHop,
  pathsOf,
} from "./side.ts"

/** Configuration of FRR (8 or later) as vtysh and frr.conf take it; it adds to what the router has. */
export const frrConfig = (side: RouterSide): string =>
  [
    ...headOf(side, "frr").map(line => `! ${line}`),
    ...portNotes(side),
    ...frrLimits(side).map(line => `! ${line}`),
    "!",
    ...bfdLines(side),
    ...side.groups.flatMap(prefixLists),
    ...nothing(side),
    "!",
    `router bgp ${side.asn}`,
    ...side.groups.flatMap(group => neighborLines(side, group).map(line => ` ${line}`)),
    ...(["IPv4", "IPv6"] as const).flatMap(family => familyLines(side, family)),
    "exit",
    "!",
    "",
  ].join("\n")

const portNotes = ({ groups }: RouterSide): readonly string[] =>
  groups
    .filter(({ port }) => port !== 179)
    .map(({ peer, port }) => `! BGPPeer ${peer} connects to port ${port}: bgpd must be started with -p ${port}.`)

const bfdLines = (side: RouterSide): readonly string[] => {
  const profiles = bfdProfilesOf(side)
  if (profiles.length === 0) return []
  return [
    "bfd",
    ...profiles.flatMap(profile => [
      ` profile metallb-${profile.name}`,
      `  detect-multiplier ${profile.detectMultiplier}`,
      `  receive-interval ${profile.receiveInterval}`,
      `  transmit-interval ${profile.transmitInterval}`,
      " exit",
    ]),
    "exit",
    "!",
  ]
}

const listWord = (family: IpFamily): string => (family === "IPv4" ? "ip" : "ipv6")

const prefixLists = (group: SessionGroup): readonly string[] =>
  group.families.flatMap(family => {
    const head = `${listWord(family)} prefix-list ${groupName(group)} seq`
    const accepted = acceptedOf(group, family)
    if (accepted.length === 0) return [`${head} 5 deny any`]
    return accepted.map(({ prefix, length }, place) => {
      const range = lengthOf(prefix) === length ? "" : ` ge ${length} le ${length}`
      return `${head} ${5 * (place + 1)} permit ${prefix}${range}`
    })
  })

/** The nodes need no routes, and filters both ways are what RFC 8212 asks for. */
const nothing = ({ groups }: RouterSide): readonly string[] =>
  (["IPv4", "IPv6"] as const)
    .filter(family => groups.some(({ families }) => families.includes(family)))
    .map(family => `${listWord(family)} prefix-list metallb-nothing seq 5 deny any`)

const neighborLines = (side: RouterSide, group: SessionGroup): readonly string[] => {
  const name = groupName(group)
  const timers = group.holdTime === undefined ? undefined : [group.keepaliveTime ?? 0, group.holdTime]
  return [
    `neighbor ${name} peer-group`,
    `neighbor ${name} remote-as ${group.asn}`,
    ...(group.password === undefined ? [] : [`neighbor ${name} password ${group.password}`]),
    // FRR takes one of the two; TTL security sends with 255 as well.
    ...(group.multihop && group.ttlSecurityHops === undefined && !isInternal(side, group)
      ? [`neighbor ${name} ebgp-multihop`]
      : []),
    ...(group.multihop && group.address !== undefined ? [`neighbor ${name} update-source ${group.address}`] : []),
    ...(timers === undefined ? [] : [`neighbor ${name} timers ${timers.join(" ")}`]),
    ...(group.bfd === undefined
      ? []
      : [`neighbor ${name} bfd`, `neighbor ${name} bfd profile metallb-${group.bfd.name}`]),
    ...(group.gracefulRestart ? [`neighbor ${name} graceful-restart-helper`] : []),
    ...(needsExtendedNextHop(group) && group.address !== undefined
      ? [`neighbor ${name} capability extended-nexthop`]
      : []),
    `neighbor ${name} passive`,
    ...group.members.flatMap(member => {
      const key = "interface" in member ? member.interface : member.address
      return [
        "interface" in member ? `neighbor ${key} interface peer-group ${name}` : `neighbor ${key} peer-group ${name}`,
        `neighbor ${key} description ${member.node}`,
        ...(group.ttlSecurityHops === undefined ? [] : [`neighbor ${key} ttl-security hops ${group.ttlSecurityHops}`]),
      ]
    }),
  ]
}

const familyLines = (side: RouterSide, family: IpFamily): readonly string[] => {
  const carrying = side.groups.filter(({ families }) => families.includes(family))
  const others = side.groups.filter(group => !carrying.includes(group))
  const paths = (internal: boolean) => carrying.filter(group => isInternal(side, group) === internal)
  const lines = [
    ...carrying.flatMap(group => [
      `neighbor ${groupName(group)} activate`,
      `neighbor ${groupName(group)} prefix-list ${groupName(group)} in`,
      `neighbor ${groupName(group)} prefix-list metallb-nothing out`,
    ]),
    // FRR gives every neighbour IPv4 unless told otherwise.
    ...(family === "IPv4" ? others.map(group => `no neighbor ${groupName(group)} activate`) : []),
    ...(paths(false).length === 0 ? [] : [`maximum-paths ${pathsOf(paths(false))}`]),
    ...(paths(true).length === 0 ? [] : [`maximum-paths ibgp ${pathsOf(paths(true))}`]),
  ]
  if (lines.length === 0) return []
  return [
    " !",
    ` address-family ${family.toLowerCase()} unicast`,
    ...lines.map(line => `  ${line}`),
    " exit-address-family",
  ]
}
