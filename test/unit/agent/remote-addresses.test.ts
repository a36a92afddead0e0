import assert from "node:assert/strict"
import { test } from "node:test"
import type { AddressRange } from "../../../agent/core/ip/address.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import type { EventRecorder } from "../../../agent/ports/kube/events.ts"
import { subnetsOf } from "../../../agent/speaker/company/roster.ts"
import { createRemoteAddresses } from "../../../agent/speaker/remote-addresses.ts"
import { address, range } from "../allocate/fixtures.ts"
import { node } from "../announce/fixtures.ts"
import { scene } from "../bgp/announce/fixtures.ts"
import { pool } from "../config/fixtures.ts"
import { behindRouter } from "./behind-router.ts"
import { ethernet, fakeHost } from "./fake-link.ts"
import { world } from "./harness.ts"

const recorder: EventRecorder = { record: () => undefined, stop: () => undefined }

const remoteTo = (own: string, otherSubnets: readonly AddressRange[] = []) => {
  const { edges } = world().agent()
  const host = fakeHost(ethernet(2, "eth0", { addresses: [{ address: own, prefixLength: 24 }] }))
  const { echoSockets } = behindRouter()
  const options = { ownNode: () => undefined, otherSubnets: () => otherSubnets, recorder }
  return createRemoteAddresses({ ...edges, ...host.edges, echoSockets }, options)
}

const context = (conflictCheck = "icmp") =>
  scene({
    pools: [{ ...pool("a", ["10.0.0.0/28"]), conflictCheck }],
    nodes: [node("n1", { addresses: ["10.0.0.7"] })],
  })

test("an address is asked for by echo where its pool says so and no speaker has it on its link, this one or another", () => {
  const isRemote = (remote: ReturnType<typeof remoteTo>) => remote.isRemote(address("10.0.0.1"), context())
  assert.equal(isRemote(remoteTo("192.0.2.1")), true)
  assert.equal(isRemote(remoteTo("10.0.0.200")), false)
  assert.equal(isRemote(remoteTo("192.0.2.1", [range("198.51.100.0/24")])), true)
  assert.equal(isRemote(remoteTo("192.0.2.1", [range("10.0.0.0/24")])), false)
  assert.equal(remoteTo("192.0.2.1").isRemote(address("10.0.0.1"), context("none")), false)
})

test("the addresses asked for beside it are those of the pool that no service and no node has", () => {
  const target = remoteTo("192.0.2.1").targetOf(address("10.0.0.1"), context())
  assert.deepEqual([target?.pool, target?.guards.map(formatAddress)], ["a", ["10.0.0.8", "10.0.0.6"]])
})

test("what other speakers have on their links follows from the names of the links, each once", () => {
  const peer = (...links: readonly string[]) => ({
    node: "n2",
    boot: 1,
    alive: true,
    links: links.map(link => ({ link, address: "192.0.2.2" })),
  })
  assert.deepEqual(subnetsOf([peer("192.0.2.0/24", "2001:db8::/64"), peer("192.0.2.0/24"), peer("no subnet")]), [
    range("192.0.2.0/24"),
    range("2001:db8::/64"),
  ])
})
