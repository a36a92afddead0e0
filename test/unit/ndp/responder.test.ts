import assert from "node:assert/strict"
import { test } from "node:test"
import { type NdpFrame, readNdp, writeNdp } from "../../../agent/core/ndp/packet.ts"
import { respondNdp } from "../../../agent/core/ndp/responder.ts"
import { allNodes, multicastMac, solicitedNodeGroup } from "../../../agent/core/net/ipv6.ts"
import { advertisement, client, clientIp, elsewhere, ip, mac, own, question, vip } from "./frames.ts"

const ear = {
  interface: "eth0",
  mac: own,
  announces: (address: bigint) => (address === vip ? "here" : address === elsewhere ? "elsewhere" : "no"),
} as const

const asking = (target: bigint, more: Partial<NdpFrame> = {}): NdpFrame => ({
  ...question,
  destination: multicastMac(solicitedNodeGroup(target)),
  to: solicitedNodeGroup(target),
  message: { kind: "solicitation", target, linkLayer: client },
  ...more,
})
const silent = { kind: "solicitation", target: vip, linkLayer: undefined } as const

const table: readonly [string, NdpFrame, string, boolean][] = [
  ["a question to the solicited-node group", asking(vip), "ML330", true],
  [
    "a question to the address itself (RFC 4861 section 7.3.3)",
    asking(vip, { destination: own, to: vip }),
    "ML330",
    true,
  ],
  ["a question to a group, sent to this interface (RFC 6085)", asking(vip, { destination: own }), "ML330", true],
  ["a question to all nodes", asking(vip, { destination: multicastMac(allNodes), to: allNodes }), "ML330", true],
  ["a question without a link-layer address", asking(vip, { message: silent }), "ML330", true],
  ["a probe (RFC 4862 section 5.4.3)", asking(vip, { from: 0n, message: silent }), "ML330", true],
  ["a question sent to another station", asking(vip, { destination: mac("77"), to: vip }), "ML331", false],
  ["a question to one address, sent to a group", asking(vip, { to: vip }), "ML331", false],
  ["a question to a group, sent to another", asking(vip, { destination: multicastMac(allNodes) }), "ML331", false],
  ["a question for an address not announced", asking(ip("2001:db8::99")), "ML332", false],
  ["a question for the unspecified address", asking(0n), "ML332", false],
  ["a question on an interface that is not to answer", asking(elsewhere), "ML333", false],
  ["an advertisement", advertisement, "ML335", false],
  ["a frame of our own that came back", asking(vip, { source: own }), "ML336", false],
]

for (const [what, frame, reason, answered] of table) {
  test(`${what}: ${answered ? "answered" : "dropped"} as ${reason}`, () => {
    const response = respondNdp(writeNdp(frame), ear)
    assert.equal(response.reason, reason)
    assert.equal(response.reply !== undefined, answered)
  })
}

test("what is malformed is dropped with the name of its fault", () => {
  const { reason, facts, reply } = respondNdp(writeNdp(question).with(21, 64), ear)
  assert.deepEqual([reason, facts, reply], ["ML334", { fault: "hop limit is not 255" }, undefined])
})

const answerTo = (frame: NdpFrame): NdpFrame => {
  const reading = readNdp(respondNdp(writeNdp(frame), ear).reply ?? new Uint8Array(0))
  assert.ok(reading.ok)
  return reading.frame
}

const says = (solicited: boolean) =>
  ({ kind: "advertisement", target: vip, router: false, solicited, override: true, linkLayer: own }) as const

test("the answer goes to the asker alone, from the VIP, solicited, with this interface's address", () => {
  assert.deepEqual(answerTo(asking(vip)), {
    destination: client,
    source: own,
    from: vip,
    to: clientIp,
    message: says(true),
  })
})

test("an asker is answered at the link-layer address it gives, else where the frame came from", () => {
  const proxied = { kind: "solicitation", target: vip, linkLayer: mac("02") } as const
  assert.deepEqual(answerTo(asking(vip, { message: proxied })).destination, mac("02"))
  assert.deepEqual(answerTo(asking(vip, { message: silent })).destination, client)
})

test("a probe is answered before everybody, not solicited", () => {
  assert.deepEqual(answerTo(asking(vip, { from: 0n, message: silent })), {
    destination: multicastMac(allNodes),
    source: own,
    from: vip,
    to: allNodes,
    message: says(false),
  })
})

test("an advertisement of the VIP by another station is a claim, also where it is announced elsewhere", () => {
  const claim = (frame: NdpFrame) => respondNdp(writeNdp(frame), ear).claim
  assert.deepEqual(claim(advertisement), { address: { family: "IPv6", value: vip }, mac: client })
  const other = { ...advertisement, message: { ...advertisement.message, target: elsewhere } }
  assert.equal(claim(other)?.address.value, elsewhere)
})

test("a question that comes from the VIP is answered, and no claim: most of them reach this host not at all", () => {
  const response = respondNdp(writeNdp(asking(vip, { from: vip })), ear)
  assert.equal(response.claim, undefined)
  assert.ok(response.reply !== undefined)
})

test("a probe, our own advertisement, and one of an address that is not ours are no claims", () => {
  const claim = (frame: NdpFrame) => respondNdp(writeNdp(frame), ear).claim
  assert.equal(claim(asking(vip, { from: 0n, message: silent })), undefined)
  assert.equal(claim({ ...advertisement, message: { ...advertisement.message, linkLayer: own } }), undefined)
  const other = { ...advertisement, message: { ...advertisement.message, target: ip("2001:db8::99") } }
  assert.equal(claim(other), undefined)
})

test("in the name of another node the answer has that one's address and does not override what it says itself (RFC 4861 section 7.2.8)", () => {
  const owner = mac("aa")
  const standing = { ...ear, inStead: (address: bigint) => (address === vip ? owner : undefined) }
  const said = { kind: "advertisement", target: vip, router: false, override: false, linkLayer: owner } as const
  for (const [frame, solicited, destination] of [
    [asking(vip), true, client],
    [asking(vip, { from: 0n, message: silent }), false, multicastMac(allNodes)],
  ] as const) {
    const reading = readNdp(respondNdp(writeNdp(frame), standing).reply ?? new Uint8Array(0))
    assert.ok(reading.ok)
    assert.deepEqual(reading.frame.message, { ...said, solicited })
    assert.deepEqual([reading.frame.source, reading.frame.destination], [own, destination])
  }
  const claims = (linkLayer: Uint8Array) =>
    respondNdp(writeNdp({ ...advertisement, message: { ...said, solicited: false, linkLayer } }), standing).claim
  assert.equal(claims(owner), undefined, "whoever says the same is in no conflict")
  assert.deepEqual(claims(mac("55"))?.mac, mac("55"))
})
