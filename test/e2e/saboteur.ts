/**
 * Sits between agents and their API server, in the server's network namespace: forwards 127.0.0.1:7443, and obeys a line of
 * standard input each: "cut" breaks every connection, "compact" makes etcd forget all revisions but the present one, so that a
 * watch from an older one is answered with 410.
 */
import { connect, createServer, type Socket } from "node:net"
import { createInterface } from "node:readline"

const etcd = "http://127.0.0.1:2379/v3/kv"
/** BOUNDED by the connections of the agents that a test starts. */
const open = new Set<Socket>()

const server = createServer(from => {
  const to = connect(6443, "127.0.0.1")
  for (const [one, other] of [
    [from, to],
    [to, from],
  ] as const) {
    open.add(one)
    one.pipe(other)
    one.on("error", () => other.destroy())
    one.on("close", () => {
      open.delete(one)
      other.destroy()
    })
  }
})

const post = async (what: string, body: object): Promise<unknown> => {
  const answer = await fetch(`${etcd}/${what}`, { method: "POST", body: JSON.stringify(body) })
  const text = await answer.text()
  // What is asked for was done already, since nothing was written in between.
  if (!answer.ok && !text.includes("required revision has been compacted"))
    throw new Error(`etcd answers ${answer.status}: ${text}`)
  return JSON.parse(text)
}

const acts: Readonly<Record<string, () => Promise<void>>> = {
  cut: async () => {
    for (const socket of open) socket.destroy()
  },
  compact: async () => {
    const { header } = (await post("range", { key: btoa("nothing") })) as { header: { revision: string } }
    await post("compaction", { revision: header.revision, physical: true })
  },
}

server.listen(7443, "127.0.0.1", () => process.stdout.write("ready\n"))
for await (const line of createInterface({ input: process.stdin })) {
  const act = acts[line]
  if (act === undefined) throw new Error(`a saboteur does not know "${line}"`)
  await act()
  process.stdout.write(`${line}\n`)
}
process.exit(0)
