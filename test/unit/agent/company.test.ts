import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import { decodeMark, encodeMark } from "../../../agent/core/detector/mark.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"
import { cidrRange } from "../../../agent/core/ip/range.ts"
import { type Member, ourVersions } from "../../../agent/core/membership/member.ts"
import type { SpeakerPod } from "../../../agent/core/model.ts"
import { parseMac, zeroMac } from "../../../agent/core/net/mac.ts"
import { gatewaysIn } from "../../../agent/ports/gateways.ts"
import { failuresOf } from "../../../agent/speaker/assignments.ts"
import { followGateways } from "../../../agent/speaker/company/gateways.ts"
import { endsFor, ownLinks } from "../../../agent/speaker/company/links.ts"
import { outOfReach, withinReach } from "../../../agent/speaker/company/reach.ts"
import { endpointsOf, type RosterInput, rosterOf } from "../../../agent/speaker/company/roster.ts"
import { rememberingWants } from "../../../agent/speaker/company/wants.ts"
import type { UsableLink } from "../../../agent/speaker/links.ts"
import { speaker } from "../announce/fixtures.ts"
import { virtualClock } from "../kube-client/virtual-clock.ts"

const lan = "192.0.2.0/24"

const usable = (index: number, name: string, addresses: readonly string[], running = true): UsableLink => ({
  index,
  name,
  mac: parseMac(`02:00:00:00:00:0${index}`) ?? zeroMac,
  running,
  families: ["IPv4"],
  addresses: addresses.map(text => {
    const [address = "", length = "24"] = text.split("/")
    return { address, prefixLength: Number(length) }
  }),
})

const member = (name: string, at: string | undefined): Member => ({
  name,
  address: Uint8Array.of(192, 0, 2, 1),
  endpoint: { address: "192.0.2.1", port: 7946 },
  meta: at === undefined ? new Uint8Array() : encodeMark({ boot: 7, links: [{ link: lan, address: at }] }),
  ours: at !== undefined,
  versions: ourVersions,
  incarnation: 1,
  state: "alive",
  since: 0,
})

const pod = (nodeName: string, ip: string): SpeakerPod => speaker(nodeName, { ip })

const input = (more: Partial<RosterInput> = {}): RosterInput => ({
  self: "n1",
  speakers: [],
  nodes: new Map(["n1", "n2", "n3"].map(name => [name, []])),
  members: [member("n1", "192.0.2.1")],
  marks: new Map(),
  links: ownLinks([usable(2, "eth0", ["192.0.2.1/24"])], "192.0.2.1", new Map()).ends,
  mixed: false,
  ...more,
})

test("a live member's mark says where it is, and the membership that it lives", () => {
  const { peers, candidates } = rosterOf(input({ members: [member("n1", "192.0.2.1"), member("n2", "192.0.2.2")] }))
  assert.deepEqual(peers, [{ node: "n2", boot: 7, alive: true, links: [{ link: lan, address: "192.0.2.2" }] }])
  assert.deepEqual([...candidates], ["n1", "n2"])
})

test("a pod that is no member is kept as dead, on the own link that has its address", () => {
  const { peers, candidates } = rosterOf(input({ speakers: [pod("n2", "192.0.2.9"), pod("n3", "198.51.100.3")] }))
  assert.deepEqual(
    peers.map(({ node, alive, boot, links }) => [node, alive, boot, links]),
    [
      ["n2", false, undefined, [{ link: lan, address: "192.0.2.9" }]],
      ["n3", false, undefined, []],
    ],
  )
  assert.ok(candidates.has("n2"))
})

test("a pod without an address is nobody yet", () => {
  assert.deepEqual(rosterOf(input({ speakers: [pod("n2", "")] })).peers, [])
})

test("a member that died keeps the links that it told, until its node is gone", () => {
  const first = rosterOf(input({ members: [member("n2", "192.0.2.2")] }))
  const later = rosterOf(input({ marks: first.marks }))
  assert.deepEqual(later.peers, [
    { node: "n2", boot: undefined, alive: false, links: [{ link: lan, address: "192.0.2.2" }] },
  ])
  assert.deepEqual(rosterOf(input({ marks: first.marks, nodes: new Map([["n1", []]]) })).peers, [])
})

