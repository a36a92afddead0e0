import assert from "node:assert/strict"
import { join } from "node:path"
import { describe, it } from "node:test"
import { matchesFile } from "../../golden/golden.ts"
import { root } from "../../run/places.ts"
import type { FakeWorld } from "./fake-world.ts"
import { liveCluster } from "./live.ts"

const golden = (name: string) => join(root, "test/golden/plugin", name)
const vip = "203.0.113.17"
const noon = Date.UTC(2026, 0, 1, 12)

/** Speakers that remember: node-a started, then node-b took it over because node-a was dead. */
const remembering = (): FakeWorld => {
  const made = liveCluster()
  const says = (node: string, ...changes: readonly (readonly unknown[])[]) =>
    made.api.commands.set(`speaker-${node}`, command => {
      assert.deepEqual(command, ["/usr/bin/node", "/app/agent.cjs", `--query=history ${vip}`])
      return { out: `${JSON.stringify({ answer: changes })}\n`, err: "", failure: undefined }
    })
  says("node-a", [noon, vip, "node-a", "started", null, "ML360", null, 0])
  says("node-b", [noon + 90_000, vip, "node-b", "started", "node-a", "ML361", "ML352", 214])
  says("node-c")
  return made
}

describe("history", () => {
  it("puts together what all speakers remember, newest first, with reason and the time without an owner", async () => {
    const made = remembering()
    assert.equal(await made.run(`history ${vip}`), 0, made.err)
    matchesFile(golden("history.txt"), made.out)
  })

  it("gives a document to programs", async () => {
    const made = remembering()
    assert.equal(await made.run(`history ${vip} -o json`), 0, made.err)
    const { kind, changes } = JSON.parse(made.out) as { kind: string; changes: readonly { to: string }[] }
    assert.deepEqual([kind, changes.map(({ to }) => to)], ["AddressHistory", ["node-b", "node-a"]])
  })

  it("is unknown where a speaker could not be asked, and says which and why", async () => {
    const made = remembering()
    made.api.commands.delete("speaker-node-c")
    assert.equal(await made.run(`history ${vip}`), 4)
    assert.match(made.err, /the speaker of node-c was not asked: pods "speaker-node-c" is forbidden/)
    assert.match(made.out, /node-b/)
  })

  it("an older speaker that knows no questions is unknown, with its own words", async () => {
    const made = remembering()
    const err = "error: unknown flag --query\nSee '--help' for flags and examples.\n"
    made.api.commands.set("speaker-node-c", () => ({ out: "", err, failure: "command terminated with exit code 2" }))
    assert.equal(await made.run(`history ${vip}`), 4)
    assert.match(made.err, /node-c was not asked: error: unknown flag --query\n/)
  })

  it("nothing remembered is a no, and what is no address is refused", async () => {
    const made = remembering()
    for (const node of ["node-a", "node-b", "node-c"])
      made.api.commands.set(`speaker-${node}`, () => ({ out: '{"answer":[]}', err: "", failure: undefined }))
    assert.equal(await made.run(`history ${vip}`), 1)
    assert.equal(made.out, `No speaker remembers a change of ${vip}.\n`)
    assert.equal(await made.run("history web"), 2)
  })
})
