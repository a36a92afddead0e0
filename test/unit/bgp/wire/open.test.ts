import assert from "node:assert/strict"
import { test } from "node:test"
import type { Capability } from "../../../../agent/core/bgp/wire/capability.ts"
import { asnOf, decodeOpen, encodeOpen, type Open } from "../../../../agent/core/bgp/wire/open.ts"
import { hex, text } from "../bytes.ts"

const plain: Open = { asn: 64512, holdTime: 90, identifier: 0xc0000201, capabilities: [] }
const body = (bytes: Uint8Array): Uint8Array => bytes.subarray(19)
const decode = (written: string) => decodeOpen(hex(written))
const read = (written: string): Open => {
  const reading = decode(written)
  assert.ok(reading.ok, reading.ok ? "" : reading.fault.name)
  return reading.value
}
const fault = (written: string) => {
  const reading = decode(written)
  assert.ok(!reading.ok)
  return [reading.fault.code, reading.fault.subcode, text(reading.fault.data)]
}
/** An OPEN with these bytes for its options, length included. */
const withOptions = (options: string) => `04 fc00 005a c0000201 ${options}`
const capability = (bytes: string): Capability => {
  const length = hex(bytes).length
  const byte = (n: number) => n.toString(16).padStart(2, "0")
  const [first] = read(withOptions(`${byte(length + 2)} 02 ${byte(length)} ${bytes}`)).capabilities
  assert.ok(first !== undefined)
  return first
}

test("each field at its least and greatest value is read and written", () => {
  for (const asn of [1, 0xffff]) {
    for (const holdTime of [0, 3, 0xffff]) {
      for (const identifier of [1, 0xffffffff]) {
        const open = { ...plain, asn, holdTime, identifier }
        assert.deepEqual(decodeOpen(body(encodeOpen(open))), { ok: true, value: open })
      }
    }
  }
})

test("values that no OPEN may have are refused with the subcode of their field", () => {
  assert.deepEqual(fault("03 fc00 005a c0000201 00"), [2, 1, "0004"])
  assert.deepEqual(fault("05 fc00 005a c0000201 00"), [2, 1, "0004"])
  assert.deepEqual(fault("04 0000 005a c0000201 00"), [2, 2, ""])
  assert.deepEqual(fault("04 fc00 0001 c0000201 00"), [2, 6, ""])
  assert.deepEqual(fault("04 fc00 0002 c0000201 00"), [2, 6, ""])
  assert.deepEqual(fault("04 fc00 005a 00000000 00"), [2, 3, ""])
})

test("options of other types are refused, and those whose lengths do not fit are malformed", () => {
  assert.deepEqual(fault(withOptions("02 01 00")), [2, 4, ""], "authentication, deprecated")
  assert.deepEqual(fault(withOptions("02 03 00")), [2, 4, ""])
  assert.deepEqual(fault(withOptions("01 02")), [2, 0, ""], "no length")
  assert.deepEqual(fault(withOptions("04 02 04 02 00")), [2, 0, ""], "longer than the rest")
  assert.deepEqual(fault(withOptions("05 02 02 02 00")), [2, 0, ""], "the whole says more than there is")
  assert.deepEqual(fault(withOptions("03 02 02 02 00")), [2, 0, ""], "the whole says less than there is")
  assert.deepEqual(fault(withOptions("00 02 02 02 00")), [2, 0, ""], "the whole says nothing")
  assert.deepEqual(fault(withOptions("04 02 02 02 01")), [2, 0, ""], "a capability without its value")
  assert.deepEqual(fault(withOptions("03 02 01 02")), [2, 0, ""], "a capability without its length")
})

test("capabilities of several options are one list, and no option at all is none", () => {
  assert.deepEqual(read(withOptions("0a 02 02 02 00 02 04 46 00 06 00")).capabilities, [
    { kind: "route-refresh" },
    { kind: "enhanced-route-refresh" },
    { kind: "extended-message" },
  ])
  assert.deepEqual(read(withOptions("02 02 00")).capabilities, [])
  assert.deepEqual(read(withOptions("00")).capabilities, [])
})

