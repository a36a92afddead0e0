import assert from "node:assert/strict"
import { test } from "node:test"
import { readArp, writeArp } from "../../../agent/core/arp/packet.ts"
import type { Address } from "../../../agent/core/ip/address.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"
import { tellAll } from "../../../agent/core/ndp/advertise.ts"
import { readNdp, writeNdp } from "../../../agent/core/ndp/packet.ts"
import { heardIn } from "../../../agent/core/net/heard.ts"
import { solicitedNodeGroup } from "../../../agent/core/net/ipv6.ts"
import { formatMac, parseMac, zeroMac } from "../../../agent/core/net/mac.ts"
import { askerFor, questionFor } from "../../../agent/core/net/question.ts"

const mac = parseMac("02:00:00:00:00:01") ?? zeroMac
const at = (text: string): Address => parseAddress(text) ?? assert.fail(text)

test("a question in ARP goes to everybody and names the asker; without an address it is a probe", () => {
  for (const [from, sender] of [
    ["192.0.2.1", Number(at("192.0.2.1").value)],
    [undefined, 0],
  ] as const) {
    const read = readArp(questionFor(at("192.0.2.9"), mac, from === undefined ? undefined : at(from)))
    assert.ok(read.ok)
    assert.equal(formatMac(read.frame.destination), "ff:ff:ff:ff:ff:ff")
    assert.equal(read.frame.packet.senderIp, sender)
    assert.equal(read.frame.packet.targetIp, Number(at("192.0.2.9").value))
  }
})

test("a question in neighbour discovery goes to the target's group, with the asker's link-layer address", () => {
  const read = readNdp(questionFor(at("2001:db8::9"), mac, at("fe80::1")))
  assert.ok(read.ok)
  assert.equal(read.frame.to, solicitedNodeGroup(at("2001:db8::9").value))
  assert.deepEqual(read.frame.message, { kind: "solicitation", target: at("2001:db8::9").value, linkLayer: mac })
})

test("IPv6 is asked from the link-local address, IPv4 from the interface's first", () => {
  const own = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "fe80::1"].map(at)
  assert.deepEqual(askerFor(at("2001:db8::9"), own), at("fe80::1"))
  assert.deepEqual(askerFor(at("192.0.2.9"), own), at("192.0.2.1"))
  assert.equal(askerFor(at("192.0.2.9"), [at("fe80::1")]), undefined)
})

test("who asks by ARP claims its own address, who probes claims none, and damage is nobody", () => {
  const asked = heardIn(questionFor(at("192.0.2.9"), mac, at("192.0.2.1")), "IPv4")
  assert.deepEqual([asked && formatMac(asked.mac), asked?.claims], [formatMac(mac), at("192.0.2.1")])
  assert.equal(heardIn(questionFor(at("192.0.2.9"), mac, undefined), "IPv4")?.claims, undefined)
  assert.equal(heardIn(questionFor(at("2001:db8::9"), mac, at("fe80::1")), "IPv6")?.claims, undefined)
  assert.equal(heardIn(new Uint8Array(20), "IPv4"), undefined)
})

test("one station is asked alone where it is named, in either family, and a probe goes to all", () => {
  const to = parseMac("02:00:00:00:00:77") ?? zeroMac
  const arp = readArp(questionFor(at("192.0.2.9"), mac, at("192.0.2.1"), to))
  assert.ok(arp.ok)
  assert.deepEqual(arp.frame.destination, to)
  const ndp = readNdp(questionFor(at("2001:db8::9"), mac, at("fe80::1"), to))
  assert.ok(ndp.ok)
  assert.deepEqual([ndp.frame.destination, ndp.frame.to], [to, at("2001:db8::9").value])
  const probe = readArp(questionFor(at("192.0.2.9"), mac, undefined, to))
  assert.equal(probe.ok && formatMac(probe.frame.destination), "ff:ff:ff:ff:ff:ff")
  const solicitation = readNdp(questionFor(at("2001:db8::9"), mac, undefined, to))
  assert.equal(solicitation.ok && solicitation.frame.to, solicitedNodeGroup(at("2001:db8::9").value))
})

test("a frame that comes from another station than it speaks of tells both", () => {
  const owner = parseMac("02:00:00:00:00:aa") ?? zeroMac
  const packet = { operation: "reply", senderMac: owner, senderIp: 1, targetMac: mac, targetIp: 2 } as const
  const heard = heardIn(writeArp({ destination: mac, source: mac, packet }), "IPv4")
  assert.deepEqual(
    [heard?.mac, heard?.source].map(one => one && formatMac(one)),
    [owner, mac].map(formatMac),
  )
  const told = heardIn(writeNdp(tellAll(1n, mac, owner)), "IPv6")
  assert.deepEqual(
    [told?.mac, told?.source].map(one => one && formatMac(one)),
    [owner, mac].map(formatMac),
  )
})
