import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { FakeWorld } from "./fake-world.ts"
import { liveCluster, putService } from "./live.ts"

const vip = "203.0.113.17"
const mac = "02:bb:00:00:00:01"

/** The speaker of node-b answers these. */
const asked = (owners: readonly unknown[], fresh: readonly unknown[] = [], company: unknown = null): FakeWorld => {
  const made = liveCluster()
  putService(made.api, { name: "web", ip: vip })
  made.api.commands.set("speaker-node-b", ([, , question]) => {
    const answer = { "--query=owners": owners, "--query=first-use": fresh, [`--query=company ${vip}`]: company }[
      question ?? ""
    ]
    return { out: JSON.stringify({ answer }), err: "", failure: undefined }
  })
  return made
}

const members = (...names: readonly string[]) => names.map(name => ({ name, ours: true, state: "alive" }))

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

  it("gives the reason and the rank that were settled among the speakers", async () => {
    const seat = { vip, link: "203.0.113.0/24", mine: "no", ranking: ["node-a", "node-b", "node-c"], barred: [] }
    const settled = (more: object, owners: readonly unknown[] = []) =>
      asked(owners, [], { state: "settled", mixed: false, members: members("node-b"), seats: [{ ...seat, ...more }] })
    assert.equal(
      await word(settled({ reason: "ML374", facts: { owner: "node-a" } })),
      `its speaker  ${vip}: does not announce it: ML374 node-a keeps it for now, rank 2 of 3`,
    )
    assert.equal(
      await word(settled({ reason: "ML360", facts: {} }, [{ address: vip, obstacle: null }])),
      `its speaker  ${vip}: announces it: ML360 first in the order, rank 2 of 3`,
    )
    const barred = [{ node: "node-b", reason: "ML326", facts: { node: "node-b", interfaces: "eth0" } }]
    assert.equal(
      await word(settled({ reason: "ML378", facts: {}, ranking: ["node-a"], barred })),
      `its speaker  ${vip}: does not announce it: ML326 no carrier on eth0`,
    )
  })

  it("says nothing of what was settled where nothing is, or another speaker would have to say it", async () => {
    const seat = { vip, mine: "no", ranking: ["node-b"], reason: "ML360", facts: {}, barred: [] }
    const made = asked([], [], { state: "gathering", mixed: false, members: [], seats: [seat] })
    assert.equal(await word(made), `its speaker  ${vip}: does not announce it`)
  })

  it("names the station that claims the address beside the speaker", async () => {
    const claimed = { mac, interface: "eth0", at: 0 }
    const made = asked([{ address: vip, services: ["shop/web"], interfaces: [], obstacle: null, claimed }])
    await made.run("why-ip shop/web --node node-b")
    assert.match(
      made.out,
      new RegExp(
        `: announces it\\n +ML342 ${mac} claims ${vip} on eth0, last \\w+ ago\\n +fix +find ${mac} in the switch`,
      ),
    )
    await made.run("why-ip shop/web --node node-b -o json")
    assert.deepEqual(JSON.parse(made.out).speaker.words, [{ address: vip, state: "announces", claimed }])
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
