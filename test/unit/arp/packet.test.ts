import assert from "node:assert/strict"
import { test } from "node:test"
import { type ArpFrame, gratuitous, readArp, replyTo, writeArp } from "../../../agent/core/arp/packet.ts"
import { readEthernet } from "../../../agent/core/net/ethernet.ts"
import { broadcastMac, formatMac, parseMac, sameMac } from "../../../agent/core/net/mac.ts"

export const mac = (text: string): Uint8Array => {
  const parsed = parseMac(text)
  if (parsed === undefined) throw new Error(`${text} is no MAC`)
  return parsed
}

const frame: ArpFrame = {
  destination: broadcastMac,
  source: mac("02:00:00:00:00:01"),
  packet: {
    operation: "request",
    senderMac: mac("02:00:00:00:00:01"),
    senderIp: 0xc0a80101,
    targetMac: mac("00:00:00:00:00:00"),
    targetIp: 0xc0a8010b,
  },
}

const changed = (at: number, ...bytes: readonly number[]): Uint8Array => {
  const copy = writeArp(frame)
  copy.set(bytes, at)
  return copy
}

const faultOf = (bytes: Uint8Array): string => {
  const reading = readArp(bytes)
  return reading.ok ? "none" : reading.fault
}

test("what is written is read back", () => {
  const reading = readArp(writeArp(frame))
  assert.ok(reading.ok)
  assert.deepEqual(reading.frame, frame)
})

test("padding behind the packet is not looked at", () => {
  const padded = new Uint8Array(60)
  padded.set(writeArp(frame))
  padded.fill(0xee, 42)
  assert.deepEqual(readArp(padded), readArp(writeArp(frame)))
})

test("a frame inside a larger buffer is read at its own place", () => {
  const buffer = new Uint8Array(100)
  buffer.set(writeArp(frame), 31)
  assert.deepEqual(readArp(buffer.subarray(31, 73)), readArp(writeArp(frame)))
})

const faults: readonly [string, Uint8Array, string][] = [
  ["nothing", new Uint8Array(0), "shorter than an Ethernet header"],
  ["13 bytes", new Uint8Array(13), "shorter than an Ethernet header"],
  ["IPv4 in the EtherType", changed(12, 0x08, 0x00), "not of EtherType ARP"],
  ["EtherType 0", changed(12, 0, 0), "not of EtherType ARP"],
  ["EtherType 0x0805", changed(12, 0x08, 0x05), "not of EtherType ARP"],
  ["EtherType 0x0807", changed(12, 0x08, 0x07), "not of EtherType ARP"],
  ["EtherType 0xffff", changed(12, 0xff, 0xff), "not of EtherType ARP"],
  ["41 bytes", writeArp(frame).subarray(0, 41), "shorter than an ARP packet"],
  ["a header alone", writeArp(frame).subarray(0, 14), "shorter than an ARP packet"],
  ["hardware type 0", changed(14, 0, 0), "hardware type is not Ethernet"],
  ["hardware type 2", changed(14, 0, 2), "hardware type is not Ethernet"],
  ["hardware type 257", changed(14, 1, 1), "hardware type is not Ethernet"],
  ["hardware type 65535", changed(14, 0xff, 0xff), "hardware type is not Ethernet"],
  ["protocol type 0", changed(16, 0, 0), "protocol type is not IPv4"],
  ["protocol type 0x07ff", changed(16, 0x07, 0xff), "protocol type is not IPv4"],
  ["protocol type 0x0801", changed(16, 0x08, 0x01), "protocol type is not IPv4"],
  ["protocol type 65535", changed(16, 0xff, 0xff), "protocol type is not IPv4"],
  ["protocol type IPv6", changed(16, 0x86, 0xdd), "protocol type is not IPv4"],
  ["hardware length 0", changed(18, 0), "address lengths are not 6 and 4"],
  ["hardware length 255", changed(18, 255), "address lengths are not 6 and 4"],
  ["hardware length 5", changed(18, 5), "address lengths are not 6 and 4"],
  ["hardware length 7", changed(18, 7), "address lengths are not 6 and 4"],
  ["protocol length 0", changed(19, 0), "address lengths are not 6 and 4"],
  ["protocol length 5", changed(19, 5), "address lengths are not 6 and 4"],
  ["protocol length 255", changed(19, 255), "address lengths are not 6 and 4"],
  ["protocol length 3", changed(19, 3), "address lengths are not 6 and 4"],
  ["protocol length 16", changed(19, 16), "address lengths are not 6 and 4"],
  ["operation 0", changed(20, 0, 0), "operation is neither request nor reply"],
  ["operation 3", changed(20, 0, 3), "operation is neither request nor reply"],
  ["operation 65535", changed(20, 0xff, 0xff), "operation is neither request nor reply"],
  ["operation 257", changed(20, 1, 1), "operation is neither request nor reply"],
  ["a broadcast sender", changed(22, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), "sender is a group address"],
  ["a multicast sender", changed(22, 0x01), "sender is a group address"],
  ["the smallest group as sender", changed(22, 1, 0, 0, 0, 0, 0), "sender is a group address"],
  ["a sender of zeros", changed(22, 0, 0, 0, 0, 0, 0), "sender has no hardware address"],
]

