import assert from "node:assert/strict"
import { after, before, describe, it } from "node:test"
import { hex, net, port, scene, together } from "./meeting.ts"
import { buildPeer, type GoPeer } from "./peer.ts"
import { eventually, metallbKey, quickGo, type Speaker } from "./speaker.ts"

before(buildPeer)

describe("twenty nodes, ten of each kind, compressed and encrypted as MetalLB has it", { concurrency: false }, () => {
  const address = net(40)
  const stage = scene()
  const goNames = Array.from({ length: 10 }, (_, i) => `go${i}`)
  const ourNames = Array.from({ length: 10 }, (_, i) => `ours${i}`)
  const speakers: Speaker[] = []
  let peer: GoPeer
  after(() => stage.end())

  it("become one cluster, in which ours keep the library's times", async () => {
    peer = stage.peer()
    const keys = [metallbKey()]
    for (const [i, name] of goNames.entries())
      await peer.spawn({ name, addr: address(i + 1), port, compress: true, keys: keys.map(hex), ...quickGo })
    for (const [i, name] of ourNames.entries())
      speakers.push(await stage.speaker({ name, addr: address(i + 101), port, compress: true, keys }))
    const places = [...goNames.keys()].flatMap(i => [1, 101].map(first => ({ address: address(first + i), port })))
    for (const speaker of speakers) speaker.setPeers(places)
    await together(goNames, peer, speakers, [...goNames, ...ourNames])
  })

  it("agree on two crashes and one leave of each kind", async () => {
    const rest = [...goNames.slice(3), ...ourNames.slice(3)]
    const gone = speakers.slice(0, 3)
    await Promise.all([
      peer.shutdown("go0"),
      peer.shutdown("go1"),
      peer.leave("go2").then(() => peer.shutdown("go2")),
      ...gone.map((speaker, i) => speaker.stop(i === 2 ? 2000 : 0)),
    ])
    await together(goNames.slice(3), peer, speakers.slice(3), rest)
    for (const speaker of speakers.slice(3)) {
      const changes = speaker.changes()
      for (const change of ["dead go0", "dead go1", "left go2", "dead ours0", "dead ours1", "left ours2"])
        assert.ok(changes.includes(change), `${speaker.name} did not tell "${change}": ${changes.join(", ")}`)
    }
  })

  it("take everybody back", async () => {
    const keys = [metallbKey()]
    for (const i of [0, 1, 2]) {
      await peer.spawn({ name: `go${i}`, addr: address(i + 1), port, compress: true, keys: keys.map(hex), ...quickGo })
      speakers[i] = await stage.speaker({ name: `ours${i}`, addr: address(i + 101), port, compress: true, keys })
      speakers[i]?.setPeers([{ address: address(9), port }])
      await peer.join(`go${i}`, `${address(109)}:${port}`)
    }
    await together(goNames, peer, speakers, [...goNames, ...ourNames])
  })
})

describe("automatic settings", { concurrency: false }, () => {
  it("are the library's while a Go node is a member, and swift again when it has left", async () => {
    const address = net(50)
    const stage = scene()
    try {
      const peer = stage.peer()
      const ours1 = await stage.speaker({ name: "ours1", addr: address(1), port, settings: "automatic" })
      const ours2 = await stage.speaker({ name: "ours2", addr: address(2), port, settings: "automatic" })
      ours1.setPeers([{ address: address(2), port }])
      await eventually("ours meet", () => ours2.names().join() === "ours1,ours2")
      assert.deepEqual([ours1.mode(), ours2.mode()], ["swift", "swift"])
      await peer.spawn({ name: "go1", addr: address(3), port })
      await peer.join("go1", ours1.at)
      await eventually("both notice", () => ours1.mode() === "compatible" && ours2.mode() === "compatible")
      await peer.leave("go1")
      await eventually("both notice", () => ours1.mode() === "swift" && ours2.mode() === "swift")
    } finally {
      await stage.end()
    }
  })
})
