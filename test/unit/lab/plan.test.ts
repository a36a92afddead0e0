import assert from "node:assert/strict"
import { test } from "node:test"
import { lanBatches, nodeBatches } from "../../lab/network-plan.ts"
import { hosts, maxNodes, maxSlots, nodeOf, planLab, usualName } from "../../lab/plan.ts"

test("a lab's addresses leave .1 to .99 of the LAN free for pools", () => {
  const numbers = hosts(planLab("lb", maxNodes, 0)).map(host => Number(host.ipv4.split(".")[3]))
  assert.equal(Math.min(...numbers), 100)
  assert.equal(new Set(numbers).size, numbers.length)
})

test("a host has the same number in its IPv4 address, its IPv6 address and its MAC", () => {
  const n2 = nodeOf(planLab("lb", 4, 0), "n2")
  assert.deepEqual(n2, {
    name: "n2",
    namespace: "lb-n2",
    mac: "02:00:c0:a8:01:66",
    ipv4: "192.168.1.102",
    ipv6: "fd00:192:168:1::102",
    pods4: "10.244.2.0/24",
    pods6: "fd00:10:244:2::/64",
  })
})

test("labs of different name and slot share no namespace, device or address outside namespaces", () => {
  const outside = (lab: string, slot: number) => {
    const plan = planLab(lab, 2, slot)
    return [plan.lan, plan.hostLink.device, plan.hostLink.host, ...hosts(plan).map(host => host.namespace)]
  }
  const both = [...outside("lb", 0), ...outside("other", 1)]
  assert.equal(new Set(both).size, both.length)
})

test("the last slot's addresses are still inside 169.254.77.0/24", () => {
  assert.deepEqual(planLab("lb", 1, maxSlots - 1).hostLink, {
    device: "lb-host",
    host: "169.254.77.253",
    controlPlane: "169.254.77.254",
  })
})

test("device names stay within the kernel's 15 characters for the longest lab name", () => {
  assert.ok(planLab("abcdef", 20, 0).hostLink.device.length <= 15)
})

test("a size, name, slot or node that cannot be is refused with what is allowed", () => {
  assert.throws(() => planLab("lb", 0, 0), { message: /cannot have 0 nodes/, fix: /1 to 20/ })
  assert.throws(() => planLab("lb", 21, 0), { fix: /1 to 20/ })
  assert.throws(() => planLab("lb", Number.NaN, 0), { fix: /1 to 20/ })
  assert.throws(() => planLab("toolong", 1, 0), { message: /"toolong"/ })
  assert.throws(() => planLab("a/b", 1, 0), { message: /"a\/b"/ })
  assert.throws(() => planLab("lb", 1, 64), { fix: /0 to 63/ })
  assert.throws(() => nodeOf(planLab("lb", 2, 0), "n3"), { message: /no node "n3"/, fix: /n1, n2/ })
})

test("outside the lab's namespaces only the link to the control plane gets an address", () => {
  const plan = planLab("lb", 2, 3)
  const outside = [...lanBatches(plan), ...plan.nodes.flatMap(node => nodeBatches(plan, node))]
    .filter(batch => batch.namespace === undefined)
    .flatMap(batch => batch.commands)
  assert.deepEqual(
    outside.filter(command => !/^(netns add|link add eth0 netns) lb-/.test(command)),
    [
      "link add lb-host type veth peer name host netns lb-cp",
      "link set lb-host addrgenmode none",
      "addr add 169.254.77.13/30 dev lb-host",
      "link set lb-host up",
    ],
  )
})

test("a node reaches pods of every other node through that node, and the API server at the host link's address", () => {
  const plan = planLab("lb", 3, 0)
  const batch = nodeBatches(plan, nodeOf(plan, "n2")).find(one => one.namespace === "lb-n2")
  assert.deepEqual(
    batch?.commands.filter(command => command.startsWith("route")),
    [
      "route add default via 192.168.1.254",
      "route add default via fd00:192:168:1::254",
      "route add 169.254.77.2/32 via 192.168.1.100",
      "route add 10.244.1.0/24 via 192.168.1.101",
      "route add fd00:10:244:1::/64 via fd00:192:168:1::101",
      "route add 10.244.3.0/24 via 192.168.1.103",
      "route add fd00:10:244:3::/64 via fd00:192:168:1::103",
    ],
  )
})

test("a lab that nobody named is lb, or the next name that no other folder uses", () => {
  assert.equal(
    usualName(() => false),
    "lb",
  )
  assert.equal(
    usualName(name => name === "lb" || name === "lb2"),
    "lb3",
  )
  assert.throws(() => usualName(() => true), { message: /labs of other folders/ })
  assert.doesNotThrow(() =>
    planLab(
      usualName(name => name.length < 4),
      1,
      0,
    ),
  )
})
