import assert from "node:assert/strict"
import { test } from "node:test"
import { writeArp } from "../../../agent/core/arp/packet.ts"
import { arpFilter, rangesMax } from "../../../agent/core/bpf/arp-filter.ts"
import { onInterface } from "../../../agent/core/bpf/arrival.ts"
import { ndpFilter } from "../../../agent/core/bpf/ndp-filter.ts"
import { assemble, drop } from "../../../agent/core/bpf/program.ts"
import { routerFilter } from "../../../agent/core/bpf/router-filter.ts"
import type { Address } from "../../../agent/core/ip/address.ts"
import { broadcastMac, zeroMac } from "../../../agent/core/net/mac.ts"
import { encodeFilter } from "../../../agent/ports/filter-bytes.ts"
import { runFilter } from "./bpf-machine.ts"

const target: Address = { family: "IPv4", value: 0xc0a8010bn }
const packet = {
  operation: "request",
  senderMac: zeroMac,
  senderIp: 1,
  targetMac: zeroMac,
  targetIp: 0xc0a8010b,
} as const
const question = writeArp({ destination: broadcastMac, source: zeroMac, packet })

test("a socket of eth0 does not hear the frames of eth0.10, and a bond's hears what came through its members", () => {
  const [eth0, vlan] = [2, 7]
  const filter = onInterface(eth0, arpFilter([target]))
  const passes = (packetType: number, interfaceIndex: number) =>
    runFilter(filter, question, packetType, interfaceIndex) > 0
  assert.equal(passes(1, eth0), true)
  // Unicast frames for a macvlan's MAC too: they are PACKET_HOST by the time the socket sees them.
  for (const packetType of [0, 1, 2]) assert.equal(passes(packetType, vlan), false)
  const [member, bond] = [3, 4]
  assert.ok(runFilter(onInterface(bond, arpFilter([target])), question, 1, bond) > 0)
  assert.equal(runFilter(onInterface(member, arpFilter([target])), question, 1, bond), 0)
})

test("whatever the filter lets through on its interface still passes, and the longest stay below the kernel's limits", () => {
  const targets = Array.from({ length: 2 * rangesMax }, (_, i): Address => ({ family: "IPv4", value: BigInt(4 * i) }))
  for (const program of [arpFilter(targets), arpFilter([]), ndpFilter("any"), routerFilter, assemble([drop])]) {
    const filter = onInterface(2 ** 31 - 1, program)
    assert.equal(filter.length, program.length + 3)
    assert.ok(encodeFilter(filter).length / 8 <= 2_000)
    assert.equal(runFilter(filter, question, 1, 2 ** 31 - 1), runFilter(program, question, 1))
  }
})
