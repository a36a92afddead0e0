import assert from "node:assert/strict"
import { after, before, type TestContext, test } from "node:test"
import { LoneControllers, loneNamespace } from "./lone-controllers.ts"

let alone: LoneControllers
const burst = 400

before(async () => {
  alone = await LoneControllers.start()
  alone.run("a")
  await alone.leads("a")
})
after(() => alone.stop())

/** How far the burst was when the fault came, for whoever reads the output: a fast machine may have ended it before. */
const mark = async (t: TestContext, prefix: string) =>
  t.diagnostic(`${(await alone.addresses(prefix)).size} of ${burst} had an address`)

test("an API server that is killed in mid-burst loses no address and gives none twice", async t => {
  await alone.services("killed-", burst)
  await alone.pool("killed", ["10.61.0.0/22"])
  await alone.atLeast("killed-", 20)
  await mark(t, "killed-")
  await alone.server.crash()
  await alone.server.restart()
  await alone.atLeast("killed-", burst)
})

test("a storm of broken connections and 410 in mid-burst ends with everything read anew and every address once", async () => {
  await alone.services("storm-", burst)
  await alone.pool("storm", ["10.62.0.0/22"])
  for (let round = 0; round < 5; round++) {
    await alone.atLeast("storm-", 20 * (round + 1))
    await alone.sabotage("compact")
    await alone.sabotage("cut")
  }
  await alone.atLeast("storm-", burst)
  assert.match(alone.log("a"), /too old|compacted|HTTP 410/, "a watch was refused because its revision is gone")
})

test("somebody who edits the same services all the time delays addresses, and takes none", async () => {
  await alone.services("edited-", burst)
  let going = true
  const quarrel = async () => {
    for (let n = 0; going; n++)
      await alone.server.mustKubectl([
        "-n",
        loneNamespace,
        "annotate",
        "--overwrite",
        "services",
        "--all",
        `bench.example/edit=${n}`,
      ])
  }
  const quarrels = Promise.all([quarrel(), quarrel()])
  await alone.pool("edited", ["10.63.0.0/22"])
  await alone.atLeast("edited-", burst)
  going = false
  await quarrels
  await alone.atLeast("edited-", burst)
})

test("a leader that is told to end in mid-burst hands over, and one that is killed is followed when its Lease is over", async t => {
  alone.run("b")
  await alone.services("handed-", burst)
  await alone.pool("handed", ["10.64.0.0/22"])
  await alone.atLeast("handed-", 20)
  await mark(t, "handed-")
  await alone.end("a", "SIGTERM")
  await alone.leads("b")
  await alone.atLeast("handed-", burst)

  alone.run("c")
  await alone.services("orphan-", burst)
  await alone.pool("orphan", ["10.65.0.0/22"])
  await alone.atLeast("orphan-", 20)
  await mark(t, "orphan-")
  await alone.end("b", "SIGKILL")
  await alone.leads("c")
  await alone.atLeast("orphan-", burst)
})
