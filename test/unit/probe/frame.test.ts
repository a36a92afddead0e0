import assert from "node:assert/strict"
import { test } from "node:test"
import { gratuitous, replyTo, writeArp } from "../../../agent/core/arp/packet.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { answerTo, tellAll } from "../../../agent/core/ndp/advertise.ts"
import { writeNdp } from "../../../agent/core/ndp/packet.ts"
import { multicastMac, solicitedNodeGroup } from "../../../agent/core/net/ipv6.ts"
import { formatMac } from "../../../agent/core/net/mac.ts"
import { evidenceIn, probeOf } from "../../../agent/core/probe/frame.ts"
import { spareBeside } from "../../../agent/core/probe/spare.ts"
import { address, range } from "../allocate/fixtures.ts"
import { macOf, own, stranger } from "./scene.ts"

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
const v4 = Number(address("192.168.1.11").value)
const v6 = address("2001:db8::11").value

test("an ARP probe is a request to everybody without a sender address (RFC 5227 section 2.1.1)", () => {
  assert.equal(
    hex(probeOf(address("192.168.1.11"), macOf(own))),
    "ffffffffffff0200000000010806" + "0001080006040001" + "020000000001" + "00000000" + "000000000000" + "c0a8010b",
  )
})

test("a solicitation of duplicate address detection goes from :: to the address's group with hop limit 255 and no option (RFC 4862 section 5.4.2)", () => {
  const frame = hex(probeOf(address("2001:db8::11"), macOf(own)))
  assert.equal(frame.slice(0, 28), `3333ff000011${"020000000001"}86dd`)
  assert.equal(frame.slice(28, 44), "6000000000183aff")
  assert.equal(frame.slice(44, 76), "0".repeat(32))
  assert.equal(frame.slice(76, 108), "ff0200000000000000000001ff000011")
  assert.equal(frame.slice(108, 112), "8700")
  assert.equal(frame.slice(116), `00000000${"20010db8000000000000000000000011"}`)
})

const evidence = (family: "IPv4" | "IPv6", bytes: Uint8Array, isAsked = true): string => {
  const found = evidenceIn(family, bytes, macOf(own), () => isAsked)
  return found === undefined ? "nothing" : `${found.how} ${formatAddress(found.address)} ${formatMac(found.mac)}`
}

test("who answers, announces or uses an address has it; who asks without an address wants it", () => {
  const asker = {
    operation: "request",
    senderMac: macOf(own),
    senderIp: 0,
    targetMac: macOf(own),
    targetIp: v4,
  } as const
  const rows: readonly (readonly [string, "IPv4" | "IPv6", Uint8Array, string])[] = [
    ["a reply to our probe", "IPv4", writeArp(replyTo(asker, macOf(stranger))), `answer 192.168.1.11 ${stranger}`],
    ...gratuitous(v4, macOf(stranger)).map(
      frame =>
        [`a gratuitous ${frame.packet.operation}`, "IPv4", writeArp(frame), `answer 192.168.1.11 ${stranger}`] as const,
    ),
    ["a probe", "IPv4", probeOf(address("192.168.1.11"), macOf(stranger)), `probe 192.168.1.11 ${stranger}`],
    ["our own probe", "IPv4", probeOf(address("192.168.1.11"), macOf(own)), "nothing"],
    ["an advertisement to all", "IPv6", writeNdp(tellAll(v6, macOf(stranger))), `answer 2001:db8::11 ${stranger}`],
    [
      "a solicited one",
      "IPv6",
      writeNdp(answerTo(1n, macOf(own), v6, macOf(stranger))),
      `answer 2001:db8::11 ${stranger}`,
    ],
    ["a probe of IPv6", "IPv6", probeOf(address("2001:db8::11"), macOf(stranger)), `probe 2001:db8::11 ${stranger}`],
    ["our own solicitation", "IPv6", probeOf(address("2001:db8::11"), macOf(own)), "nothing"],
    ["a question that comes from the address", "IPv6", question(), `answer 2001:db8::11 ${stranger}`],
    ["noise", "IPv4", Uint8Array.of(1, 2, 3), "nothing"],
    ["noise of IPv6", "IPv6", new Uint8Array(90), "nothing"],
  ]
  for (const [what, family, bytes, expected] of rows) assert.equal(evidence(family, bytes), expected, what)
  assert.equal(evidence("IPv4", writeArp(replyTo(asker, macOf(stranger))), false), "nothing")
})

test("a reply without a sender address says nothing", () => {
  const packet = {
    operation: "reply",
    senderMac: macOf(stranger),
    senderIp: 0,
    targetMac: macOf(own),
    targetIp: v4,
  } as const
  assert.equal(evidence("IPv4", writeArp({ destination: macOf(own), source: macOf(stranger), packet })), "nothing")
})

const question = (): Uint8Array => {
  const target = address("2001:db8::1").value
  const to = solicitedNodeGroup(target)
  const message = { kind: "solicitation", target, linkLayer: macOf(stranger) } as const
  return writeNdp({ destination: multicastMac(to), source: macOf(stranger), from: v6, to, message })
}

test("free addresses beside one are of its pool first, then of the network around it, never taken ones, eight at most", () => {
  const spare = (text: string, pool: string, taken: readonly string[] = []) =>
    spareBeside(address(text), [range(pool)], one => taken.includes(formatAddress(one))).map(formatAddress)
  assert.deepEqual(spare("192.168.1.50", "192.168.1.40-192.168.1.60", ["192.168.1.51"]), [
    "192.168.1.49",
    "192.168.1.52",
    "192.168.1.48",
    "192.168.1.53",
    "192.168.1.47",
    "192.168.1.54",
    "192.168.1.46",
    "192.168.1.55",
  ])
  const small = spare("192.168.1.11", "192.168.1.11-192.168.1.13", ["192.168.1.12"])
  assert.equal(small[0], "192.168.1.13")
  assert.equal(small.length, 7)
  for (const text of small) assert.match(text, /^192\.168\.1\.([2-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])$/)
  assert.ok(spare("2001:db8::11", "2001:db8::11-2001:db8::11").every(text => text.startsWith("2001:db8::")))
  assert.deepEqual(spare("0.0.0.1", "0.0.0.0-0.0.0.1", ["0.0.0.0"]).slice(0, 1), ["0.0.0.40"])
})
