import assert from "node:assert/strict"
import { after, before, describe, it } from "node:test"
import { hex, port, scene } from "./meeting.ts"
import { addressOf, firstOf, type NodeName, nodes, type Ours, ourSide, troubled, vips } from "./migrating.ts"
import { buildPeer, type GoPeer } from "./peer.ts"
import { eventually, metallbKey, quickGo } from "./speaker.ts"

before(buildPeer)

/** What one speaker sees and answers for at one moment. */
type View = {
  readonly node: NodeName
  readonly isOurs: boolean
  readonly members: readonly string[]
  readonly owned: ReadonlySet<string>
}

describe("a migration node by node, MetalLB's speakers played by Go's memberlist and its order", {
  concurrency: false,
}, () => {
  const stage = scene()
  const side = ourSide()
  const ours = new Map<NodeName, Ours>()
  /** Stand-ins that answer; one that is stopped answers no more before it says goodbye. */
  const theirs = new Set<NodeName>()
  let peer: GoPeer
  after(async () => {
    await side.end()
    await stage.end()
  })

  /** Everybody's view. Of those who see the same, MetalLB's speakers among them, two never answer for one address. */
  const look = async (): Promise<readonly View[]> => {
    const views: View[] = []
    for (const node of theirs) {
      const members = await peer.names(node)
      views.push({ node, isOurs: false, members, owned: new Set(vips.filter(vip => firstOf(members, vip) === node)) })
    }
    for (const [node, speaker] of ours)
      views.push({ node, isOurs: true, members: speaker.members(), owned: new Set(vips.filter(speaker.owns)) })
    const alike = Map.groupBy(views, ({ members }) => members.join())
    for (const group of alike.values()) {
      if (group.every(({ isOurs }) => isOurs) && [...ours.values()].every(speaker => !speaker.mixed())) continue
      for (const vip of vips) assert.ok(ownersOf(group, vip).length <= 1, told(group, vip))
    }
    return views
  }

  const ownersOf = (views: readonly View[], vip: string) => views.filter(({ owned }) => owned.has(vip))
  const told = (views: readonly View[], vip: string) =>
    `${vip}: ${JSON.stringify(views.map(({ node, members, owned }) => [node, owned.has(vip), members]))}`

  /** All see all, each address has one owner, and beside MetalLB's speakers it is the first in their order. */
  const isSettled = (views: readonly View[]): boolean => {
    const present = [...theirs, ...ours.keys()].sort()
    const isMixed = theirs.size > 0
    return (
      views.length === present.length &&
      views.every(({ members }) => members.join() === present.join()) &&
      [...ours.values()].every(speaker => speaker.mixed() === isMixed) &&
      vips.every(vip => {
        const owners = ownersOf(views, vip)
        return owners.length === 1 && (!isMixed || owners[0]?.node === firstOf(present, vip))
      })
    )
  }

  /** Looks again and again while a step is taken, until everything is settled, and whether that lasts. */
  const settles = async (what: string, step: () => Promise<unknown>) => {
    let done = false
    const taken = step().finally(() => {
      done = true
    })
    let views = await look()
    await eventually(
      what,
      async () => {
        views = await look()
        return done && isSettled(views)
      },
      () => views.map(({ node, members, owned }) => [node, members.join(), owned.size]),
      20_000,
    )
    await taken
    for (let again = 0; again < 20; again += 1) assert.ok(isSettled(await look()), `${what}: did not last`)
  }

  const startTheirs = async (node: NodeName) => {
    const keys = [hex(metallbKey())]
    await peer.spawn({ name: node, addr: addressOf(node), port, compress: true, keys, ...quickGo })
    const others = [...theirs, ...ours.keys()].map(other => `${addressOf(other)}:${port}`)
    // MetalLB's speakers join before they read what there is to announce.
    if (others.length > 0) await peer.join(node, ...others)
    theirs.add(node)
  }
  const stopTheirs = async (node: NodeName) => {
    theirs.delete(node)
    await peer.leave(node)
    await peer.shutdown(node)
  }
  const startOurs = async (node: NodeName) => void ours.set(node, side.start(node))
  const stopOurs = async (node: NodeName) => {
    const speaker = ours.get(node)
    await speaker?.stop()
    ours.delete(node)
  }

  it("begins with MetalLB's speakers alone", async () => {
    peer = stage.peer()
    await settles("theirs meet", async () => {
      for (const node of nodes) await startTheirs(node)
    })
    assert.ok(
      vips.some(vip => firstOf(nodes, vip) === troubled),
      "a node of which only ours would think ill owns something",
    )
  })

  for (const node of nodes)
    it(`each address has one owner while the speaker of ${node} becomes ours`, async () => {
      await settles(`${node} without a speaker`, () => stopTheirs(node))
      await settles(`${node} with ours`, () => startOurs(node))
    })

  it("among ours alone the node that is drained, without a carrier, answers for nothing", async () => {
    const views = await look()
    assert.ok(isSettled(views))
    assert.equal(views.find(({ node }) => node === troubled)?.owned.size, 0)
  })

  for (const node of nodes)
    it(`and while the speaker of ${node} becomes MetalLB's again`, async () => {
      await settles(`${node} without a speaker`, () => stopOurs(node))
      await settles(`${node} with MetalLB's`, () => startTheirs(node))
    })
})
