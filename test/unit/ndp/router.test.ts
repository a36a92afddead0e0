import assert from "node:assert/strict"
import { test } from "node:test"
import {
  type RouterFrame,
  type RouterReading,
  readRouterMessage,
  writeRouterMessage,
} from "../../../agent/core/ndp/router.ts"
import { allNodes, allRouters, multicastMac } from "../../../agent/core/net/ipv6.ts"
import { ip, mac, summed } from "./frames.ts"

const router = ip("fe80::1")
const advertisement: RouterFrame = {
  destination: multicastMac(allNodes),
  source: mac("01"),
  from: router,
  to: allNodes,
  message: { kind: "router-advertisement", lifetime: 1800, linkLayer: mac("01") },
}
const solicitation: RouterFrame = {
  destination: multicastMac(allRouters),
  source: mac("01"),
  from: router,
  to: allRouters,
  message: { kind: "router-solicitation", linkLayer: mac("01") },
}

const verdict = (reading: RouterReading) => (reading.ok ? "read" : reading.fault)
const changed = (frame: RouterFrame, at: number, ...bytes: readonly number[]) => {
  const out = writeRouterMessage(frame)
  out.set(bytes, at)
  return summed(out)
}
/** The message cut or filled to a length, with headers that say so. */
const sized = (frame: RouterFrame, length: number) => {
  const out = new Uint8Array(54 + length)
  out.set(writeRouterMessage(frame).subarray(0, 54 + length))
  new DataView(out.buffer).setUint16(18, length)
  return summed(out)
}

test("what is written is read again, byte for byte where RFC 4861 section 4.2 says", () => {
  for (const frame of [advertisement, solicitation]) {
    const reading = readRouterMessage(writeRouterMessage(frame))
    assert.ok(reading.ok)
    assert.deepEqual(reading.frame, frame)
  }
  const message = writeRouterMessage(advertisement).subarray(54)
  assert.deepEqual([...message.subarray(0, 2)], [134, 0])
  assert.deepEqual([...message.subarray(4)], [0, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0, 1])
})

const asker = { ...solicitation, from: 0n }

for (const [what, bytes, expected] of [
  ["a lifetime of 65535", changed(advertisement, 60, 0xff, 0xff), "read"],
  ["code 1", changed(advertisement, 55, 1), "code is not 0"],
  ["a solicitation of code 1", changed(solicitation, 55, 1), "code is not 0"],
  ["type 135", changed(advertisement, 54, 135), "neither router solicitation nor router advertisement"],
  ["hop limit 254", changed(advertisement, 21, 254), "hop limit is not 255"],
  ["a checksum that is one off", writeRouterMessage(advertisement).with(57, 0), "wrong checksum"],
  ["an advertisement of 15 bytes", sized(advertisement, 15), "shorter than a router message"],
  ["an advertisement of 16 bytes", sized(advertisement, 16), "read"],
  ["a solicitation of 7 bytes", sized(solicitation, 7), "shorter than a router message"],
  ["a solicitation of 8 bytes", sized(solicitation, 8), "read"],
  [
    "no message at all",
    writeRouterMessage(solicitation).subarray(0, 54).with(18, 0).with(19, 0),
    "neither router solicitation nor router advertisement",
  ],
  ["an option of length 0", changed(advertisement, 71, 0), "an option has length 0"],
  ["an option that is cut short", changed(advertisement, 71, 2), "an option is cut short"],
  [
    "a router with a global address",
    writeRouterMessage({ ...advertisement, from: ip("2001:db8::1") }),
    "router's address is not link-local",
  ],
  [
    "a router without an address",
    writeRouterMessage({ ...advertisement, from: 0n }),
    "router's address is not link-local",
  ],
  [
    "a router at a group address",
    writeRouterMessage({ ...advertisement, from: allNodes }),
    "sender is a group address",
  ],
  [
    "an asker without an address",
    writeRouterMessage({ ...asker, message: { kind: "router-solicitation", linkLayer: undefined } }),
    "read",
  ],
  [
    "an asker without an address, with a MAC",
    writeRouterMessage(asker),
    "solicitation without an address, but with a link-layer address",
  ],
] as const)
  test(`${what}: ${expected}`, () => assert.equal(verdict(readRouterMessage(bytes)), expected))

test("nothing of a frame that is cut anywhere is read", () => {
  const whole = writeRouterMessage(advertisement)
  for (let length = 0; length < whole.length; length += 1)
    assert.notEqual(verdict(readRouterMessage(whole.subarray(0, length))), "read", String(length))
})
