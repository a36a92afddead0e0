import type { IpFamily } from "../../../agent/core/model.ts"
import type { RouterSide, SessionGroup } from "./side.ts"
import { acceptedOf, groupName, headOf, needsExtendedNextHop, pathsOf } from "./side.ts"

/** Lines that a program adds where BIRD has one block for everything; empty for people. */
export type BirdExtras = {
  /** Before the first protocol. */
  readonly top: readonly string[]
  /** In the template of each group. */
  readonly session: readonly string[]
  /** In its channels. */
  readonly channel: readonly string[]
}

const none: BirdExtras = { top: [], session: [], channel: [] }

/** Configuration of BIRD 2.0.8 or later: a whole bird.conf, from which a router that has one takes the parts it lacks. */
export const birdConfig = (side: RouterSide, extras = none): string => {
  const families = (["IPv4", "IPv6"] as const).filter(family =>
    side.groups.some(group => group.families.includes(family)),
  )
  return [
    ...headOf(side, "bird").map(line => `# ${line}`),
    ...extras.top,
    "",
    "# A router has these three already: keep its own, with merge paths in the kernel protocols.",
    "protocol device { }",
    ...families.flatMap(family => kernelLines(side, family)),
    ...(side.groups.some(({ bfd }) => bfd !== undefined) ? ["protocol bfd { }"] : []),
    ...advertisements(side),
    ...side.groups.flatMap(group => groupLines(side, group, extras)),
    "",
  ].join("\n")
}

const word = (family: IpFamily): string => family.toLowerCase()

const kernelLines = (side: RouterSide, family: IpFamily): readonly string[] => {
  const carrying = side.groups.filter(({ families }) => families.includes(family))
  return [
    "protocol kernel {",
    `  merge paths on limit ${pathsOf(carrying)};`,
    `  ${word(family)} { export where source = RTS_BGP; };`,
    "}",
  ]
}

/** By its router advertisements a node finds an unnumbered router; with a lifetime of 0 no host takes it for its way out. */
const advertisements = ({ groups }: RouterSide): readonly string[] => {
  const interfaces = groups.flatMap(({ members }) =>
    members.flatMap(one => ("interface" in one ? [one.interface] : [])),
  )
  if (interfaces.length === 0) return []
  return [
    "protocol radv {",
    ...interfaces.map(name => `  interface "${name}" { max ra interval 10; default lifetime 0; };`),
    "}",
  ]
}

/** Symbols in quotes may carry dashes and dots, and have 64 characters at most. */
const symbol = (name: string): string => `'${name}'`

const fits = (name: string): boolean => name.length <= 60

const groupLines = (side: RouterSide, group: SessionGroup, extras: BirdExtras): readonly string[] => {
  const name = fits(`${groupName(group)}-IPv4`) ? groupName(group) : `metallb-${side.groups.indexOf(group) + 1}`
  return [
    ...group.families.flatMap(family => filterLines(group, family, filterName(name, family))),
    "",
    `template bgp ${symbol(name)} {`,
    ...sessionLines(side, group).map(line => `  ${line}`),
    ...extras.session.map(line => `  ${line}`),
    ...group.families.flatMap(family =>
      [
        `${word(family)} {`,
        `  import filter ${filterName(name, family)};`,
        ...(family === "IPv4" && needsExtendedNextHop(group) ? ["  extended next hop on;"] : []),
        ...(extras.channel.some(line => line.startsWith("export ")) ? [] : ["  export none;"]),
        ...extras.channel.map(line => `  ${line}`),
        "};",
      ].map(line => `  ${line}`),
    ),
    "}",
    ...group.members.flatMap((member, place) => {
      const own = fits(`${name}-${member.node}`) ? `${name}-${member.node}` : `${name}-${place + 1}`
      const neighbor =
        "interface" in member
          ? `neighbor range fe80::/10 as ${group.asn}; interface "${member.interface}";`
          : `neighbor ${member.address} as ${group.asn};`
      return [`protocol bgp ${symbol(own)} from ${symbol(name)} { ${neighbor} description "${member.node}"; }`]
    }),
  ]
}

const filterName = (name: string, family: IpFamily): string => symbol(`${name}-${word(family)}`)

/** FRR does so by itself (RFC 8326 section 4.2); BIRD has to be told. */
const leavingLast = "  if (65535, 0) ~ bgp_community then bgp_local_pref = 0; # a node that is drained comes last"

const filterLines = (group: SessionGroup, family: IpFamily, name: string): readonly string[] => {
  const accepted = acceptedOf(group, family).map(({ prefix, length }) => `${prefix}{${length},${length}}`)
  const condition = accepted.length === 0 ? [] : [`  if net ~ [ ${accepted.join(", ")} ] then accept;`]
  return ["", `filter ${name} {`, leavingLast, ...condition, "  reject;", "}"]
}

/** BIRD computes the least TTL from the hops that it is told. */
const distanceLines = ({ multihop, ttlSecurityHops: hops }: SessionGroup): readonly string[] => {
  if (hops === undefined) return multihop ? ["multihop;"] : []
  return [hops === 1 ? "direct;" : `multihop ${hops};`, "ttl security on;"]
}

const sessionLines = (side: RouterSide, group: SessionGroup): readonly string[] => [
  `local${group.address === undefined ? "" : ` ${group.address}`}${group.port === 179 ? "" : ` port ${group.port}`} as ${side.asn};`,
  "passive on;",
  ...distanceLines(group),
  ...(group.password === undefined ? [] : [`password "${group.password}";`]),
  ...(group.holdTime === undefined ? [] : [`hold time ${group.holdTime};`]),
  ...(group.keepaliveTime === undefined || group.keepaliveTime === 0 ? [] : [`keepalive time ${group.keepaliveTime};`]),
  ...(group.bfd === undefined
    ? []
    : [
        `bfd { min rx interval ${group.bfd.receiveInterval} ms; min tx interval ${group.bfd.transmitInterval} ms; multiplier ${group.bfd.detectMultiplier}; };`,
      ]),
  ...(group.gracefulRestart ? ["graceful restart aware;"] : []),
]
