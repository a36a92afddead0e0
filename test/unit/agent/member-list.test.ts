import assert from "node:assert/strict"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "node:test"
import { readOverrides } from "../../../agent/core/membership/overrides.ts"
import { lanSettings, wanSettings } from "../../../agent/core/membership/settings.ts"
import type { MemberListOptions } from "../../../agent/flags.ts"
import { companyOptions } from "../../../agent/member-list.ts"

const flags: MemberListOptions = {
  bindAddress: "192.0.2.1",
  bindPort: 7946,
  labels: "app=metallb",
  secretFolder: "",
  secretName: "",
  wide: false,
  failback: 10,
}

const durations = {
  TCPTimeout: "1s",
  PushPullInterval: "2s",
  ProbeTimeout: "3s",
  ProbeInterval: "4s",
  GossipInterval: "5s",
  GossipToTheDeadTime: "6s",
  QueueCheckInterval: "7s",
}

/** The options where the file holds this text; undefined: there is none. */
const withFile = async (text: string | undefined, more: Partial<MemberListOptions> = {}) => {
  const folder = await mkdtemp(join(tmpdir(), "member-list-"))
  const file = join(folder, "config.json")
  try {
    if (text !== undefined) await writeFile(file, text)
    return await companyOptions({ ...flags, ...more }, "metallb-system", file)
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe("the member list", () => {
  it("is off without an address or without labels, whatever else is given", async () => {
    for (const off of [{ bindAddress: "" }, { labels: "" }, { bindAddress: "", labels: "" }])
      assert.equal(await withFile(JSON.stringify(durations), { ...off, wide: true }), undefined)
    assert.deepEqual((await withFile(undefined))?.bind, { address: "192.0.2.1", port: 7946 })
  })

  it("has MetalLB's LAN settings", () => {
    const { probeInterval, probeTimeout, suspicionMult, suspicionMaxTimeoutMult, indirectChecks } = lanSettings
    assert.deepEqual([probeInterval, probeTimeout, suspicionMult, suspicionMaxTimeoutMult], [1000, 500, 4, 6])
    const { retransmitMult, pushPullInterval, gossipInterval, gossipNodes, gossipToTheDeadTime } = lanSettings
    assert.deepEqual([indirectChecks, retransmitMult, pushPullInterval, gossipInterval], [3, 4, 30_000, 200])
    const { tcpTimeout, awarenessMaxMultiplier, udpBufferSize, disableTcpPings } = lanSettings
    assert.deepEqual([gossipNodes, gossipToTheDeadTime, tcpTimeout, awarenessMaxMultiplier], [3, 30_000, 10_000, 8])
    assert.deepEqual([udpBufferSize, disableTcpPings], [1400, false])
  })

  it("has MetalLB's WAN settings with --ml-wan-config, which differ from the LAN's in these", async () => {
    assert.equal((await withFile(undefined, { wide: true }))?.settings, wanSettings)
    const different = Object.entries(wanSettings).filter(([name, value]) => {
      const lan: unknown = lanSettings[name as keyof typeof lanSettings]
      return lan !== value
    })
    assert.deepEqual(Object.fromEntries(different), {
      tcpTimeout: 30_000,
      suspicionMult: 6,
      pushPullInterval: 60_000,
      probeTimeout: 3000,
      probeInterval: 5000,
      gossipNodes: 4,
      gossipInterval: 500,
      gossipToTheDeadTime: 60_000,
    })
  })

  it("takes everything from the file where there is one, with --ml-wan-config too", async () => {
    const text = JSON.stringify({ ...durations, GossipNodes: 9, SuspicionMult: 5 })
    const read = readOverrides(text)
    assert.ok(read.ok)
    for (const wide of [false, true]) {
      const options = await withFile(text, { wide })
      assert.deepEqual(options?.settings, read.value.settings)
      assert.deepEqual(options?.envelope, { compression: false, verifyIncoming: false, verifyOutgoing: false })
    }
    assert.deepEqual(
      [read.value.settings.probeInterval, read.value.settings.gossipNodes, read.value.settings.suspicionMult],
      [4000, 9, 5],
    )
  })

  it("chooses its times by its company where neither file nor flag says any", async () => {
    const options = await withFile(undefined)
    assert.equal(options?.settings, "automatic")
    assert.deepEqual(options?.envelope, { compression: true, verifyIncoming: true, verifyOutgoing: true })
  })

  it("does not start with a file that is no good, and names it", async () => {
    await assert.rejects(withFile("{}"), /config\.json: QueueCheckInterval must be a duration .*; TCPTimeout must be/)
  })
})
