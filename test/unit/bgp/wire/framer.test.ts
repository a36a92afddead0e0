import assert from "node:assert/strict"
import { test } from "node:test"
import type { WireFault } from "../../../../agent/core/bgp/wire/fault.ts"
import { emptyFramer, type Framer, push, take } from "../../../../agent/core/bgp/wire/framer.ts"
import { encodeKeepalive, encodeMessage, type Message, messageLimit } from "../../../../agent/core/bgp/wire/message.ts"
import { hex, text } from "../bytes.ts"

const { standard, extended } = messageLimit

const headerOf = (length: number, type: number): Uint8Array =>
  hex(`m ${length.toString(16).padStart(4, "0")} ${type.toString(16).padStart(2, "0")}`)

/** All messages in the bytes, and how it ended. */
const readAll = (from: Framer, limit: number = standard): { messages: Message[]; rest: Framer; fault?: WireFault } => {
  const messages: Message[] = []
  let rest = from
  for (;;) {
    const taken = take(rest, limit)
    if (!taken.ok) return { messages, rest, fault: taken.fault }
    if (taken.value === undefined) return { messages, rest }
    messages.push(taken.value.message)
    rest = taken.value.rest
  }
}

const faultOf = (bytes: Uint8Array, limit: number = standard) => {
  const { fault } = readAll(push(emptyFramer(), bytes), limit)
  return fault === undefined ? undefined : { code: fault.code, subcode: fault.subcode, data: text(fault.data) }
}

test("messages are found wherever the stream is cut", () => {
  const update = encodeMessage("update", new Uint8Array(40).fill(7))
  const stream = Uint8Array.from([...encodeKeepalive(), ...update, ...encodeKeepalive()])
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const first = readAll(push(emptyFramer(), stream.subarray(0, cut)))
    const second = readAll(push(first.rest, stream.subarray(cut)))
    const found = [...first.messages, ...second.messages]
    assert.deepEqual(
      found.map(({ type }) => type),
      ["keepalive", "update", "keepalive"],
    )
    assert.equal(text(found[1]?.body ?? new Uint8Array(0)), "07".repeat(40))
  }
})

test("a peer that sends byte by byte costs a byte of work a byte, and no more room than the message", () => {
  const stream = encodeMessage("update", new Uint8Array(extended - 19))
  let framer = emptyFramer()
  let stores = 0
  for (const byte of stream) {
    const next = push(framer, Uint8Array.of(byte))
    if (next.store !== framer.store) stores += 1
    framer = next
    assert.ok(framer.store.bytes.length <= 2 * extended)
  }
  assert.ok(stores < 12, `${stores} times copied`)
  assert.equal(readAll(framer, extended).messages.length, 1)
})

test("pushing leaves the framer before as it was, also where two pushes start from the same one", () => {
  const whole = encodeMessage("notification", hex("0602"))
  const start = push(push(emptyFramer(), whole.subarray(0, 10)), whole.subarray(10, 20))
  const one = push(start, hex("0101"))
  const two = push(start, hex("02"))
  assert.equal(text(one.store.bytes.slice(one.start, one.end)), `${text(whole.subarray(0, 20))}0101`)
  assert.equal(text(two.store.bytes.slice(two.start, two.end)), `${text(whole.subarray(0, 20))}02`)
  assert.equal(readAll(start).messages.length, 0)
})

test("a marker that is not all ones is a loss of synchronization, told at its first wrong byte", () => {
  assert.deepEqual(faultOf(hex("ffff00")), { code: 1, subcode: 1, data: "" })
  assert.deepEqual(faultOf(hex(`${"ff".repeat(15)}fe 0013 04`)), { code: 1, subcode: 1, data: "" })
  assert.equal(faultOf(hex("ff".repeat(16))), undefined)
})

test("a length is judged with its header, before the body is there; the notification has the length in it", () => {
  const lengthFault = (length: number) => ({ code: 1, subcode: 2, data: length.toString(16).padStart(4, "0") })
  const rows: readonly [number, number, boolean, number?][] = [
    // length, type, right, limit
    [18, 4, false],
    [19, 4, true],
    [20, 4, false],
    [28, 1, false],
    [29, 1, true],
    [22, 2, false],
    [23, 2, true],
    [20, 3, false],
    [21, 3, true],
    [22, 5, false],
    [23, 5, true],
    [0, 2, false],
    [4096, 2, true],
    [4097, 2, false],
    [4096, 1, true],
    [4097, 1, false, extended],
    [4097, 2, true, extended],
    [65535, 2, true, extended],
    [65535, 3, true, extended],
    [65535, 2, false],
  ]
  for (const [length, type, right, limit] of rows)
    assert.deepEqual(
      faultOf(headerOf(length, type), limit),
      right ? undefined : lengthFault(length),
      `${length} of ${type}`,
    )
})

test("a type that is not known is told with it", () => {
  for (const type of [0, 6, 255])
    assert.deepEqual(faultOf(headerOf(23, type)), { code: 1, subcode: 3, data: type.toString(16).padStart(2, "0") })
})
