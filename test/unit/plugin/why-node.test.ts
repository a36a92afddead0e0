import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { FakeWorld } from "./fake-world.ts"
import { liveCluster, putService } from "./live.ts"

const vip = "203.0.113.17"
const mac = "02:bb:00:00:00:01"

/** The speaker of node-b answers these. */
const asked = (owners: readonly unknown[], fresh: readonly unknown[] = []): FakeWorld => {
  const made = liveCluster()
  putService(made.api, { name: "web", ip: vip })
  made.api.commands.set("speaker-node-b", ([, , question]) => {
    const answer = { "--query=owners": owners, "--query=first-use": fresh }[question ?? ""]
    return { out: JSON.stringify({ answer }), err: "", failure: undefined }
  })
  return made
}

const word = async (made: FakeWorld): Promise<string> => {
  await made.run("why-ip shop/web --node node-b")
  return /its speaker .*/.exec(made.out)?.[0] ?? made.err
}

describe("why-ip --node", () => {
  it("says beside the decision what the node's speaker says", async () => {
    const owner = { address: vip, services: ["shop/web"], interfaces: [], obstacle: null }
    assert.equal(await word(asked([owner])), `its speaker  ${vip}: announces it`)
    assert.equal(await word(asked([])), `its speaker  ${vip}: does not announce it`)
    const obstacle = { reason: "ML345", facts: { address: vip, mac, interface: "eth0" } }
    assert.equal(
      await word(asked([{ ...owner, obstacle }])),
      `its speaker  ${vip}: has it and cannot announce it: ML345 ${mac} answers for ${vip} on eth0, so it is not announced`,
    )
    assert.equal(
      await word(asked([{ ...owner, inStead: "node-a" }])),
      `its speaker  ${vip}: answers for it and does not own it: ML390 stands in for node-a`,
    )
    assert.equal(
      await word(asked([], [{ address: vip, mine: true, conflict: null }])),
      `its speaker  ${vip}: has it and does not announce it yet: ML337 asked for before its first announcement`,
    )
  })

  it("answers all the same where the speaker may not be asked, and says so", async () => {
    const made = asked([])
    made.api.commands.clear()
    await made.run("why-ip shop/web --node node-b")
    assert.match(made.out, /node-b/)
    assert.match(made.err, /the speaker of node-b was not asked what it sees: pods "speaker-node-b" is forbidden/)
  })

  it("gives programs the speaker's word beside the report", async () => {
    const made = asked([{ address: vip, services: ["shop/web"], interfaces: [], obstacle: null }])
    await made.run("why-ip shop/web --node node-b -o json")
    const { speaker } = JSON.parse(made.out) as { speaker: unknown }
    assert.deepEqual(speaker, { words: [{ address: vip, state: "announces" }] })
  })
})
