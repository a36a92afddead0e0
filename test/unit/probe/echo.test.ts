import assert from "node:assert/strict"
import { test } from "node:test"
import { onesSum } from "../../../agent/core/net/checksum.ts"
import { echoRequest, readEchoReply } from "../../../agent/core/probe/echo.ts"

const header = (first = 0x45, length = 20) => [first, ...new Array<number>(length - 1).fill(0)]
const reply = (type: number, code = 0) => [type, code, 0, 0, 0x12, 0x34, 0, 2]

test("a request has its type, a checksum that is right with IPv4, and its numbers (RFC 792, RFC 4443 section 4.1)", () => {
  const v4 = echoRequest("IPv4", { id: 0x1234, sequence: 2 })
  assert.deepEqual([...v4.subarray(0, 2), ...v4.subarray(4)], [8, 0, 0x12, 0x34, 0, 2])
  assert.equal(onesSum(v4), 0xffff)
  assert.deepEqual([...echoRequest("IPv6", { id: 0xffff, sequence: 0 })], [128, 0, 0, 0, 0xff, 0xff, 0, 0])
})

test("a reply is read behind an IP header of any length, and alone with IPv6", () => {
  const said = { id: 0x1234, sequence: 2 }
  assert.deepEqual(readEchoReply("IPv4", Uint8Array.from([...header(), ...reply(0)])), said)
  assert.deepEqual(readEchoReply("IPv4", Uint8Array.from([...header(0x4f, 60), ...reply(0)])), said)
  assert.deepEqual(readEchoReply("IPv6", Uint8Array.from(reply(129))), said)
})

test("whatever else comes is no reply", () => {
  const none: readonly (readonly number[])[] = [
    [],
    reply(0),
    header(),
    [...header(), ...reply(8)],
    [...header(), ...reply(0, 1)],
    [...header(), ...reply(0)].slice(0, 27),
    [...header(0x44), ...reply(0)],
    [...header(0x65), ...reply(0)],
    [...header(0x4f), ...reply(0)],
  ]
  for (const bytes of none) assert.equal(readEchoReply("IPv4", Uint8Array.from(bytes)), undefined, bytes.join(" "))
  for (const bytes of [reply(128), reply(129, 1), reply(129).slice(0, 7)])
    assert.equal(readEchoReply("IPv6", Uint8Array.from(bytes)), undefined, bytes.join(" "))
})
