import assert from "node:assert/strict"
import { test } from "node:test"
import { writeArp } from "../../../agent/core/arp/packet.ts"
import { broadcastMac, parseMac, zeroMac } from "../../../agent/core/net/mac.ts"
import { ethernet, fakeHost, neighbour } from "./fake-link.ts"
import { assigned, node, serving, slice, standard, start } from "./speaking.ts"

const number = (text: string) => text.split(".").reduce((value, part) => value * 256 + Number(part), 0)

test("what is not answered is counted by protocol, reason code and the name of the fault", async () => {
  const cluster = standard()
  cluster.pool("public", ["192.0.2.10/32"])
  cluster.pool("other", ["192.0.2.13/32"])
  cluster.l2Advertisement("all", { ipAddressPools: ["public"], interfaces: ["eth0"] })
  cluster.l2Advertisement("other", { ipAddressPools: ["other"] })
  const excluded = { "node.kubernetes.io/exclude-from-external-load-balancers": "" }
  for (const name of ["node-2", "node-3"]) node(cluster, name, "True", excluded)
  assigned(cluster, "web", "192.0.2.10")
  cluster.service("mail", {
    metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "other" } },
    status: { loadBalancer: { ingress: [{ ip: "192.0.2.13" }] } },
  })
  slice(cluster, "mail", [serving("node-1")])
  const { host, metric, edges } = start(cluster, "node-1", fakeHost(ethernet(2, "eth0"), ethernet(3, "eth1")))
  await cluster.clock.advance(20_000)
  const source = parseMac(neighbour) ?? zeroMac
  const send = (index: number, operation: "request" | "reply", from: string, to: string, spoil?: number) => {
    const addresses = { senderMac: source, senderIp: number(from), targetMac: zeroMac, targetIp: number(to) }
    const frame = writeArp({ destination: broadcastMac, source, packet: { operation, ...addresses } })
    if (spoil !== undefined) frame[spoil] = 0xff
    assert.ok(host.deliver(index, frame), `${operation} ${to} reaches the socket`)
  }
  const stranger = "192.0.2.250"
  send(2, "request", stranger, "192.0.2.10", 18)
  send(2, "reply", stranger, "192.0.2.10")
  // From an address that is announced on both interfaces, for one that is not announced on this one.
  send(3, "request", "192.0.2.13", "192.0.2.10")
  const dropped = edges.metrics
    .text()
    .split("\n")
    .filter(line => line.startsWith("metallb_layer2_dropped_total{"))
  assert.deepEqual(dropped.sort(), [
    'metallb_layer2_dropped_total{name="Reply, not a request",protocol="ARP",reason="ML335"} 1',
    'metallb_layer2_dropped_total{name="Request on an interface that is not to answer",protocol="ARP",reason="ML333"} 1',
    'metallb_layer2_dropped_total{name="address lengths are not 6 and 4",protocol="ARP",reason="ML334"} 1',
  ])
  assert.equal(metric('metallb_layer2_responses_sent{ip="192.0.2.10"}'), undefined)
})
