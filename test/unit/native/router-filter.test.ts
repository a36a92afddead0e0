import assert from "node:assert/strict"
import { test } from "node:test"
import { routerFilter } from "../../../agent/core/bpf/router-filter.ts"
import { writeRouterMessage } from "../../../agent/core/ndp/router.ts"
import { allNodes, multicastMac } from "../../../agent/core/net/ipv6.ts"
import { ip, mac } from "../ndp/frames.ts"
import { runFilter } from "./bpf-machine.ts"

const frame = writeRouterMessage({
  destination: multicastMac(allNodes),
  source: mac("01"),
  from: ip("fe80::1"),
  to: allNodes,
  message: { kind: "router-advertisement", lifetime: 0, linkLayer: mac("01") },
})
const passes = (bytes: Uint8Array, packetType = 2) => runFilter(routerFilter, bytes, packetType) > 0

test("router solicitations and advertisements pass whole", () => {
  assert.equal(runFilter(routerFilter, frame, 2), frame.length)
  assert.equal(passes(frame.with(54, 133)), true)
})

test("neighbour messages, other protocols, and what a router let through never wake the process", () => {
  for (const type of [0, 128, 132, 135, 136, 255]) assert.equal(passes(frame.with(54, type)), false, String(type))
  for (const hops of [0, 64, 254]) assert.equal(passes(frame.with(21, hops)), false, String(hops))
  for (const header of [0, 6, 17, 57, 59]) assert.equal(passes(frame.with(20, header)), false, String(header))
  assert.equal(passes(frame.with(13, 0xde)), false)
})

test("frames sent by this host or meant for another one are dropped", () =>
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map(packetType => passes(frame, packetType)),
    [true, true, true, false, false, false],
  ))
