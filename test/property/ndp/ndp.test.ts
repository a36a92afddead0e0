import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type NdpFrame, type NdpMessage, readNdp, writeNdp } from "../../../agent/core/ndp/packet.ts"
import { type NdpEar, respondNdp } from "../../../agent/core/ndp/responder.ts"
import { allNodes, isMulticast, solicitedNodeGroup, unspecified } from "../../../agent/core/net/ipv6.ts"
import { isZeroMac } from "../../../agent/core/net/mac.ts"
import { summed } from "../../unit/ndp/frames.ts"

const mac = fc.uint8Array({ minLength: 6, maxLength: 6 })
const station = mac.map(bytes => bytes.with(0, (bytes[0] ?? 0) & 0xfe)).filter(bytes => !isZeroMac(bytes))
/** Any unicast address but the unspecified one. */
const unicast = fc.bigInt({ min: 1n, max: (0xffn << 120n) - 1n })

const solicitation: fc.Arbitrary<NdpFrame> = fc
  .record({ target: unicast, from: unicast, source: station, destination: mac, linkLayer: fc.option(station) })
  .chain(({ target, from, source, destination, linkLayer }) =>
    fc.constantFrom(solicitedNodeGroup(target), target, allNodes).map(to => ({
      ...{ destination, source, from, to },
      message: { kind: "solicitation" as const, target, linkLayer: linkLayer ?? undefined },
    })),
  )
const advertisement: fc.Arbitrary<NdpFrame> = fc
  .record({
    frame: solicitation,
    router: fc.boolean(),
    solicited: fc.boolean(),
    override: fc.boolean(),
  })
  .map(({ frame, router, solicited, override }) => {
    const { target, linkLayer } = frame.message
    const to = solicited ? target : frame.to
    const message: NdpMessage = { kind: "advertisement", target, linkLayer, router, solicited, override }
    return { ...frame, to, message }
  })
const frames = fc.oneof(solicitation, advertisement)

const own = Uint8Array.of(2, 0, 0, 0, 0, 1)
const ear: NdpEar = { interface: "eth0", mac: own, announces: () => "here" }

test("whatever is written is read back, with any padding", () => {
  fc.assert(
    fc.property(frames, fc.uint8Array({ maxLength: 30 }), (frame, padding) => {
      const reading = readNdp(Uint8Array.from([...writeNdp(frame), ...padding]))
      assert.ok(reading.ok, reading.ok ? "" : reading.fault)
      assert.deepEqual(reading.frame, frame)
    }),
  )
})

test("any bytes at all are read or refused with a reason, and refused ones are never answered", () => {
  const at = fc.nat(85)
  const damaged = fc
    .tuple(frames, fc.array(fc.tuple(at, fc.nat(255)), { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([frame, changes, mended]) => {
      const bytes = writeNdp(frame)
      for (const [place, byte] of changes) if (place < bytes.length) bytes[place] = byte
      const fits = 54 + new DataView(bytes.buffer).getUint16(18) <= bytes.length
      return mended && fits ? summed(bytes) : bytes
    })
  const cut = fc.tuple(frames, fc.nat(86)).map(([frame, length]) => writeNdp(frame).subarray(0, length))
  const options = fc.tuple(solicitation, fc.uint8Array({ maxLength: 64 })).map(([frame, tail]) => {
    const bytes = Uint8Array.from([...writeNdp(frame).subarray(0, 78), ...tail])
    new DataView(bytes.buffer).setUint16(18, 24 + tail.length)
    return summed(bytes)
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 120 }), damaged, cut, options), bytes => {
      const response = respondNdp(bytes, ear)
      const reading = readNdp(bytes)
      assert.equal(response.reason === "ML334", !reading.ok)
      if (response.reply === undefined) return
      assert.ok(reading.ok && reading.frame.message.kind === "solicitation")
      const answer = readNdp(response.reply)
      assert.ok(answer.ok && answer.frame.message.kind === "advertisement")
      const { from, to, source, message } = answer.frame
      assert.equal(message.target, reading.frame.message.target)
      assert.equal(from, message.target)
      assert.deepEqual([source, message.linkLayer], [own, own])
      const probed = reading.frame.from === unspecified
      assert.equal(message.solicited, !probed)
      assert.equal(to, probed ? allNodes : reading.frame.from)
      assert.equal(isMulticast(to), probed)
    }),
    { numRuns: 3000 },
  )
})
