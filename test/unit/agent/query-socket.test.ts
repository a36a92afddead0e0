import assert from "node:assert/strict"
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { createConnection } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { askQuestion, type Questions, serveQuestions } from "../../../agent/ports/query-socket.ts"

const serve = async (t: TestContext, questions: Questions) => {
  const folder = mkdtempSync(join(tmpdir(), "query-"))
  const path = join(folder, "query.sock")
  const server = await serveQuestions(path, questions)
  t.after(() => {
    server.stop()
    rmSync(folder, { recursive: true })
  })
  return path
}

const ask = async (path: string, question: string) => JSON.parse(await askQuestion(path, question)) as unknown

test("a question is answered with its argument, on a socket for its own user alone", async t => {
  const path = await serve(t, { history: argument => [argument], nothing: () => undefined })
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(await ask(path, "history 192.0.2.1"), { answer: ["192.0.2.1"] })
  assert.deepEqual(await ask(path, "nothing"), { answer: null })
})

test("what is no question is told, with what there is to ask", async t => {
  const path = await serve(t, { owners: () => [], links: () => [] })
  assert.deepEqual(await ask(path, "constructor"), { error: '"constructor" is no question; there are links, owners' })
})

test("a question without end is refused, and whoever leaves in the middle harms nobody", async t => {
  const path = await serve(t, { owners: () => [] })
  const { error } = (await ask(path, "x".repeat(5_000))) as { error: string }
  assert.match(error, /512 characters at most/)
  const gone = createConnection(path)
  gone.write("own")
  await new Promise(resolve => gone.once("connect", resolve))
  gone.destroy()
  assert.deepEqual(await ask(path, "owners"), { answer: [] })
})

test("a socket that a dead agent left is taken over, one that answers is not", async t => {
  const path = await serve(t, { owners: () => [1] })
  await assert.rejects(serveQuestions(path, { owners: () => [2] }), /another agent answers there/)
  assert.deepEqual(await ask(path, "owners"), { answer: [1] })
})

test("where nobody listens the asker says so", async () => {
  await assert.rejects(askQuestion("/nowhere/query.sock", "owners"), /\/nowhere\/query.sock: connect ENOENT/)
})
