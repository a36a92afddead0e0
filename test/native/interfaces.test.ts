import assert from "node:assert/strict"
import { afterEach, before, beforeEach, test } from "node:test"
import { compileAddon } from "../../agent/native/compile.ts"
import { Probe } from "./probe.ts"
import { makeSegment, type Segment } from "./segment.ts"
import { waitFor } from "./wait.ts"

let segment: Segment
let probe: Probe

before(compileAddon)
beforeEach(() => {
  segment = makeSegment()
  probe = new Probe(segment.node.enter)
})
afterEach(() => {
  probe.kill()
  segment.remove()
})

const named = async (name: string) => (await probe.interfaces()).find(link => link.name === name)

test("an interface is listed with its MAC, its state and the addresses it has", async () => {
  segment.node.ip("addr", "add", "fd77::1/64", "dev", "eth0", "nodad")
  const link = await named("eth0")
  assert.ok(link)
  const { index, addresses, ...rest } = link
  assert.ok(index > 0)
  assert.deepEqual(rest, {
    name: "eth0",
    mac: segment.node.mac,
    mtu: 1500,
    up: true,
    running: true,
    broadcast: true,
    loopback: false,
    arp: true,
    ethernet: true,
  })
  assert.deepEqual(addresses[0], { address: "10.77.0.1", prefixLength: 24 })
  assert.ok(addresses.some(({ address, prefixLength }) => address === "fd77::1" && prefixLength === 64))
})

test("loopback is no broadcast link and no Ethernet", async () => {
  const link = await named("lo")
  assert.ok(link)
  assert.deepEqual(
    [link.loopback, link.broadcast, link.ethernet, link.addresses[0]?.address],
    [true, false, false, "127.0.0.1"],
  )
})

test("interfaces are listed by index, also hundreds of them", async () => {
  for (let i = 0; i < 100; i += 1) segment.node.ip("link", "add", `a${i}`, "type", "veth", "peer", "name", `b${i}`)
  const indexes = (await probe.interfaces()).map(({ index }) => index)
  assert.ok(indexes.length >= 202)
  assert.deepEqual(
    indexes,
    [...indexes].sort((a, b) => a - b),
  )
})

test("a port of a bridge names its bridge, and a link without ARP or carrier says so", async () => {
  segment.node.ip("link", "add", "br0", "type", "bridge")
  segment.node.ip("link", "set", "eth0", "master", "br0")
  segment.node.ip("link", "set", "eth0", "arp", "off")
  segment.peer.ip("link", "set", "eth0", "down")
  const bridge = await named("br0")
  const port = await waitFor("carrier lost", () =>
    segment.node.ip("link", "show", "eth0").includes("NO-CARRIER") ? true : undefined,
  ).then(() => named("eth0"))
  assert.equal(port?.master, bridge?.index)
  assert.equal(bridge?.master, undefined)
  assert.deepEqual([port?.arp, port?.up, port?.running], [false, true, false])
})

test("a change of links, of IPv4 and of IPv6 addresses is told", async () => {
  await probe.ask({ do: "watch" })
  for (const change of [
    ["addr", "add", "10.77.0.9/24", "dev", "eth0"],
    ["addr", "add", "fd77::9/64", "dev", "eth0", "nodad"],
    ["link", "set", "eth0", "down"],
  ]) {
    segment.node.ip(...change)
    await probe.next("changed")
  }
})

test("changes that overrun the kernel's queue while the process is stopped are told, and the watch goes on", async () => {
  await probe.ask({ do: "watch" })
  probe.signal("SIGSTOP")
  const burst = Array.from({ length: 1000 }, () => "addr add 10.77.1.1/24 dev eth0\\naddr del 10.77.1.1/24 dev eth0\\n")
  segment.node.shell(`printf '${burst.join("")}' | ip -batch -`)
  // Columns of /proc/net/netlink: socket, protocol, pid, groups, rmem, wmem, dump, locks, drops.
  const drops = segment.node.shell("awk '$4 == \"00000111\" { print $9 }' /proc/net/netlink")
  assert.ok(Number(drops) > 0, `events were lost: ${drops}`)
  probe.signal("SIGCONT")
  await probe.next("changed")
  await waitFor("quiet", () => {
    const waiting = segment.node.shell("awk '$4 == \"00000111\" { print $5 }' /proc/net/netlink")
    return Number(waiting) === 0 ? true : undefined
  })
  await probe.interfaces()
  while (probe.count("changed") > 0) await probe.next("changed")
  segment.node.ip("link", "set", "eth0", "down")
  await probe.next("changed")
  assert.equal(probe.count("faulted"), 0)
})

test("without sockets left the process ends by itself", async () => {
  await probe.ask({ do: "watch" })
  await probe.ask({ do: "unwatch" })
  assert.equal(await probe.end(), 0)
})