for (const [what, bytes, expected] of faults) {
  test(`${what} is refused: ${expected}`, () => assert.equal(faultOf(bytes), expected))
}

test("addresses are read at their smallest and largest", () => {
  for (const ip of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
    const reading = readArp(writeArp({ ...frame, packet: { ...frame.packet, senderIp: ip, targetIp: ip } }))
    assert.ok(reading.ok)
    assert.deepEqual([reading.frame.packet.senderIp, reading.frame.packet.targetIp], [ip, ip])
  }
})

test("a sender's hardware address is read at its smallest and largest, and the target's whatever it is", () => {
  for (const text of ["00:00:00:00:00:01", "01:00:00:00:00:00", "fe:ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff"]) {
    const reading = readArp(writeArp({ ...frame, packet: { ...frame.packet, targetMac: mac(text) } }))
    assert.ok(reading.ok && sameMac(reading.frame.packet.targetMac, mac(text)), text)
  }
  for (const text of ["00:00:00:00:00:01", "fe:ff:ff:ff:ff:ff"]) {
    const reading = readArp(writeArp({ ...frame, packet: { ...frame.packet, senderMac: mac(text) } }))
    assert.ok(reading.ok && sameMac(reading.frame.packet.senderMac, mac(text)), text)
  }
})

test("a reply goes to the asker alone and swaps the ends", () => {
  const own = mac("02:aa:00:00:00:02")
  assert.deepEqual(replyTo(frame.packet, own), {
    destination: frame.packet.senderMac,
    source: own,
    packet: {
      operation: "reply",
      senderMac: own,
      senderIp: 0xc0a8010b,
      targetMac: frame.packet.senderMac,
      targetIp: 0xc0a80101,
    },
  })
})

test("a gratuitous announcement is a request and a reply to everybody, sender and target the address", () => {
  const own = mac("02:aa:00:00:00:02")
  const frames = gratuitous(0xc0a8010b, own)
  assert.deepEqual(
    frames.map(({ packet }) => packet.operation),
    ["request", "reply"],
  )
  for (const { destination, packet } of frames) {
    assert.equal(formatMac(destination), "ff:ff:ff:ff:ff:ff")
    assert.deepEqual([packet.senderIp, packet.targetIp], [0xc0a8010b, 0xc0a8010b])
    assert.equal(formatMac(packet.targetMac), "ff:ff:ff:ff:ff:ff")
  }
})

test("a MAC is read in either case and written in lower case, and nothing else is read", () => {
  assert.equal(formatMac(mac("0A:bC:00:ff:10:01")), "0a:bc:00:ff:10:01")
  for (const text of [
    "",
    "0a:bc:00:ff:10",
    "0a:bc:00:ff:10:01:02",
    "a:bc:00:ff:10:01",
    "0a-bc-00-ff-10-01",
    "0g:00:00:00:00:00",
  ]) {
    assert.equal(parseMac(text), undefined, text)
  }
  assert.equal(sameMac(mac("02:00:00:00:00:01"), mac("02:00:00:00:00:02")), false)
})

test("an Ethernet header of exactly 14 bytes is read", () => {
  assert.equal(readEthernet(writeArp(frame).subarray(0, 14))?.etherType, 0x0806)
})
