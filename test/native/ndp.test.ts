import assert from "node:assert/strict"
import { afterEach, before, beforeEach, test } from "node:test"
import { announcementOf } from "../../agent/core/announcer/frames.ts"
import { parseMac } from "../../agent/core/net/mac.ts"
import { compileAddon } from "../../agent/native/compile.ts"
import { address } from "../unit/allocate/fixtures.ts"
import { Probe } from "./probe.ts"
import { Responder } from "./responder.ts"
import { makeSegment, type Segment } from "./segment.ts"
import { waitFor } from "./wait.ts"

const vip = "fd77::200"
const group = "ff02::1:ff00:200"
const other = "02:00:00:00:99:99"
let segment: Segment
let responder: Responder

before(compileAddon)
beforeEach(async () => {
  segment = makeSegment()
  segment.node.ip("addr", "add", "fd77::1/64", "dev", "eth0", "nodad")
  segment.peer.ip("addr", "add", "fd77::2/64", "dev", "eth0", "nodad")
  responder = new Responder(segment.node.enter)
  await responder.said("interfaces to announce on", "eth0")
})
afterEach(() => {
  responder.kill()
  segment.remove()
})

/** What ndisc6, which takes an answer only from the target itself, finds out within a second. */
const ndisc6 = (device = "eth0"): string | undefined =>
  /address: (\S+)/.exec(segment.peer.shell(`ndisc6 -1 -r 1 -w 1000 ${vip} ${device} || true`))?.[1]?.toLowerCase()

const neighbour = (device = "eth0"): string | undefined =>
  /lladdr (\S+)/.exec(segment.peer.ip("-6", "neigh", "show", vip, "dev", device))?.[1]

/** Makes the peer's kernel resolve the VIP and returns the MAC it learns. */
const resolve = (): Promise<string> => {
  segment.peer.ip("-6", "neigh", "flush", "dev", "eth0")
  return waitFor(`${vip} resolved by the peer`, () => {
    segment.peer.shell(`ping -6 -c 1 -W 1 ${vip} >/dev/null || true`)
    return neighbour()
  })
}

test("another host's kernel and ndisc6 resolve an IPv6 VIP, and stop once it is given up", async () => {
  await responder.own(vip)
  assert.equal(await resolve(), segment.node.mac)
  assert.equal(ndisc6(), segment.node.mac)
  assert.equal(ndisc6(), segment.node.mac)
  assert.ok(Number(await responder.metric(`metallb_layer2_responses_sent{ip="${vip}"}`)) >= 3)
  await responder.own()
  assert.equal(ndisc6(), undefined)
})

test("a take-over corrects neighbours that think the VIP elsewhere, whatever the state of their entry", async () => {
  for (const state of ["stale", "reachable", "delay", "probe"]) {
    segment.peer.ip("-6", "neigh", "replace", vip, "lladdr", other, "dev", "eth0", "nud", state)
    await responder.own(vip)
    await waitFor(`${state} entry corrected`, () => (neighbour() === segment.node.mac ? true : undefined))
    await responder.own()
  }
})

test("a client that slept through the take-over is corrected by the answer to its first question", async () => {
  await responder.own(vip)
  await responder.reaches(`metallb_layer2_gratuitous_sent{ip="${vip}"}`, "5")
  segment.peer.ip("-6", "neigh", "replace", vip, "lladdr", other, "dev", "eth0", "nud", "stale")
  // ndisc6's question is answered to its link-local address; the kernel beside it takes the override flag by its word.
  assert.equal(ndisc6(), segment.node.mac)
  await waitFor("entry corrected", () => (neighbour() === segment.node.mac ? true : undefined))
})

test("a host that wants the VIP for itself is told that it is taken", async () => {
  await responder.own(vip)
  segment.peer.ip("addr", "add", `${vip}/64`, "dev", "eth0")
  await waitFor("duplicate address detected", () =>
    /dadfailed/.test(segment.peer.ip("-6", "addr", "show", "dev", "eth0", "to", vip)) ? true : undefined,
  )
})

test("a switch that snoops on MLD learns the group of a VIP, delivers questions for it, and forgets it", async () => {
  const { peer } = segment
  peer.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "1", "mcast_querier", "1", "stp_state", "0")
  peer.ip("link", "set", "eth0", "master", "br0")
  peer.ip("addr", "flush", "dev", "eth0")
  peer.ip("link", "set", "br0", "up")
  peer.ip("addr", "add", "fd77::2/64", "dev", "br0", "nodad")
  const groups = () => peer.shell("bridge mdb show dev br0")
  await responder.own(vip)
  await waitFor("group learned by the switch", () => (groups().includes(`grp ${group}`) ? true : undefined))
  assert.equal(await waitFor("answer through the switch", () => ndisc6("br0")), segment.node.mac)
  await responder.own()
  await waitFor("group forgotten by the switch", () => (groups().includes(`grp ${group}`) ? undefined : true))
})

