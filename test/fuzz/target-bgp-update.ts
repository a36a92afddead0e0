import assert from "node:assert/strict"
import { decodeUpdate } from "../../agent/core/bgp/wire/decode-update.ts"
import { encodeUpdate } from "../../agent/core/bgp/wire/encode-update.ts"
import type { WireOptions } from "../../agent/core/bgp/wire/update.ts"
import { bytesOf, hexText } from "./bytes.ts"
import type { Target } from "./fuzz.ts"

const sessions: readonly WireOptions[] = [
  { fourOctet: true, internal: false, families: ["IPv4", "IPv6"], extendedNextHop: ["IPv4"] },
  { fourOctet: true, internal: true, families: ["IPv4"], extendedNextHop: [] },
  { fourOctet: false, internal: false, families: ["IPv6"], extendedNextHop: [] },
]

const required = "40010100 400206 0201 0000fc00 400304 c0000201"

/** Bodies of UPDATE on sessions of each kind: read, held for withdrawn, or refused as section 6.3 says. */
export const bgpUpdate: Target = {
  name: "bgp-update",
  corpus: [
    `0000 001b ${required} c00804 fc0004d2 20 c6336407`,
    "0005 20c6336407 0000",
    "0000 003b 80 0e 1c 0002 01 10 20010db8000000000000000000000001 00 30 20010db80001 40010100 40020a 0202 0000fc00 fa56ea00 40050400000064 c0100800040001 4b189680",
    "0000 0017 80 0f 0a 0002 01 30 20010db80002 90 63 0005 0102030405 18 0a0000",
    `0000 003e 40010100 400204 0201 5ba0 400304 c0000201 80040400000001 400600 c00706 5ba0 c0000201 c01106 0201 fa56ea00 c01208 fa56ea00 c0000201 c0200c 000000010000000200000003 18 c63364 20 c6336407`,
  ].map(hexText),
  pieces: [
    "00",
    "ff",
    "40 01 01",
    "40 02 00",
    "80 0e",
    "80 0f 03 0002 01",
    "c0 08 04",
    "90",
    "ffff",
    required,
    "20 c6336407",
    "02 ff",
    "c0 11",
  ].map(hexText),
  check: text => {
    const body = bytesOf(text)
    if (body.length < 4) return
    for (const options of sessions) {
      const reading = decodeUpdate(body, options)
      if (reading.outcome === "reset") {
        assert.equal(reading.fault.code, 3)
        assert.ok(reading.fault.subcode >= 1 && reading.fault.subcode <= 11)
      } else if (reading.outcome === "withdraw") assert.ok(reading.complaints.length > 0)
      else {
        const again = decodeUpdate(encodeUpdate(reading.update, options).subarray(19), options)
        assert.deepEqual(again, { ...reading, complaints: [] })
      }
    }
  },
}