test("each capability is read with its fields at their limits", () => {
  assert.deepEqual(capability("01 04 0001 00 01"), { kind: "multiprotocol", family: { afi: 1, safi: 1 } })
  assert.deepEqual(capability("01 04 ffff 77 ff"), { kind: "multiprotocol", family: { afi: 65535, safi: 255 } })
  assert.deepEqual(capability("02 00"), { kind: "route-refresh" })
  assert.deepEqual(capability("05 0c 0001 0001 0002 ffff ffff ffff"), {
    kind: "extended-next-hop",
    entries: [
      { family: { afi: 1, safi: 1 }, nextHop: 2 },
      { family: { afi: 65535, safi: 65535 }, nextHop: 65535 },
    ],
  })
  assert.deepEqual(capability("05 00"), { kind: "extended-next-hop", entries: [] })
  assert.deepEqual(capability("06 00"), { kind: "extended-message" })
  assert.deepEqual(capability("41 04 00000001"), { kind: "four-octet-as", asn: 1 })
  assert.deepEqual(capability("41 04 ffffffff"), { kind: "four-octet-as", asn: 0xffffffff })
  assert.deepEqual(capability("46 00"), { kind: "enhanced-route-refresh" })
  assert.deepEqual(capability("49 03 026e31"), { kind: "other", code: 0x49, value: hex("026e31") })
  assert.deepEqual(capability("ff 00"), { kind: "other", code: 0xff, value: hex("") })
})

test("graceful restart has two flags, twelve bits of time, and a flag a family; reserved bits mean nothing", () => {
  const graceful = { kind: "graceful-restart", restarting: false, notification: false, time: 0, families: [] }
  assert.deepEqual(capability("40 02 0000"), graceful)
  assert.deepEqual(capability("40 02 8000"), { ...graceful, restarting: true })
  assert.deepEqual(capability("40 02 4000"), { ...graceful, notification: true })
  assert.deepEqual(capability("40 02 3fff"), { ...graceful, time: 4095 })
  assert.deepEqual(capability("40 0a 0078 0001 01 80 0002 01 7f"), {
    ...graceful,
    time: 120,
    families: [
      { family: { afi: 1, safi: 1 }, forwarding: true },
      { family: { afi: 2, safi: 1 }, forwarding: false },
    ],
  })
})

test("a capability whose length does not fit its code makes the option malformed", () => {
  for (const wrong of ["01 03 000100", "01 05 0001000100", "02 01 00", "05 05 0001000100", "06 01 00"])
    assert.deepEqual(fault(withOptions(`${wrap(wrong)} ${wrong}`)), [2, 0, ""], wrong)
  for (const wrong of [
    "40 00",
    "40 01 00",
    "40 03 000000",
    "40 05 0000000100",
    "41 03 000001",
    "41 05 0000000100",
    "46 01 00",
  ])
    assert.deepEqual(fault(withOptions(`${wrap(wrong)} ${wrong}`)), [2, 0, ""], wrong)
})

const wrap = (bytes: string): string => {
  const length = hex(bytes).length
  return `${(length + 2).toString(16).padStart(2, "0")} 02 ${length.toString(16).padStart(2, "0")}`
}

test("the four-octet AS number is the true one, the last where there are several, and 0 is no number", () => {
  assert.equal(asnOf(read(withOptions("00"))), 64512)
  assert.equal(asnOf(read("04 5ba0 005a c0000201 08 02 06 41 04 fa56ea00")), 4200000000)
  assert.equal(asnOf(read("04 5ba0 005a c0000201 0e 02 0c 41 04 00000001 41 04 00000002")), 2)
  assert.deepEqual(fault("04 5ba0 005a c0000201 08 02 06 41 04 00000000"), [2, 2, ""])
})

test("a restart time beyond twelve bits is a mistake of the caller", () => {
  const graceful = { kind: "graceful-restart", restarting: true, notification: true, families: [] } as const
  assert.throws(() => encodeOpen({ ...plain, capabilities: [{ ...graceful, time: 4096 }] }), RangeError)
})

const filler = (length: number): Capability => ({ kind: "other", code: 200, value: new Uint8Array(length) })

test("options beyond 255 bytes are written in the extended form of RFC 9072, and read in either", () => {
  const sizes = [251, 252, 600]
  for (const size of sizes) {
    const capabilities = Array.from({ length: Math.ceil(size / 253) }, (_, at) =>
      filler(Math.min(size - 253 * at, 253)),
    )
    const open = { ...plain, capabilities }
    const bytes = encodeOpen(open)
    assert.deepEqual(decodeOpen(body(bytes)), { ok: true, value: open })
    assert.equal(bytes[29] === 255, size > 251, `${size}`)
  }
  const short = "ff ff 0005 02 0002 0200"
  assert.deepEqual(read(withOptions(short)).capabilities, [{ kind: "route-refresh" }])
  assert.deepEqual(
    read(withOptions(`01${short.slice(2)}`)).capabilities,
    [{ kind: "route-refresh" }],
    "any length but 0",
  )
  assert.deepEqual(fault(withOptions("ff ff 0006 02 0002 0200")), [2, 0, ""], "more than there is")
  assert.deepEqual(fault(withOptions("ff ff 0004 02 0002 0200")), [2, 0, ""], "less than there is")
  assert.deepEqual(fault(withOptions("ff ff")), [2, 0, ""], "no length")
  assert.deepEqual(fault(withOptions("ff ff 0005 02 0003 0200")), [2, 0, ""], "an option longer than the rest")
})
