import type { RouterSide, SessionGroup } from "./side.ts"
import { acceptedOf, frrLimits, groupName, headOf, lengthOf } from "./side.ts"

/** A shell script that tells OPNsense's API what to do: its plugin os-frr keeps the configuration, so no file can be edited. */
export const opnsenseConfig = (side: RouterSide): string =>
  [
    "#!/bin/sh",
    ...headOf(side, "opnsense").map(line => `# ${line}`),
    "# Needs the plugin os-frr and an API key of System > Access > Users, in KEY and SECRET; OPNSENSE is its https URL.",
    "# Run it once: a second run adds everything a second time.",
    ...notes(side),
    "set -eu",
    "post() {",
    `  curl -fsS -u "$KEY:$SECRET" -H 'Content-Type: application/json' -d "$2" "$OPNSENSE/api/quagga/$1"`,
    "}",
    "# Prints the identifier of what was added; what was refused is shown, and ends the script.",
    "add() {",
    `  reply=$(post "$1" "$2")`,
    `  id=$(printf %s "$reply" | sed -n 's/.*"uuid":"\\([^"]*\\)".*/\\1/p')`,
    `  [ -n "$id" ] || { printf '%s: %s\\n' "$1" "$reply" >&2; exit 1; }`,
    `  printf %s "$id"`,
    "}",
    "",
    call("general/set", { general: { enabled: "1" } }),
    call("bgp/set", {
      bgp: {
        enabled: "1",
        asnumber: String(side.asn),
        ...(side.groups.some(({ gracefulRestart }) => gracefulRestart) ? { graceful: "1" } : {}),
      },
    }),
    ...(side.groups.some(({ bfd }) => bfd !== undefined) ? [call("bfd/set", { bfd: { enabled: "1" } })] : []),
    ...side.groups.flatMap(groupLines),
    "post service/reconfigure '{}'",
    "",
  ].join("\n")

/** What the plugin has no field for. */
const notes = (side: RouterSide): readonly string[] => {
  const { groups } = side
  const lines = groups.flatMap(({ peer, port, bfd, members, families, ttlSecurityHops }) => [
    ...(ttlSecurityHops === undefined
      ? []
      : [
          `os-frr has no TTL security: BGPPeer ${peer} gets packets with a TTL of 255, but those of the nodes are not checked.`,
        ]),
    ...(port === 179
      ? []
      : [`BGPPeer ${peer} connects to port ${port}, but os-frr listens on 179: set peerPort to 179.`]),
    ...(bfd === undefined
      ? []
      : ["os-frr has no intervals of BFD: FRR's 300 ms x 3 hold, whatever the BFDProfile says."]),
    ...(families.length === 1 ? [] : [`os-frr filters the routes of one family only: ${peer} carries two.`]),
    ...members.flatMap(member =>
      "interface" in member
        ? [`${member.node}: os-frr has no unnumbered sessions; give BGPPeer ${peer} a peerAddress.`]
        : [],
    ),
  ])
  return [...new Set([...lines, ...frrLimits(side)])].map(line => `# ${line}`)
}

const call = (path: string, body: object): string => `post ${path} ${quoted(JSON.stringify(body))}`

/** In single quotes, as a shell takes it. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const groupLines = (group: SessionGroup, place: number): readonly string[] => {
  const lists = { in: `in${place + 1}`, out: `out${place + 1}` }
  const addressed = group.members.flatMap(member => ("address" in member ? [member] : []))
  if (addressed.length === 0) return []
  return [
    "",
    `# BGPPeer ${group.peer}`,
    ...listLines(group, lists),
    ...addressed.flatMap(({ node, address }) => [
      `add bgp/addNeighbor ${neighborOf(group, node, address, lists)} > /dev/null`,
      ...(group.bfd === undefined
        ? []
        : [adding("bfd/addNeighbor", { neighbor: { enabled: "1", description: node, address } })]),
    ]),
  ]
}

/** Names of the shell's variables that hold the identifiers of a group's prefix lists. */
type Lists = { readonly in: string; readonly out: string }

const adding = (path: string, body: object): string => `add ${path} ${quoted(JSON.stringify(body))} > /dev/null`

/** The body is closed behind the identifiers, which the shell fills in. */
const neighborOf = (group: SessionGroup, node: string, address: string, lists: Lists): string => {
  const neighbor = {
    enabled: "1",
    description: node,
    address,
    remoteas: String(group.asn),
    ...(group.password === undefined ? {} : { password: group.password, localip: group.address ?? "" }),
    // With it os-frr sends with a TTL of 255.
    ...(group.multihop || group.ttlSecurityHops !== undefined ? { multihop: "1" } : {}),
    ...(group.families.length > 1 ? { multiprotocol: "1" } : {}),
    ...(group.bfd === undefined ? {} : { bfd: "1" }),
    ...(group.holdTime === undefined || group.holdTime === 0
      ? {}
      : { keepalive: String(group.keepaliveTime), holddown: String(group.holdTime) }),
  }
  const open = JSON.stringify({ neighbor }).slice(0, -2)
  const ids = `,"linkedPrefixlistIn":"'"$${lists.in}"'","linkedPrefixlistOut":"'"$${lists.out}"'"}}`
  return `${quoted(open).slice(0, -1)}${ids}'`
}

/** A neighbour of os-frr has lists for the family of its address alone. */
const listFamily = ({ address }: SessionGroup) => (address?.includes(":") ? "IPv6" : "IPv4")

const listLines = (group: SessionGroup, lists: Lists): readonly string[] => {
  const version = listFamily(group)
  const entry = (name: string, number: number, action: "permit" | "deny", network: string) => {
    const prefixlist = { enabled: "1", name, version, seqnumber: String(number), action, network }
    return quoted(JSON.stringify({ prefixlist }))
  }
  const permitted = acceptedOf(group, version).map(({ prefix, length }, at) => {
    const network = lengthOf(prefix) === length ? prefix : `${prefix} ge ${length} le ${length}`
    return entry(groupName(group), 10 + at, "permit", network)
  })
  const [first, ...others] = permitted.length === 0 ? [entry(groupName(group), 10, "deny", "any")] : permitted
  return [
    `${lists.in}=$(add bgp/addPrefixlist ${first})`,
    ...others.map(line => `add bgp/addPrefixlist ${line} > /dev/null`),
    `${lists.out}=$(add bgp/addPrefixlist ${entry(`${groupName(group)}-out`, 10, "deny", "any")})`,
  ]
}
