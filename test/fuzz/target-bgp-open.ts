import assert from "node:assert/strict"
import { decodeOpen, encodeOpen } from "../../agent/core/bgp/wire/open.ts"
import { bytesOf, hexText } from "./bytes.ts"
import type { Target } from "./fuzz.ts"

/** Bodies of OPEN: read or refused with a subcode of section 6.2, and what is read is read again from what we would write. */
export const bgpOpen: Target = {
  name: "bgp-open",
  corpus: [
    "04 fc00 005a c0000201 14 02 12 0104 00010001 0104 00020001 4104 0000fc00",
    "04 5ba0 0000 00000001 2a 02 06 0104 00010001 02 02 0200 02 02 4600 02 0c 400a 0078 0001 01 80 0002 01 00 02 08 0506 0001 0001 0002",
    "04 fc00 005a c0000201 ff ff 0019 02 0012 0104 00010001 0104 00020001 4104 0000fc00 02 0002 0600",
  ].map(hexText),
  pieces: ["ff", "00", "02", "0104", "4104", "40", "05", "ffff", "0000", "46 00", "02 02 06 00"].map(hexText),
  check: text => {
    const body = bytesOf(text)
    if (body.length < 10) return
    const reading = decodeOpen(body)
    if (!reading.ok) {
      assert.equal(reading.fault.code, 2)
      assert.ok([0, 1, 2, 3, 4, 6].includes(reading.fault.subcode))
      return
    }
    const again = decodeOpen(encodeOpen(reading.value).subarray(19))
    assert.deepEqual(again, reading)
  },
}
