import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { test } from "node:test"
import { lineWriter, type WriteBytes } from "../../../agent/ports/line-writer.ts"
import { type VirtualClock, virtualClock } from "../kube-client/virtual-clock.ts"

/** A descriptor that takes what the test lets it take. */
const slow = () => {
  const written: string[] = []
  let answer: (() => void) | undefined
  let take = Infinity
  let fault: string | undefined
  const writeBytes: WriteBytes = (fd, bytes, done) => {
    assert.equal(fd, 1)
    assert.equal(answer, undefined, "two writes at a time would mix lines")
    answer = () => {
      answer = undefined
      const error = fault === undefined ? null : Object.assign(new Error(fault), { code: fault })
      fault = undefined
      const part = error === null ? bytes.subarray(0, take) : bytes.subarray(0, 0)
      written.push(Buffer.from(part).toString())
      done(error, part.length)
    }
  }
  return {
    writeBytes,
    text: () => written.join(""),
    asked: () => answer !== undefined,
    read: (most = Infinity) => {
      take = most
      answer?.()
    },
    fail: (code: string) => {
      fault = code
      answer?.()
    },
    drain: async (clock: VirtualClock) => {
      take = Infinity
      await clock.advance(20)
      while (answer !== undefined) {
        answer()
        await clock.advance(20)
      }
    },
  }
}

const started = () => {
  const reader = slow()
  const clock = virtualClock()
  const dropped: number[] = []
  const writer = lineWriter(1, clock, lines => dropped.push(lines), reader.writeBytes)
  return { reader, clock, dropped, writer }
}

test("lines are written in their order and whole, also where a write takes a part", async () => {
  const { reader, clock, writer } = started()
  for (const line of ["one\n", "two\n", "drei und zwanzig Zeichen ä\n"]) writer.write(line)
  reader.read(2)
  reader.read(1)
  await reader.drain(clock)
  assert.equal(reader.text(), "one\ntwo\ndrei und zwanzig Zeichen ä\n")
})

test("what finds no room is left out whole and counted, and said once there is room again", async () => {
  const { reader, clock, writer, dropped } = started()
  const line = `${"x".repeat(1023)}\n`
  for (let i = 0; i < 1_500; i++) writer.write(line)
  assert.deepEqual(dropped, [])
  await reader.drain(clock)
  // The first line was on its way already when the others began to wait.
  assert.deepEqual(dropped, [1_500 - 1_025])
  assert.equal(reader.text(), line.repeat(1_025))
  writer.write("after\n")
  await reader.drain(clock)
  assert.ok(reader.text().endsWith("\nafter\n"))
  assert.equal(dropped.length, 1)
})

test("a pipe that takes nothing at the moment is tried again; one that nobody will read costs no more than its lines", async () => {
  const { reader, clock, writer } = started()
  writer.write("one\n")
  reader.fail("EAGAIN")
  assert.equal(reader.asked(), false)
  await clock.advance(20)
  await reader.drain(clock)
  assert.equal(reader.text(), "one\n")
  writer.write("two\n")
  reader.fail("EPIPE")
  writer.write("three\n")
  await reader.drain(clock)
  assert.equal(reader.text(), "one\nthree\n")
})

test("the first line goes at once, and those that follow within 20 ms go together", async () => {
  const { reader, clock, writer } = started()
  writer.write("one\n")
  reader.read()
  for (const line of ["two\n", "three\n"]) {
    writer.write(line)
    await clock.advance(5)
  }
  assert.deepEqual([reader.asked(), reader.text()], [false, "one\n"])
  await clock.advance(10)
  reader.read()
  assert.equal(reader.text(), "one\ntwo\nthree\n")
  writer.write("four\n")
  const soon = writer.flush(500)
  assert.equal(reader.asked(), true, "whoever waits for the last line does not wait for more")
  reader.read()
  assert.equal(await soon, true)
})

test("the end waits for the last line, and no longer than it is told to", async () => {
  const { reader, clock, writer } = started()
  assert.equal(await writer.flush(500), true)
  writer.write("last\n")
  const late = writer.flush(500)
  await clock.advance(500)
  assert.equal(await late, false)
  const soon = writer.flush(500)
  await reader.drain(clock)
  assert.equal(await soon, true)
})

const chatter = `
  import { lineWriter } from "${new URL("../../../agent/ports/line-writer.ts", import.meta.url).href}"
  import { realClock } from "${new URL("../../../agent/ports/clock.ts", import.meta.url).href}"
  const writer = lineWriter(1, realClock, () => undefined)
  for (let i = 0; i < 5_000; i++) writer.write("x".repeat(199) + "\\n")
  let turns = 0
  const timer = setInterval(() => {
    if (++turns < 5) return
    clearInterval(timer)
    process.stderr.write("turned")
    void writer.flush(60_000).then(done => process.exit(done ? 0 : 1))
  }, 1)
`

test("a pipe that nobody reads does not stop the event loop, and nothing is lost when it is read later", async () => {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", chatter], {
    stdio: ["ignore", "pipe", "pipe"],
  })
  try {
    const [turned] = await Promise.race([
      new Promise<readonly [string]>(resolve => child.stderr.once("data", data => resolve([String(data)]))),
      new Promise<never>((_, reject) => setTimeout(() => reject(new Error("the loop stands still")), 20_000).unref()),
    ])
    assert.equal(turned, "turned")
    let bytes = 0
    child.stdout.on("data", (data: Buffer) => {
      bytes += data.length
    })
    const code = await new Promise(resolve => child.once("close", resolve))
    assert.deepEqual([code, bytes], [0, 1_000_000])
  } finally {
    child.kill("SIGKILL")
  }
})
