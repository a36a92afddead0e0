import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { LoneControllers, loneNamespace } from "./lone-controllers.ts"

let alone: LoneControllers
const burst = 400

before(async () => {
  alone = await LoneControllers.start()
  alone.run("a")
  await alone.leads("a")
})
after(() => alone.stop())

let pools = 0
/** As many addresses as services: those of the next test wait for a pool of their own. */
const addPool = async (name: string) => {
  pools++
  await alone.pool(name, [`10.${60 + pools}.0.0-10.${60 + pools}.1.143`])
}

/** Lets a controller begin with a new pool, does the fault, and makes sure that the burst was not over yet. */
const inMidBurst = async (leader: string, prefix: string, fault: () => Promise<void>) => {
  await alone.services(`${prefix}-`, burst)
  const before = alone.written(leader)
  await addPool(prefix)
  await alone.writes(leader, 20, before)
  await fault()
  assert.ok(alone.written(leader) - before < burst, "the fault came in mid-burst")
}

test("an API server that is killed in mid-burst loses no address and gives none twice", async () => {
  await inMidBurst("a", "killed", () => alone.server.crash())
  await alone.server.restart()
  await alone.atLeast("killed-", burst)
})

test("a storm of broken connections and 410 in mid-burst ends with everything read anew and every address once", async () => {
  await inMidBurst("a", "storm", async () => {
    for (let round = 0; round < 5; round++) {
      await alone.sabotage("compact")
      await alone.sabotage("cut")
      await alone.writes("a", 10, alone.written("a"))
    }
  })
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
  await addPool("edited")
  await alone.atLeast("edited-", burst)
  going = false
  await quarrels
  await alone.atLeast("edited-", burst)
})

test("a leader that is told to end in mid-burst hands over, and one that is killed is followed when its Lease is over", async () => {
  alone.run("b")
  await inMidBurst("a", "handed", () => alone.end("a", "SIGTERM"))
  await alone.leads("b")
  await alone.atLeast("handed-", burst)

  alone.run("c")
  await inMidBurst("b", "orphan", () => alone.end("b", "SIGKILL"))
  await alone.leads("c")
  await alone.atLeast("orphan-", burst)
})
