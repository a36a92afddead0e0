import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { describe, it } from "node:test"
import { root } from "../../run/places.ts"

/** A program that waits like a command does, says when it may be interrupted, and how its wait ended. */
const program = `
  import { onInterrupt, realClock } from ${JSON.stringify(join(root, "plugin/term/interrupt.ts"))}
  const clock = realClock(onInterrupt())
  process.stdout.write("waiting\\n")
  const alive = setInterval(() => undefined, 1000)
  clock.sleep(60_000).catch(error => {
    process.stdout.write(error.name + " " + process.listenerCount("SIGINT") + "\\n")
    if (process.argv[1] === "end") clearInterval(alive)
  })
`

const start = (word: string) => {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program, word], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const lines: string[] = []
  const next = async (): Promise<string> => {
    while (lines.length === 0)
      lines.push(
        ...String((await once(child.stdout, "data"))[0])
          .trim()
          .split("\n"),
      )
    return lines.shift() ?? ""
  }
  return { child, next }
}

describe("Ctrl-C", () => {
  it("ends a wait with Interrupted, and the program goes on to say so", async () => {
    const { child, next } = start("end")
    assert.equal(await next(), "waiting")
    child.kill("SIGINT")
    assert.equal(await next(), "Interrupted 1", "the listener stays, or the spinner's package would end the process")
    assert.deepEqual(await once(child, "exit"), [0, null])
  })

  it("twice ends the program as the system would", async () => {
    const { child, next } = start("stay")
    assert.equal(await next(), "waiting")
    child.kill("SIGINT")
    assert.equal(await next(), "Interrupted 1")
    child.kill("SIGINT")
    assert.deepEqual(await once(child, "exit"), [null, "SIGINT"])
  })
})
