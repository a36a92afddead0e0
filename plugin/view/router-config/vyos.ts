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

/** Commands of VyOS (1.4 or later) in its configuration mode. */
export const vyosConfig = (side: RouterSide): string =>
  [
    ...headOf(side, "vyos").map(line => `# ${line}`),
    "# For `configure`; then `commit` and `save`.",
    ...side.groups
      .filter(({ port }) => port !== 179)
      .map(
        ({ peer, port }) => `# BGPPeer ${peer} connects to port ${port}, but VyOS listens on 179: set peerPort to 179.`,
      ),
    ...frrLimits(side).map(line => `# ${line}`),
    ...bfdProfilesOf(side).flatMap(({ name, receiveInterval, transmitInterval, detectMultiplier }) => {
      const profile = `set protocols bfd profile 'metallb-${name}' interval`
      return [
        `${profile} multiplier '${detectMultiplier}'`,
        `${profile} receive '${receiveInterval}'`,
        `${profile} transmit '${transmitInterval}'`,
      ]
    }),
    ...side.groups.flatMap(prefixLists),
    ...nothing(side),
    `set protocols bgp system-as '${side.asn}'`,
    ...side.groups.flatMap(group => groupLines(side, group)),
    ...(["IPv4", "IPv6"] as const).flatMap(family => pathLines(side, family)),
    "",
  ].join("\n")

const listWord = (family: IpFamily): string => (family === "IPv4" ? "prefix-list" : "prefix-list6")

const prefixLists = (group: SessionGroup): readonly string[] =>
  group.families.flatMap(family => {
    const rule = (place: number) => `set policy ${listWord(family)} '${groupName(group)}' rule ${10 * (place + 1)}`
    const accepted = acceptedOf(group, family)
    if (accepted.length === 0) return denyAll(rule(0), family)
    return accepted.flatMap(({ prefix, length }, place) => [
      `${rule(place)} action 'permit'`,
      `${rule(place)} prefix '${prefix}'`,
      ...(lengthOf(prefix) === length ? [] : [`${rule(place)} ge '${length}'`, `${rule(place)} le '${length}'`]),
    ])
  })

const denyAll = (rule: string, family: IpFamily): readonly string[] => [
  `${rule} action 'deny'`,
  `${rule} prefix '${family === "IPv4" ? "0.0.0.0/0" : "::/0"}'`,
  `${rule} le '${family === "IPv4" ? 32 : 128}'`,
]

const nothing = ({ groups }: RouterSide): readonly string[] =>
  (["IPv4", "IPv6"] as const)
    .filter(family => groups.some(({ families }) => families.includes(family)))
    .flatMap(family => denyAll(`set policy ${listWord(family)} 'metallb-nothing' rule 10`, family))

const groupLines = (side: RouterSide, group: SessionGroup): readonly string[] => {
  const name = groupName(group)
  const peerGroup = `set protocols bgp peer-group '${name}'`
  return [
    `${peerGroup} remote-as '${group.asn}'`,
    ...(group.password === undefined ? [] : [`${peerGroup} password '${group.password}'`]),
    ...(group.multihop && group.ttlSecurityHops === undefined && !isInternal(side, group)
      ? [`${peerGroup} ebgp-multihop '255'`]
      : []),
    ...(group.multihop && group.address !== undefined ? [`${peerGroup} update-source '${group.address}'`] : []),
    ...(group.bfd === undefined ? [] : [`${peerGroup} bfd profile 'metallb-${group.bfd.name}'`]),
    ...(group.gracefulRestart ? [`${peerGroup} graceful-restart 'restart-helper'`] : []),
    ...(needsExtendedNextHop(group) && group.address !== undefined ? [`${peerGroup} capability extended-nexthop`] : []),
    `${peerGroup} passive`,
    ...group.families.flatMap(family => {
      const unicast = `${peerGroup} address-family ${family.toLowerCase()}-unicast prefix-list`
      return [`${unicast} import '${name}'`, `${unicast} export 'metallb-nothing'`]
    }),
    ...group.members.flatMap(member => {
      const key = "interface" in member ? member.interface : member.address
      const neighbor = `set protocols bgp neighbor '${key}'`
      return [
        "interface" in member ? `${neighbor} interface peer-group '${name}'` : `${neighbor} peer-group '${name}'`,
        `${neighbor} description '${member.node}'`,
        ...(group.ttlSecurityHops === undefined ? [] : [`${neighbor} ttl-security hops '${group.ttlSecurityHops}'`]),
        // VyOS takes timers from neighbours only.
        ...(group.holdTime === undefined ? [] : [`${neighbor} timers holdtime '${group.holdTime}'`]),
        ...(group.holdTime === undefined ? [] : [`${neighbor} timers keepalive '${group.keepaliveTime ?? 0}'`]),
      ]
    }),
  ]
}

const pathLines = (side: RouterSide, family: IpFamily): readonly string[] => {
  const carrying = side.groups.filter(({ families }) => families.includes(family))
  const paths = (internal: boolean) => carrying.filter(group => isInternal(side, group) === internal)
  const maximum = `set protocols bgp address-family ${family.toLowerCase()}-unicast maximum-paths`
  return [
    ...(paths(false).length === 0 ? [] : [`${maximum} ebgp '${pathsOf(paths(false))}'`]),
    ...(paths(true).length === 0 ? [] : [`${maximum} ibgp '${pathsOf(paths(true))}'`]),
  ]
}