test("a speaker of MetalLB is no peer, and beside it exactly the live members are candidates", () => {
  const members = [member("n1", "192.0.2.1"), member("n2", undefined)]
  const { peers, candidates } = rosterOf(
    input({ members, mixed: true, speakers: [pod("n2", "192.0.2.2"), pod("n3", "192.0.2.3")] }),
  )
  assert.deepEqual(
    peers.map(({ node }) => node),
    ["n3"],
  )
  assert.deepEqual([...candidates], ["n1", "n2"])
})

test("others are looked for at their pods or, without pods, at the nodes' addresses, in the own family", () => {
  const bind = { address: "192.0.2.1", port: 7946 }
  const nodes = new Map([
    ["n1", ["192.0.2.1", "2001:db8::1"]],
    ["n2", ["192.0.2.2", "2001:db8::2"]],
  ])
  const at = (speakers: readonly SpeakerPod[]) => endpointsOf(speakers, nodes, bind).map(({ address }) => address)
  assert.deepEqual(at([]), ["192.0.2.2"])
  assert.deepEqual(at([pod("n1", "192.0.2.1"), pod("n2", "192.0.2.7"), pod("n3", "")]), ["192.0.2.7"])
})

test("a link is named by its subnet; the one with the membership's address comes first, an interface without a subnet is none", () => {
  const { ends, domains, linkOf, interfaceOf } = ownLinks(
    [
      usable(1, "eth0", ["198.51.100.1/24", "203.0.113.1/24"], false),
      usable(2, "eth1", ["192.0.2.1/24"]),
      usable(3, "wg0", ["10.0.0.1/32"]),
    ],
    "192.0.2.1",
    new Map([["eth1", ["192.0.2.254", "fe80::1"]]]),
  )
  assert.deepEqual(
    ends.map(({ link, up, gateways, interfaceIndex }) => [link, up, gateways, interfaceIndex]),
    [
      [lan, true, ["192.0.2.254", "fe80::1"], 2],
      ["198.51.100.0/24", false, [], 1],
    ],
  )
  assert.equal(domains.find(({ link }) => link === "198.51.100.0/24")?.subnets.length, 2)
  assert.deepEqual([linkOf.get("eth1"), linkOf.get("wg0"), interfaceOf.get(lan)], [lan, undefined, "eth1"])
})

test("an interface with a second, lower subnet is on the link of the membership's address, and its mark says so", () => {
  const both = usable(2, "eth0", ["192.0.2.1/24", "10.77.0.1/16"])
  const { ends, domains } = ownLinks([both], "192.0.2.1", new Map())
  assert.deepEqual(
    ends.map(({ link, address }) => [link, address]),
    [[lan, "192.0.2.1"]],
  )
  assert.deepEqual(domains[0]?.subnets.length, 2)
  assert.deepEqual(decodeMark(encodeMark({ boot: 7, links: ends }))?.links, [{ link: lan, address: "192.0.2.1" }])
})

test("of two interfaces on one link the one with a carrier stands for it", () => {
  const { ends, linkOf } = ownLinks(
    [usable(1, "eth0", ["192.0.2.5/24"], false), usable(2, "eth1", ["192.0.2.6/24"])],
    "10.0.0.1",
    new Map(),
  )
  assert.deepEqual(
    ends.map(({ interfaceIndex }) => interfaceIndex),
    [2],
  )
  assert.deepEqual([linkOf.get("eth0"), linkOf.get("eth1")], [lan, lan])
})

const election = (vip: string) => {
  const address = parseAddress(vip)
  assert.ok(address)
  return { address, ordered: address, eligible: ["n1", "n2", "n3"].map(node => ({ node, score: 0 })) }
}
const peer = (node: string, link: string) => ({
  node,
  boot: 1,
  alive: true,
  links: [{ link, address: "192.0.2.2" }],
})

