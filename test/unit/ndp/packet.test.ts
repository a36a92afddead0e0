import assert from "node:assert/strict"
import { test } from "node:test"
import { type NdpFault, type NdpFrame, readNdp, writeNdp } from "../../../agent/core/ndp/packet.ts"
import { icmpv6Sum, onesSum } from "../../../agent/core/net/checksum.ts"
import { allNodes, isLinkLocal, isMulticast, multicastMac, solicitedNodeGroup } from "../../../agent/core/net/ipv6.ts"
import { formatMac } from "../../../agent/core/net/mac.ts"
import { advertisement, client, ip, patched, question, summed, vip, withOptions } from "./frames.ts"

const faultOf = (bytes: Uint8Array): NdpFault | "read" => {
  const reading = readNdp(bytes)
  return reading.ok ? "read" : reading.fault
}
/** A byte of the frame replaced, and the checksum made right again. */
const byte = (frame: NdpFrame, at: number, value: number) => summed(writeNdp(frame).with(at, value))
const probe: NdpFrame = { ...question, from: 0n, message: { kind: "solicitation", target: vip, linkLayer: undefined } }
const option = (type: number, units: number, ...bytes: readonly number[]) => [type, units, ...bytes]
const address = [2, 0, 0, 0, 0, 1]

/** RFC 4861 sections 7.1.1 and 7.1.2 rule by rule, each field at its least, its most, and one past it. */
const table: readonly [string, Uint8Array, NdpFault | "read"][] = [
  ["a question", writeNdp(question), "read"],
  ["an advertisement", writeNdp(advertisement), "read"],
  ["padding behind the packet", Uint8Array.from([...writeNdp(question), 1, 2, 3]), "read"],
  ["13 bytes", writeNdp(question).subarray(0, 13), "shorter than an Ethernet header"],
  ["an Ethernet header alone", writeNdp(question).subarray(0, 14), "no IPv6 header"],
  ["an IPv6 header that is cut short", writeNdp(question).subarray(0, 53), "no IPv6 header"],
  ["EtherType IPv4", byte(question, 12, 0x08), "not of EtherType IPv6"],
  ["version 5", byte(question, 14, 0x50), "no IPv6 header"],
  ["version 7", byte(question, 14, 0x70), "no IPv6 header"],
  [
    "any traffic class and flow label",
    Uint8Array.from([...writeNdp(question)])
      .with(14, 0x6f)
      .with(15, 0xff),
    "read",
  ],
  ["next header 57", byte(question, 20, 57), "no ICMPv6"],
  ["next header 59", byte(question, 20, 59), "no ICMPv6"],
  ["next header 255", byte(question, 20, 255), "no ICMPv6"],
  ["an extension header, next header 0", byte(question, 20, 0), "no ICMPv6"],
  ["hop limit 254", writeNdp(question).with(21, 254), "hop limit is not 255"],
  ["hop limit 0", writeNdp(question).with(21, 0), "hop limit is not 255"],
  [
    "a packet one byte shorter than its header says",
    writeNdp(question).subarray(0, 85),
    "shorter than its IPv6 header says",
  ],
  [
    "a payload of 65535 bytes that is not there",
    writeNdp(question).with(18, 255).with(19, 255),
    "shorter than its IPv6 header says",
  ],
  ["a payload of 0 bytes", writeNdp(question).with(19, 0), "shorter than a neighbour message"],
  ["a payload of 23 bytes", writeNdp(question).with(19, 23), "shorter than a neighbour message"],
  ["a payload of 24 bytes", summed(writeNdp(question).with(19, 24)), "read"],
  ["type 0", patched(question, 0, 0), "neither solicitation nor advertisement"],
  ["type 255", patched(question, 0, 255), "neither solicitation nor advertisement"],
  ["type 134", patched(question, 0, 134), "neither solicitation nor advertisement"],
  ["type 137", patched(question, 0, 137), "neither solicitation nor advertisement"],
  ["code 1", patched(question, 1, 1), "code is not 0"],
  ["code 255", patched(question, 1, 255), "code is not 0"],
  ["a checksum one too high", writeNdp(question).with(57, (writeNdp(question)[57] ?? 0) + 1), "wrong checksum"],
  ["a damaged target", writeNdp(question).with(77, 0x11), "wrong checksum"],
  ["reserved bits in a question", patched(question, 4, 0xff, 0xff, 0xff, 0xff), "read"],
  ["reserved bits in an advertisement", patched(advertisement, 4, 0x3f, 0xff, 0xff, 0xff), "read"],
  ["target ff00::", patched(question, 8, 0xff, ...new Array(15).fill(0)), "target is a group address"],
  ["target ffff:…:ffff", patched(question, 8, ...new Array(16).fill(0xff)), "target is a group address"],
  ["target feff::, the last before the groups", patched(question, 8, 0xfe, 0xff), "read"],
  ["target ::", patched(question, 8, ...new Array(16).fill(0)), "read"],
  [
    "an Ethernet source of zeros",
    summed(writeNdp({ ...question, source: new Uint8Array(6) })),
    "sender has no hardware address",
  ],
  ["an Ethernet source that is a group", byte(question, 6, 0x03), "sender is a group address"],
  ["an IPv6 source that is a group", byte(question, 22, 0xff), "sender is a group address"],
  ["a probe", writeNdp(probe), "read"],
  ["a probe to all nodes", writeNdp({ ...probe, to: allNodes }), "probe that was not sent to the solicited-node group"],
  [
    "a probe to the group of the address before",
    writeNdp({ ...probe, to: solicitedNodeGroup(vip - 1n) }),
    "probe that was not sent to the solicited-node group",
  ],
  [
    "a probe to the group of the address behind",
    writeNdp({ ...probe, to: solicitedNodeGroup(vip + 1n) }),
    "probe that was not sent to the solicited-node group",
  ],
  [
    "a probe to the group in the scope before",
    writeNdp({ ...probe, to: solicitedNodeGroup(vip) - (1n << 112n) }),
    "probe that was not sent to the solicited-node group",
  ],
  [
    "a probe to the target itself",
    writeNdp({ ...probe, to: vip }),
    "probe that was not sent to the solicited-node group",
  ],
  ["a probe that says where it comes from", writeNdp({ ...question, from: 0n }), "probe with a link-layer address"],
  [
    "a solicited advertisement to a group",
    patched(advertisement, 4, 0x60),
    "solicited advertisement that was sent to a group",
  ],
  [
    "a solicited advertisement to one station",
    writeNdp({
      ...advertisement,
      to: ip("2001:db8::fa"),
      message: { ...advertisement.message, kind: "advertisement", router: false, override: true, solicited: true },
    }),
    "read",
  ],
  ["no option", withOptions(question), "read"],
  ["an option of length 0", withOptions(question, ...option(1, 0, ...address)), "an option has length 0"],
  ["an unknown option of length 0", withOptions(question, ...option(99, 0, ...address)), "an option has length 0"],
  [
    "an option of length 2 where 1 is there",
    withOptions(question, ...option(14, 2, ...address)),
    "an option is cut short",
  ],
  ["an option of type 0", withOptions(question, ...option(0, 1, ...address)), "read"],
  ["an option of type 255", withOptions(question, ...option(255, 1, ...address)), "read"],
  ["an option of type 3", withOptions(question, ...option(3, 1, ...address)), "read"],
  ["an option of length 255", withOptions(question, ...option(14, 255, ...address)), "an option is cut short"],
  ["one byte of an option", withOptions(question, 1), "an option is cut short"],
  ["7 bytes of an option", withOptions(question, 1, 1, 2, 0, 0, 0, 0), "an option is cut short"],
  [
    "an unknown option before ours",
    withOptions(question, ...option(253, 2, ...new Array(14).fill(7)), ...option(1, 1, ...address)),
    "read",
  ],
  [
    "a link-layer address of 14 bytes",
    withOptions(question, ...option(1, 2, ...new Array(14).fill(2))),
    "link-layer address is not 6 bytes long",
  ],
  [
    "a link-layer address that is a group",
    withOptions(question, ...option(1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
    "link-layer address is a group address",
  ],
  [
    "a link-layer address of zeros",
    withOptions(question, ...option(1, 1, 0, 0, 0, 0, 0, 0)),
    "link-layer address is 0",
  ],
  ["the smallest link-layer address", withOptions(question, ...option(1, 1, 0, 0, 0, 0, 0, 1)), "read"],
  ["the largest link-layer address", withOptions(question, ...option(1, 1, 0xfe, 255, 255, 255, 255, 255)), "read"],
]

for (const [what, bytes, verdict] of table) {
  test(`${what}: ${verdict}`, () => assert.equal(faultOf(bytes), verdict))
}

test("of two link-layer addresses the first counts, and the other kind of option is not taken for it", () => {
  const reading = readNdp(
    withOptions(
      question,
      ...option(2, 1, 6, 6, 6, 6, 6, 6),
      ...option(1, 1, ...address),
      ...option(1, 1, 4, 4, 4, 4, 4, 4),
    ),
  )
  assert.ok(reading.ok)
  assert.deepEqual(reading.frame.message, { kind: "solicitation", target: vip, linkLayer: client })
})

test("each flag of an advertisement is one bit", () => {
  const flags = (value: number) => {
    const reading = readNdp(summed(patched({ ...advertisement, to: vip }, 4, value)))
    assert.ok(reading.ok && reading.frame.message.kind === "advertisement")
    const { router, solicited, override } = reading.frame.message
    return [router, solicited, override]
  }
  assert.deepEqual([0x80, 0x40, 0x20, 0x1f].map(flags), [
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [false, false, false],
  ])
})

test("sums carry around the end, as RFC 1071 computes its example", () => {
  assert.equal(onesSum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)), 0xddf2)
  assert.equal(onesSum(new Uint8Array(65_534).fill(0xff)), 0xffff)
  assert.equal(onesSum(Uint8Array.of(0x12)), 0x1200)
  assert.equal(icmpv6Sum(new Uint8Array(32), new Uint8Array(0)), 58)
})

test("groups and their MACs follow from the address", () => {
  assert.equal(solicitedNodeGroup(ip("2001:db8::ab12:3456")), ip("ff02::1:ff12:3456"))
  assert.equal(solicitedNodeGroup(ip("fe80::")), ip("ff02::1:ff00:0"))
  assert.equal(formatMac(multicastMac(ip("ff02::1:ffff:ffff"))), "33:33:ff:ff:ff:ff")
  assert.equal(formatMac(multicastMac(allNodes)), "33:33:00:00:00:01")
  assert.deepEqual(["fe80::", "febf:ffff::", "fe7f::", "fec0::"].map(ip).map(isLinkLocal), [true, true, false, false])
  assert.deepEqual(["ff00::", "ffff::", "fe80::"].map(ip).map(isMulticast), [true, true, false])
})
