import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { root } from "../run/places.ts"
import { prepare } from "../setup/steps.ts"
import { down } from "./cluster.ts"
import { Lab } from "./lab.ts"
import { leftovers } from "./leftovers.ts"

// A lab of its own beside the one that other tests may be using.
const name = "selfs"
const quiet = () => undefined

before(() => prepare(["lab"]))

describe("a program that is stopped by Ctrl-C", () => {
  after(() => down(name, {}, quiet))

  for (const moment of ["nodes are powered on", "it is up"]) {
    test(`when it says "${moment}" takes down the lab that it started`, async () => {
      assert.equal(await interrupted(moment), 130)
      assert.deepEqual(leftovers(name), [])
    })
  }

  test("leaves a lab that ran before", async () => {
    const lab = await Lab.attachOrStart({ lab: name, nodes: 2, say: quiet })
    assert.equal(await interrupted("it is up"), 130)
    assert.equal(await lab.mustKubectl(["get", "nodes", "-o", "name"]), "node/n1\nnode/n2\n")
  })
})

/** The exit code of a program that uses a lab and gets SIGINT as soon as it says so. */
async function interrupted(moment: string): Promise<number | null> {
  const program = `
    import { Lab } from "${join(root, "test/lab/lab.ts")}"
    import { endOnSignals } from "${join(root, "test/lab/started.ts")}"
    const say = line => console.log(line)
    endOnSignals(say)
    await Lab.attachOrStart({ lab: "${name}", nodes: 2, say })
    say("it is up")
    setInterval(() => undefined, 1000)
  `
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  let said = ""
  let sent = false
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text
    if (sent || !said.includes(moment)) return
    sent = true
    child.kill("SIGINT")
  })
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  })
}
