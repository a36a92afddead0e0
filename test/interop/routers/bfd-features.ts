import assert from "node:assert/strict"
import { endedFor, type Feature } from "./feature.ts"
import { staysSo, waitUntil } from "./patience.ts"
import { established, has, routesFor, type Scene } from "./scene.ts"
import type { Speaker } from "./speaker.ts"

const bfdUp = (speaker: Speaker) => speaker.lines.findLast(one => one.line === "bfd")?.to === "Up"

/** Session and BFD up, with a hold time that would not notice anything in this time. */
const watched = async (scene: Scene, bfd: number) => {
  const router = await scene.router({ bfd })
  const speaker = await scene.speaker({ bfd })
  await established(router, speaker)
  await waitUntil("BFD is up", () => bfdUp(speaker))
  await has(router, routesFor(scene.families))
  return { router, speaker }
}

const detection = (interval: number): readonly Feature[] => [
  {
    name: `BFD, ${interval} ms x 3: the speaker dies, the router takes its routes away`,
    core: interval === 100,
    needs: "bfd",
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const { router, speaker } = await watched(scene, interval)
      await staysSo("BFD without a false alarm", () => bfdUp(speaker), 2_000)
      speaker.child.kill("SIGSTOP")
      const began = performance.now()
      await waitUntil("the router gives the session up", async () => !(await router.isUp()))
      const took = performance.now() - began
      await has(router, [])
      speaker.child.kill("SIGCONT")
      assert.ok(took < 10_000, `${took} ms, with a hold time of 90 s`)
      return undefined
    },
  },
  {
    name: `BFD, ${interval} ms x 3: the router freezes, the speaker ends the session`,
    core: false,
    needs: "bfd",
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const { router, speaker } = await watched(scene, interval)
      router.signal("SIGSTOP")
      await endedFor(speaker, "ML445")
      router.signal("SIGCONT")
      await established(router, speaker)
      await waitUntil("BFD is up again", () => bfdUp(speaker))
      return undefined
    },
  },
]

export const bfdFeatures: readonly Feature[] = [
  ...[300, 100, 50].flatMap(detection),
  {
    name: "BFD: the speaker leaves on purpose, which is no failure: routes stay over its restart",
    core: false,
    needs: "bfd off on purpose",
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const router = await scene.router({ bfd: 100, gracefulRestart: true })
      const graceful = { settings: { gracefulRestart: true }, bfd: 100 } as const
      const first = await scene.speaker(graceful)
      await established(router, first)
      await waitUntil("BFD is up", () => bfdUp(first))
      const routes = routesFor(scene.families)
      await has(router, routes)
      // The router's BGP learns of it later than we do, and until then the end of BFD means nothing to it.
      await staysSo("BFD without a false alarm", () => bfdUp(first), 2_000)
      await first.quit({ kind: "stop", stop: { kind: "leave" } })
      await staysSo("the routes", async () => (await router.routes()).length === routes.length, 1_500)
      const second = await scene.speaker({ ...graceful, origin: { restarted: true, preserved: true } })
      await established(router, second)
      await has(router, routes)
      return undefined
    },
  },
]
