import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { encodeMark } from "../../../agent/core/detector/mark.ts"
import { addressOfBytes, bytesOfAddress, endpointKey } from "../../../agent/core/membership/endpoint.ts"
import { parseGoDuration } from "../../../agent/core/membership/go-duration.ts"
import { keyOfSecret } from "../../../agent/core/membership/key.ts"
import { hasMark } from "../../../agent/core/membership/mark.ts"
import { readOverrides } from "../../../agent/core/membership/overrides.ts"
import { nodeCrypto } from "../../../agent/ports/crypto.ts"
import { hexOf } from "./recorded.ts"

const file = {
  TCPTimeout: "10s",
  IndirectChecks: 2,
  RetransmitMult: 5,
  SuspicionMult: 3,
  SuspicionMaxTimeoutMult: 4,
  PushPullInterval: "1m",
  ProbeTimeout: "100ms",
  ProbeInterval: "200ms",
  DisableTcpPings: true,
  AwarenessMaxMultiplier: 6,
  GossipNodes: 2,
  GossipInterval: "50ms",
  GossipToTheDeadTime: "1m30s",
  GossipVerifyIncoming: true,
  GossipVerifyOutgoing: false,
  EnableCompression: true,
  HandoffQueueDepth: 1024,
  UDPBufferSize: 1200,
  QueueCheckInterval: "30s",
}

describe("MetalLB's memberlist config file", () => {
  it("sets every field it has", () => {
    const read = readOverrides(JSON.stringify(file))
    assert.ok(read.ok)
    const { settings, ...rest } = read.value
    assert.deepEqual(rest, { compression: true, verifyIncoming: true, verifyOutgoing: false })
    assert.deepEqual(
      [settings.tcpTimeout, settings.pushPullInterval, settings.probeTimeout, settings.probeInterval],
      [10_000, 60_000, 100, 200],
    )
    assert.deepEqual(
      [settings.gossipInterval, settings.gossipToTheDeadTime, settings.indirectChecks, settings.retransmitMult],
      [50, 90_000, 2, 5],
    )
    assert.deepEqual(
      [settings.suspicionMult, settings.suspicionMaxTimeoutMult, settings.awarenessMaxMultiplier, settings.gossipNodes],
      [3, 4, 6, 2],
    )
    assert.deepEqual([settings.udpBufferSize, settings.disableTcpPings], [1200, true])
  })

  it("must have every duration; numbers and booleans that are missing are 0 and false", () => {
    const { IndirectChecks: _, EnableCompression: __, ...partial } = file
    const read = readOverrides(JSON.stringify(partial))
    assert.ok(read.ok)
    assert.deepEqual([read.value.settings.indirectChecks, read.value.compression], [0, false])
    const { ProbeTimeout: ___, ...broken } = file
    assert.deepEqual(readOverrides(JSON.stringify(broken)), {
      ok: false,
      problem: 'ProbeTimeout must be a duration such as "1s" or "500ms", it is missing',
    })
  })

  it("is refused with the field and what is allowed", () => {
    const problem = (change: object) => {
      const read = readOverrides(JSON.stringify({ ...file, ...change }))
      return read.ok ? "" : read.problem
    }
    assert.equal(problem({ GossipNodes: -1 }), "GossipNodes must be a whole number from 0, it is -1")
    assert.equal(problem({ GossipNodes: "3" }), 'GossipNodes must be a whole number from 0, it is "3"')
    assert.equal(problem({ DisableTcpPings: 1 }), "DisableTcpPings must be true or false, it is 1")
    assert.match(problem({ TCPTimeout: "-1s" }), /^TCPTimeout must be a duration/)
    assert.match(problem({ TCPTimeout: 10 }), /it is 10$/)
    assert.equal(problem({ GossipNodes: 1.5, TCPTimeout: "x" }).split("; ").length, 2)
    for (const text of ["", "[]", "null", "{"])
      assert.deepEqual(readOverrides(text), { ok: false, problem: "the file is not a JSON object" })
  })
})

describe("a Go duration", () => {
  it("is read as Go reads it", () => {
    const cases: readonly (readonly [string, number | undefined])[] = [
      ["0", 0],
      ["1s", 1000],
      ["1.5s", 1500],
      ["500ms", 500],
      ["1m30s", 90_000],
      ["2h", 7_200_000],
      ["250us", 0.25],
      ["100µs", 0.1],
      [".5s", 500],
      ["-1s", -1000],
      ["+1s", 1000],
      ["1", undefined],
      ["", undefined],
      ["s", undefined],
      ["1s ", undefined],
      ["1x", undefined],
      ["1s2", undefined],
      ["--1s", undefined],
    ]
    for (const [text, millis] of cases) assert.equal(parseGoDuration(text), millis, text)
  })
})

describe("the key", () => {
  const hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

  it("is the secret, filled up with the hash of nothing, cut at 32 bytes", () => {
    const key = (secret: string) => {
      const bytes = keyOfSecret(Buffer.from(secret), nodeCrypto)
      return bytes === undefined ? undefined : hexOf(bytes)
    }
    assert.equal(key("a"), `61${hash.slice(0, 62)}`)
    assert.equal(key("a".repeat(22)), `${"61".repeat(22)}${hash.slice(0, 20)}`)
    assert.equal(key("a".repeat(32)), "61".repeat(32))
    assert.equal(key("a".repeat(33)), "61".repeat(32))
    assert.equal(key("a\n"), `610a${hash.slice(0, 60)}`)
    assert.equal(key(""), undefined)
  })
})

describe("the mark of our speakers", () => {
  it("is seen in every version, and not where there is none", () => {
    assert.equal(hasMark(encodeMark({ boot: 1, links: [] })), true)
    assert.equal(hasMark(Uint8Array.of(0xc7, 2)), true)
    for (const meta of [[], [0], [0xc6, 1], [1, 0xc7]]) assert.equal(hasMark(Uint8Array.from(meta)), false, meta.join())
  })
})

describe("addresses on the wire", () => {
  it("are four or sixteen bytes, and mapped ones are IPv4", () => {
    assert.equal(addressOfBytes(Uint8Array.of(10, 0, 0, 1)), "10.0.0.1")
    assert.equal(addressOfBytes(Buffer.from("00000000000000000000ffff0a000001", "hex")), "10.0.0.1")
    assert.equal(addressOfBytes(Buffer.from("fd000000000000000000000000000001", "hex")), "fd00::1")
    for (const length of [0, 3, 5, 15, 17]) assert.equal(addressOfBytes(new Uint8Array(length)), undefined)
    for (const text of ["0.0.0.0", "255.255.255.255", "::", "fd00::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]) {
      const bytes = bytesOfAddress(text)?.bytes ?? new Uint8Array(0)
      assert.equal(addressOfBytes(bytes), text)
    }
    assert.equal(bytesOfAddress("host"), undefined)
  })

  it("are written with their port so that both can be told apart", () => {
    assert.equal(endpointKey({ address: "10.0.0.1", port: 7946 }), "10.0.0.1:7946")
    assert.equal(endpointKey({ address: "fd00::1", port: 7946 }), "[fd00::1]:7946")
  })
})
