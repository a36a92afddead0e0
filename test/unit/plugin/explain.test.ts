import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { matchesFile } from "../../golden/golden.ts"
import { install } from "./agents.ts"
import { FakeWorld } from "./fake-world.ts"
import { golden, live } from "./saved.ts"

describe("version", () => {
  it("names the nodes while two versions run", async () => {
    const world = live()
    assert.equal(await world.run("version"), 0, world.err)
    matchesFile(golden("version.txt"), world.out)
    world.api.change(kinds.pod, install, "speaker-node-c", {
      spec: { nodeName: "node-c", containers: [{ image: "ghcr.io/kubectl-metallb/agent:v0.0.9" }] },
    })
    assert.equal(await world.run("version"), 1)
    assert.match(
      world.out,
      /speaker {5}v0\.0\.9 on node-c; v0\.1\.0 on node-a, node-b {3}speaker runs v0\.0\.9, v0\.1\.0 \[ML618\]/,
    )
  })

  it("--client asks nobody", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("version --client"), 0)
    assert.equal(world.out, "plugin  v0.1.0\n")
    assert.equal(world.wishes.length, 0)
  })
})

describe("explain", () => {
  it("says what a code means, whatever its case, and lists all of them", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("explain ml302"), 0)
    matchesFile(golden("explain.txt"), world.out)
    assert.equal(await world.run("explain --list"), 0)
    assert.match(world.out, /^CODE {3}TITLE\nML001 {2}Service is not of type LoadBalancer\n/)
    assert.equal(await world.run("explain ML99"), 2)
    assert.match(world.err, /there is no code "ML99"/)
    assert.equal(await world.run("explain"), 2)
    assert.equal(world.wishes.length, 0)
  })
})