test("who has no end on an address's link may not have it; an address in nobody's subnet may be anybody's", () => {
  const subnet = parseAddress("192.0.2.0")
  assert.ok(subnet)
  const domains = [{ link: lan, subnets: [cidrRange(subnet, 24)] }]
  const peers = [peer("n2", lan), peer("n3", "198.51.100.0/24")]
  const eligible = (vip: string) =>
    withinReach([election(vip)], "n1", domains, peers)[0]?.eligible.map(({ node }) => node)
  assert.deepEqual(eligible("192.0.2.50"), ["n1", "n2"])
  assert.deepEqual(eligible("198.51.100.50"), ["n3"])
  assert.deepEqual(eligible("203.0.113.50"), ["n1", "n2", "n3"])
})

test("who is left out for that is told with the link", () => {
  const subnet = parseAddress("192.0.2.0")
  assert.ok(subnet)
  const domains = [{ link: lan, subnets: [cidrRange(subnet, 24)] }]
  const peers = [peer("n2", lan), peer("n3", "198.51.100.0/24")]
  const all = ["192.0.2.50", "198.51.100.50", "203.0.113.50"].map(election)
  assert.deepEqual(
    [...outOfReach(all, "n1", domains, peers)],
    [
      ["192.0.2.50", [{ node: "n3", reason: "ML324", facts: { node: "n3", link: lan } }]],
      [
        "198.51.100.50",
        ["n1", "n2"].map(node => ({ node, reason: "ML324", facts: { node, link: "198.51.100.0/24" } })),
      ],
    ],
  )
})

test("beside MetalLB's speakers nobody is left out, and alone among ours whoever is unfit leaves itself out", () => {
  const wants = rememberingWants("n1", { sha256: text => createHash("sha256").update(text).digest() })
  const subnet = parseAddress("192.0.2.0")
  assert.ok(subnet)
  const domains = [{ link: lan, subnets: [cidrRange(subnet, 24)] }]
  const elections = [election("192.0.2.50")]
  const peers = [peer("n2", lan), peer("n3", "198.51.100.0/24")]
  const own = { node: "n1", reason: "ML326", facts: { node: "n1", interfaces: "eth0" } } as const
  const ranking = (unfit: readonly (typeof own)[], among: typeof peers | undefined) =>
    wants.of(elections, new Map(unfit.map(one => ["192.0.2.50", one])), domains, among)[0]?.ranking
  assert.deepEqual(ranking([], undefined), ["n1", "n2", "n3"])
  assert.deepEqual([...wants.barred()], [])
  assert.deepEqual(ranking([own], peers), ["n2"])
  assert.deepEqual(
    wants
      .barred()
      .get("192.0.2.50")
      ?.map(({ node, reason }) => [node, reason]),
    [
      ["n3", "ML324"],
      ["n1", "ML326"],
    ],
  )
  assert.deepEqual(ranking([], peers), ["n1", "n2"])
})

/** Why this node leaves an address to others; the advertisement allows `interfaces`. */
const failure = (vip: string, interfaces: readonly string[] | "all", ...links: readonly UsableLink[]) => {
  const address = parseAddress(vip)
  assert.ok(address)
  const announcement = { address, interfaces, services: ["default/web"], decidedBy: "default/web" }
  const own = ownLinks(links, "192.0.2.1", new Map())
  return failuresOf([announcement], links, "n1", endsFor(own)).map(({ obstacle }) => obstacle)[0]
}