/** Solicited-node groups of addresses ending in ::1:XXXX that the kernel of the node is a member of on eth0. */
const groupsOfNode = (): number =>
  segment.node
    .shell("cat /proc/net/igmp6")
    .split("\n")
    .filter(line => /\beth0 +ff0200000000000000000001ff01/.test(line)).length

test("a thousand VIPs are joined and filtered where the kernel grants sockets little memory", async () => {
  segment.node.shell("cd /proc/sys/net/core; [ ! -e optmem_max ] || echo 20480 > optmem_max")
  const many = Array.from({ length: 1000 }, (_, n) => `fd77::${(n % 8) + 1}:1:${(2 * n).toString(16)}`)
  await responder.own(...many)
  assert.equal(groupsOfNode(), 1000)
  await responder.own(...many.slice(0, 500), vip)
  assert.equal(groupsOfNode(), 500)
  assert.equal(ndisc6(), segment.node.mac)
  await responder.own()
  assert.equal(groupsOfNode(), 0)
  assert.deepEqual(
    responder.lines.filter(line => /ENOBUFS|ENOMEM|socket lost|not as they should/.test(line)),
    [],
  )
})

test("a link that flaps, gets another MAC or another name, and one that is made anew are answered on", async () => {
  await responder.own(vip, "10.77.0.200")
  const { node } = segment
  node.ip("link", "set", "eth0", "down")
  await responder.said("interface is down")
  node.ip("link", "set", "eth0", "up")
  assert.equal(await waitFor("answer after a flap", () => ndisc6()), node.mac)

  segment.peer.ip("-6", "neigh", "replace", vip, "lladdr", other, "dev", "eth0", "nud", "stale")
  node.ip("link", "set", "eth0", "address", "02:00:00:00:77:aa")
  await waitFor("the new MAC announced", () => (neighbour() === "02:00:00:00:77:aa" ? true : undefined))
  assert.equal(await waitFor("answer with the new MAC", () => ndisc6()), "02:00:00:00:77:aa")

  node.ip("link", "set", "eth0", "down")
  node.ip("link", "set", "eth0", "name", "lan7")
  node.ip("link", "set", "lan7", "up")
  await responder.said("interfaces to announce on", "lan7")
  assert.equal(await waitFor("answer under the new name", () => ndisc6()), "02:00:00:00:77:aa")

  node.ip("link", "del", "lan7")
  await responder.said("interfaces to announce on", '"interfaces":[]')
})

test("IPv6 that is switched off on an interface and on again is left and taken up", async () => {
  await responder.own(vip)
  segment.node.shell("sysctl -q -w net.ipv6.conf.eth0.disable_ipv6=1")
  await responder.said('"withoutIPv6":["eth0"]')
  assert.equal(ndisc6(), undefined)
  segment.node.shell("sysctl -q -w net.ipv6.conf.eth0.disable_ipv6=0")
  assert.equal(await waitFor("answer", () => ndisc6()), segment.node.mac)
})

test("a stranger that claims a VIP of either family is told with its MAC and answered once, however often it claims", async () => {
  const vips = [vip, "10.77.0.200"] as const
  await responder.own(...vips)
  const stranger = new Probe(segment.peer.enter)
  try {
    await stranger.ask({ do: "open", interface: "eth0", targets: [] })
    const frames = vips.flatMap(text => announcementOf(address(text), parseMac(other) ?? new Uint8Array(6)))
    for (let turn = 0; turn < 50; turn += 1)
      for (const frame of frames) await stranger.ask({ do: "send", frame: Buffer.from(frame).toString("hex") })
  } finally {
    stranger.kill()
  }
  for (const text of vips) {
    await responder.said("told", `${other} claims ${text} on eth0`)
    assert.equal(await responder.metric(`metallb_layer2_defences_sent{ip="${text}"}`), "1")
  }
  assert.equal(await responder.metric(`metallb_layer2_claims_received{ip="${vip}"}`), "50")
  assert.equal(await responder.metric('metallb_layer2_claims_received{ip="10.77.0.200"}'), "100")
  assert.equal(responder.lines.filter(line => line.startsWith('{"told"')).length, 2)
})

test("questions with a hop limit below 255 wake nobody", async () => {
  await responder.own(vip)
  const sender = new Probe(segment.peer.enter)
  try {
    await sender.ask({ do: "open", interface: "eth0", targets: [] })
    const [frame] = announcementOf(address(vip), parseMac(other) ?? new Uint8Array(6))
    const routed = Buffer.from(frame ?? []).fill(64, 21, 22)
    for (let turn = 0; turn < 20; turn += 1) await sender.ask({ do: "send", frame: routed.toString("hex") })
  } finally {
    sender.kill()
  }
  assert.equal(ndisc6(), segment.node.mac)
  assert.equal(await responder.metric(`metallb_layer2_claims_received{ip="${vip}"}`), undefined)
})
