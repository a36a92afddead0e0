import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { announcementOf } from "../../agent/core/announcer/frames.ts"
import { type NdpFrame, type NdpMessage, readNdp, writeNdp } from "../../agent/core/ndp/packet.ts"
import { respondNdp } from "../../agent/core/ndp/responder.ts"
import { parseMac } from "../../agent/core/net/mac.ts"
import { address } from "../unit/allocate/fixtures.ts"

/** Captured between two Linux hosts of kernel 6.18 and ndisc6 1.0.5: what others send, and what their kernel answers. */
type Vector = {
  readonly what: string
  readonly frame: string
  readonly destination: string
  readonly source: string
  readonly from: string
  readonly to: string
  readonly kind: NdpMessage["kind"]
  readonly target: string
  readonly linkLayer?: string
  readonly flags?: readonly string[]
  /** False where the frame holds more than we write. */
  readonly rewritten?: boolean
  /** MAC that answers, and the bytes of the answer. */
  readonly answerOf?: string
  readonly answer?: string
  /** This frame is the announcement of the target by the source. */
  readonly announces?: boolean
}

const vectors: readonly Vector[] = JSON.parse(readFileSync(join(import.meta.dirname, "ndp.json"), "utf8"))

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
const hex = (frame: Uint8Array | undefined): string => Buffer.from(frame ?? []).toString("hex")
const mac = (text: string): Uint8Array => parseMac(text) ?? new Uint8Array(0)
const ip = (text: string): bigint => address(text).value

const messageOf = ({ kind, target, linkLayer, flags = [] }: Vector): NdpMessage => {
  const common = { target: ip(target), linkLayer: linkLayer === undefined ? undefined : mac(linkLayer) }
  if (kind === "solicitation") return { kind, ...common }
  const has = (flag: string) => flags.includes(flag)
  return { kind, router: has("router"), solicited: has("solicited"), override: has("override"), ...common }
}

for (const vector of vectors) {
  const wanted: NdpFrame = {
    destination: mac(vector.destination),
    source: mac(vector.source),
    from: ip(vector.from),
    to: ip(vector.to),
    message: messageOf(vector),
  }

  test(`${vector.what}: is read${vector.rewritten === false ? "" : " and written"}`, () => {
    const reading = readNdp(bytes(vector.frame))
    assert.ok(reading.ok, reading.ok ? "" : reading.fault)
    assert.deepEqual(reading.frame, wanted)
    if (vector.rewritten !== false) assert.equal(hex(writeNdp(wanted)), hex(bytes(vector.frame)))
  })

  if (vector.answerOf !== undefined) {
    test(`${vector.what}: is answered byte for byte as a Linux kernel answers`, () => {
      const ear = { interface: "eth0", mac: mac(vector.answerOf ?? ""), announces: (): "here" => "here" }
      assert.equal(hex(respondNdp(bytes(vector.frame), ear).reply), hex(bytes(vector.answer ?? "")))
    })
  }

  if (vector.announces === true) {
    test(`${vector.what}: is what is announced`, () => {
      const [frame, ...others] = announcementOf({ family: "IPv6", value: ip(vector.target) }, mac(vector.source))
      assert.equal(hex(frame), hex(bytes(vector.frame)))
      assert.deepEqual(others, [])
    })
  }
}
