import assert from "node:assert/strict"
import { test } from "node:test"
import { type ArpFrame, type ArpPacket, readArp, writeArp } from "../../../agent/core/arp/packet.ts"
import { respond } from "../../../agent/core/arp/responder.ts"
import { broadcastMac, formatMac, parseMac } from "../../../agent/core/net/mac.ts"

const mac = (last: string) => parseMac(`02:00:00:00:00:${last}`) ?? new Uint8Array(6)
const own = mac("ee")
const client = mac("01")
const vip = 0xc0a8010b
const ipv4 = (value: number) => ({ family: "IPv4", value: BigInt(value) }) as const
const elsewhere = 0xc0a8010c

const ear = {
  interface: "eth0",
  mac: own,
  announces: (ip: number) => (ip === vip ? "here" : ip === elsewhere ? "elsewhere" : "no"),
} as const

const asks = (packet: Partial<ArpPacket> = {}, frame: Partial<ArpFrame> = {}): Uint8Array =>
  writeArp({
    destination: broadcastMac,
    source: client,
    packet: {
      operation: "request",
      senderMac: client,
      senderIp: 0xc0a80132,
      targetMac: new Uint8Array(6),
      targetIp: vip,
      ...packet,
    },
    ...frame,
  })

/** Spec 5.5: frame, reason, whether it is answered. */
const table: readonly [string, Uint8Array, string, boolean][] = [
  ["a broadcast request for an announced address", asks(), "ML330", true],
  ["a request sent to the interface's own address", asks({}, { destination: own }), "ML330", true],
  ["a request sent to another station", asks({}, { destination: mac("77") }), "ML331", false],
  ["a request sent to a multicast group", asks({}, { destination: mac("ee").with(0, 0x01) }), "ML331", false],
  ["a request for an address not announced", asks({ targetIp: 0xc0a80199 }), "ML332", false],
  ["a request on an interface that is not to answer", asks({ targetIp: elsewhere }), "ML333", false],
  ["a reply", asks({ operation: "reply" }), "ML335", false],
  ["a probe, which has no sender address (RFC 5227)", asks({ senderIp: 0 }), "ML330", true],
  ["a gratuitous request of somebody else", asks({ senderIp: vip }), "ML330", true],
  ["a frame of our own that came back", asks({}, { source: own }), "ML336", false],
  [
    "a request of nobody, whose answer would go to 00:00:00:00:00:00",
    asks({ senderMac: new Uint8Array(6) }),
    "ML334",
    false,
  ],
  ["a request of a group, whose answer would go to many", asks({ senderMac: broadcastMac }), "ML334", false],
  ["a frame that is cut short", asks().subarray(0, 41), "ML334", false],
]

for (const [what, bytes, reason, answered] of table) {
  test(`${what}: ${answered ? "answered" : "dropped"} as ${reason}`, () => {
    const response = respond(bytes, ear)
    assert.equal(response.reason, reason)
    assert.equal(response.reply !== undefined, answered)
  })
}

test("the answer says that the address is at this interface, to the asker alone", () => {
  const { reply } = respond(asks(), ear)
  const reading = readArp(reply ?? new Uint8Array(0))
  assert.ok(reading.ok)
  const { destination, source, packet } = reading.frame
  assert.deepEqual([destination, source].map(formatMac), [formatMac(client), formatMac(own)])
  assert.deepEqual(
    [packet.operation, formatMac(packet.senderMac), packet.senderIp, formatMac(packet.targetMac), packet.targetIp],
    ["reply", formatMac(own), vip, formatMac(client), 0xc0a80132],
  )
})

test("whoever claims an announced address is told, in requests and replies alike", () => {
  for (const operation of ["request", "reply"] as const) {
    const { claim } = respond(asks({ operation, senderIp: vip }), ear)
    assert.deepEqual(claim, { address: ipv4(vip), mac: client })
  }
  assert.deepEqual(respond(asks({ operation: "reply", senderIp: elsewhere }), ear).claim?.address, ipv4(elsewhere))
})

test("our own announcements and other addresses are no claim", () => {
  assert.equal(respond(asks(), ear).claim, undefined)
  assert.equal(respond(asks({ senderIp: vip, senderMac: own }), ear).claim, undefined)
})

test("in the name of another node the answer says that one's MAC, and comes from this interface all the same", () => {
  const owner = mac("aa")
  const standing = { ...ear, inStead: (ip: number) => (ip === vip ? owner : undefined) }
  const reading = readArp(respond(asks(), standing).reply ?? new Uint8Array(0))
  assert.ok(reading.ok)
  const { destination, source, packet } = reading.frame
  assert.deepEqual([destination, source].map(formatMac), [client, own].map(formatMac))
  assert.deepEqual([packet.operation, formatMac(packet.senderMac), packet.senderIp], ["reply", formatMac(owner), vip])
  const said = (senderMac: Uint8Array) => respond(asks({ senderIp: vip, senderMac }), standing).claim
  assert.equal(said(owner), undefined, "whoever says the same is in no conflict")
  assert.deepEqual(said(client), { address: ipv4(vip), mac: client })
})