test("an allowed interface with a carrier in the subnet of the address it takes, and without one there is a reason", () => {
  const eth0 = usable(2, "eth0", ["192.0.2.1/24"])
  const down0 = usable(2, "eth0", ["192.0.2.1/24"], false)
  const eth1 = usable(3, "eth1", ["198.51.100.1/24"])
  const down1 = usable(3, "eth1", ["198.51.100.1/24"], false)
  const vip = "192.0.2.50"
  assert.equal(failure(vip, "all", eth0, eth1), undefined)
  assert.equal(failure(vip, ["eth0"], eth0, down1), undefined)
  assert.equal(failure(vip, ["eth7"], eth0)?.reason, "ML320")
  assert.deepEqual(failure(vip, ["eth1"], eth0, eth1), {
    reason: "ML325",
    facts: { node: "n1", interfaces: "eth1", link: lan },
  })
  assert.equal(failure(vip, ["eth1"], eth0, down1)?.reason, "ML325")
  assert.deepEqual(failure(vip, "all", down0, eth1), { reason: "ML326", facts: { node: "n1", interfaces: "eth0" } })
  assert.equal(failure(vip, ["eth1"], eth0, usable(3, "eth1", ["192.0.2.9/24"], false))?.reason, "ML326")
  assert.equal(failure(vip, ["eth1"], eth0, usable(3, "eth1", ["192.0.2.9/24"])), undefined)
})

test("the clients of an address in no subnet come through a router, which may be behind any interface with a carrier", () => {
  const eth0 = usable(2, "eth0", ["192.0.2.1/24"])
  const eth1 = usable(3, "eth1", ["198.51.100.1/24"])
  assert.equal(failure("203.0.113.50", ["eth1"], eth0, eth1), undefined)
  const down1 = usable(3, "eth1", ["198.51.100.1/24"], false)
  assert.equal(failure("203.0.113.50", ["eth1"], eth0, down1)?.reason, "ML326")
})

test("routers are read from the kernel's routes of both families, those of default routes first", () => {
  const ipv4 = [
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
    "eth0\t00000000\tFE01A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
    "eth1\t00000000\tzz\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "eth0\t0000F00A\t0901A8C0\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0",
    "",
  ].join("\n")
  const nothing = "0".repeat(32)
  const route = (to: string, length: string, hop: string, flags: string, name: string) =>
    `${to} ${length} ${nothing} 00 ${hop} 00000400 00000002 00000000 ${flags} ${name.padStart(8)}`
  const ipv6 = [
    route("fd000000000000000000000000000000", "40", nothing, "00000001", "eth0"),
    route("fd010000000000000000000000000000", "40", "fd000000000000000000000000000009", "00000003", "eth1"),
    // As a router advertisement sets it.
    route(nothing, "00", "fe80000000000000000000fffe000001", "00450003", "eth1"),
    route(nothing, "00", "fd000000000000000000000000000001", "00000003", "eth0"),
    route(nothing, "00", nothing, "00200200", "lo"),
    route(nothing, "00", "fd", "00000003", "eth2"),
    "",
  ].join("\n")
  assert.deepEqual(
    [...gatewaysIn(ipv4, ipv6)],
    [
      ["eth0", ["192.168.1.254", "fd00::1", "192.168.1.9"]],
      ["eth1", ["fe80::ff:fe00:1", "fd00::9"]],
    ],
  )
  assert.deepEqual([...gatewaysIn("", "")], [])
  const many = Array.from({ length: 100 }, (_, i) => `eth0\t${i + 1}\t${(i + 16).toString(16)}01A8C0\t0003`)
  assert.equal(gatewaysIn(["Iface", ...many].join("\n"), "").get("eth0")?.length, 8)
})

test("routers that come later are noticed within ten seconds, and only a change is one", async () => {
  const clock = virtualClock()
  let routes = new Map<string, readonly string[]>()
  let changes = 0
  const gateways = followGateways(
    clock,
    () => routes,
    () => void changes++,
  )
  assert.equal(gateways.now().size, 0)
  await clock.advance(30_000)
  assert.equal(changes, 0)
  routes = new Map([["eth0", ["fe80::1"]]])
  await clock.advance(10_000)
  assert.equal(changes, 1)
  routes = new Map([["eth0", ["fe80::1"]]])
  await clock.advance(10_000)
  assert.equal(changes, 1)
  gateways.stop()
  assert.equal(clock.timers(), 0)
})
