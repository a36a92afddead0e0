import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { sweep } from "./cable.ts"
import { kinds } from "./kinds.ts"
import { tolerated, withScriptedPeer } from "./malformed.ts"
import { waitUntil } from "./patience.ts"
import type { RouterKind } from "./router.ts"
import { established, has, newScene, routesFor } from "./scene.ts"

const folder = join(dirname(dirname(dirname(import.meta.dirname))), "test/replay/bgp")

/** Writes a recording of a whole session with each daemon, which test/replay plays from then on. */
export const recordSessions = async (): Promise<void> => {
  sweep()
  mkdirSync(folder, { recursive: true })
  await recordMalformed()
  for (const kind of kinds) await recordSession(kind)
}

const begin = (name: string, title: string): string => {
  const path = join(folder, `${name}.jsonl`)
  writeFileSync(path, `# ${title}\n`)
  return path
}

/** Each UPDATE that is tolerated, one after another. */
const recordMalformed = (): Promise<void> =>
  withScriptedPeer(
    async (peer, speaker) => {
      for (const [what, bytes] of tolerated) {
        const { counters } = await speaker.report()
        peer.send(bytes)
        await waitUntil(what, async () => (await speaker.report()).counters.received.update > counters.received.update)
      }
    },
    begin("malformed", "a peer whose UPDATEs have what RFC 7606 names, each of which costs no more than its routes"),
  )

/** Both families; routes change; the routes are asked for again where the daemon can; the router goes and comes back; the speaker leaves. */
const recordSession = async (kind: RouterKind): Promise<void> => {
  const title = `${kind.name} (${await kind.version()}): two families, routes that change, a refresh, a restart of the router`
  const record = begin(kind.name.toLowerCase().replaceAll(" ", "-"), title)
  const scene = newScene(kind, "both")
  try {
    const plan = { gracefulRestart: true, originates: true } as const
    const router = await scene.router(plan)
    const speaker = await scene.speaker({ record, settings: { gracefulRestart: true } })
    await established(router, speaker)
    const changed = routesFor(scene.families, { communities: [0xfde80009] }).slice(1)
    await has(router, routesFor(scene.families))
    await speaker.tell({ kind: "table", routes: changed })
    await has(router, changed)
    await router.refresh()
    await router.stop()
    await waitUntil("the speaker notices", async () => (await speaker.report()).state !== "Established")
    await router.start()
    await established(router, speaker)
    await has(router, changed)
    await speaker.quit({ kind: "stop", stop: { kind: "shutdown", text: "end of the recording" } })
  } finally {
    await scene.end()
  }
}
