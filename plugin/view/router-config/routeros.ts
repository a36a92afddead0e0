import type { IpFamily } from "../../../agent/core/model.ts"
import type { RouterSide, SessionGroup } from "./side.ts"
import { acceptedOf, groupName, headOf, isInternal, lengthOf } from "./side.ts"

/** Commands of RouterOS (7.20 or later) as its terminal and `/import` take them. */
export const routerosConfig = (side: RouterSide): string =>
  [
    ...headOf(side, "routeros").map(line => `# ${line}`),
    "# Before 7.20: no instance; write as=, and address-families= in the place of afi=, in each connection.",
    "/routing/bgp/instance",
    `add name=metallb as=${side.asn}`,
    ...bfdLines(side),
    "/routing/filter/rule",
    'add chain=metallb-nothing rule="reject"',
    ...side.groups.flatMap(filterLines),
    "/routing/bgp/connection",
    ...side.groups.flatMap(group => connectionLines(side, group)),
    "",
  ].join("\n")

const bfdLines = ({ groups }: RouterSide): readonly string[] => {
  const lines = groups.flatMap(({ bfd, members }) =>
    bfd === undefined
      ? []
      : members.flatMap(member =>
          "interface" in member
            ? []
            : [
                `add addresses=${hostRoute(member.address)} min-rx=${bfd.receiveInterval}ms min-tx=${bfd.transmitInterval}ms multiplier=${bfd.detectMultiplier}`,
              ],
        ),
  )
  return lines.length === 0 ? [] : ["/routing/bfd/configuration", ...lines]
}

const hostRoute = (address: string): string => `${address}/${address.includes(":") ? 128 : 32}`

const filterLines = (group: SessionGroup): readonly string[] => [
  ...group.families.flatMap(family =>
    acceptedOf(group, family).map(({ prefix, length }) => {
      const condition = lengthOf(prefix) === length ? `dst == ${prefix}` : `dst in ${prefix} && dst-len == ${length}`
      return `add chain=${groupName(group)} rule="if (${condition}) { accept }"`
    }),
  ),
  `add chain=${groupName(group)} rule="reject"`,
]

const familyWord = (family: IpFamily): string => (family === "IPv4" ? "ip" : "ipv6")

const connectionLines = (side: RouterSide, group: SessionGroup): readonly string[] => {
  const role = isInternal(side, group) ? "ibgp" : "ebgp"
  const common = [
    "instance=metallb",
    `local.role=${role}`,
    ...(group.address === undefined ? [] : [`local.address=${group.address}`]),
    ...(group.port === 179 ? [] : [`local.port=${group.port}`]),
    `remote.as=${group.asn}`,
    `afi=${group.families.map(familyWord).join(",")}`,
    "connect=no",
    "listen=yes",
    ...(group.multihop ? ["multihop=yes"] : []),
    ...(group.ttlSecurityHops === undefined ? [] : ["local.ttl=255", `remote.ttl=${256 - group.ttlSecurityHops}`]),
    ...(group.holdTime === undefined ? [] : [`hold-time=${group.holdTime === 0 ? "infinity" : `${group.holdTime}s`}`]),
    ...(group.keepaliveTime === undefined || group.keepaliveTime === 0
      ? []
      : [`keepalive-time=${group.keepaliveTime}s`]),
    ...(group.bfd === undefined ? [] : ["use-bfd=yes"]),
    ...(group.password === undefined ? [] : [`tcp-md5-key=${quoted(group.password)}`]),
    `input.filter=${groupName(group)}`,
    "output.filter-chain=metallb-nothing",
  ]
  return group.members.map(member =>
    "interface" in member
      ? `# ${member.node}: RouterOS has no unnumbered sessions; give BGPPeer ${group.peer} a peerAddress.`
      : `add name=${quoted(`${groupName(group)}-${member.node}`)} remote.address=${hostRoute(member.address)} ${common.join(" ")}`,
  )
}

const quoted = (text: string): string => `"${text.replace(/[\\"$]/g, character => `\\${character}`)}"`
