import assert from "node:assert/strict"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { endedFor, type Feature, pair } from "./feature.ts"
import { staysSo, waitUntil } from "./patience.ts"
import { ping, reaches } from "./ping.ts"
import { established, has, routesFor, type Scene } from "./scene.ts"

/** How sessions end, and what stays. */
export const endingFeatures: readonly Feature[] = [
  {
    name: "shutdown of the speaker with a text",
    core: true,
    needs: "reading a shutdown text",
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const { router, speaker } = await pair(scene)
      await speaker.tell({ kind: "stop", stop: { kind: "shutdown", text: "rack is moved" } })
      await waitUntil("the router sees the session end", async () => !(await router.isUp()))
      await waitUntil("the router shows the text", () => router.says(/rack is moved/))
      return undefined
    },
  },
  {
    name: "shutdown of the router with a text",
    core: false,
    needs: "shutdown text",
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const { router, speaker } = await pair(scene)
      await router.shutDown("maintenance at noon")
      const { facts } = await endedFor(speaker, "ML434")
      assert.match(String(facts["text"]), /maintenance at noon/)
      return undefined
    },
  },
  {
    name: "hold time passes: the router is frozen",
    core: false,
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const { router, speaker } = await upWithHoldTime(scene, 3)
      router.signal("SIGSTOP")
      const began = Date.now()
      await endedFor(speaker, "ML440")
      const took = Date.now() - began
      assert.ok(took < 12_000, `${took} ms`)
      router.signal("SIGCONT")
      await waitUntil("and has it back", async () => (await speaker.report()).state === "Established", 30_000)
      await has(router, routesFor(scene.families))
      return `given up after ${(took / 1000).toFixed(1)} s with a hold time of 3 s`
    },
  },
  {
    name: "hold time passes: the speaker is frozen",
    core: false,
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const { router, speaker } = await upWithHoldTime(scene, 3)
      await has(router, routesFor(scene.families))
      speaker.child.kill("SIGSTOP")
      await waitUntil("the router gives it up", async () => !(await router.isUp()))
      await has(router, [])
      speaker.child.kill("SIGCONT")
      await waitUntil("and has it back", async () => (await speaker.report()).state === "Established", 30_000)
      await has(router, routesFor(scene.families))
      return undefined
    },
  },
  {
    name: "the router dies and comes back",
    core: false,
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const { router, speaker } = await pair(scene)
      await router.stop()
      await waitUntil("the speaker notices", async () => (await speaker.report()).state !== "Established")
      await router.start()
      await established(router, speaker)
      await has(router, routesFor(scene.families))
      return undefined
    },
  },
  {
    name: "graceful restart: routes stay while the speaker is killed and started",
    core: true,
    needs: "graceful restart",
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const router = await scene.router({ gracefulRestart: true })
      const first = await scene.speaker({ settings: { gracefulRestart: true } })
      await established(router, first)
      const routes = routesFor(scene.families)
      await has(router, routes)
      await first.kill()
      await waitUntil("the router sees the session end", async () => !(await router.isUp()))
      await staysSo("the routes", async () => (await router.routes()).length === routes.length, 1_500)
      const second = await scene.speaker({
        settings: { gracefulRestart: true },
        origin: { restarted: true, preserved: true, seed: 8 },
        routes: routes.slice(1),
      })
      await established(router, second)
      await has(router, routes.slice(1))
      return "what the new process does not announce goes with its End-of-RIB"
    },
  },
  {
    name: "forwarding goes on while the speaker is killed and started",
    core: false,
    needs: "a kernel's table",
    carried: ["IPv4", "IPv6"],
    prove: async scene => {
      const { ours } = scene.cable
      const [target] = routesFor(scene.families)
      assert.ok(target)
      const address = formatAddress(target.prefix.base)
      ours.run("ip", "addr", "add", `${address}/${target.prefix.length}`, "dev", "lo")
      const graceful = { settings: { gracefulRestart: true } } as const
      const router = await scene.router({ gracefulRestart: true })
      const first = await scene.speaker(graceful)
      await established(router, first)
      await has(router, routesFor(scene.families))
      await waitUntil("the kernel of the router forwards", () => reaches(scene, address))
      const pinging = ping(scene, address)
      await first.kill()
      await waitUntil("the router sees the session end", async () => !(await router.isUp()))
      const second = await scene.speaker({ ...graceful, origin: { restarted: true, preserved: true } })
      await established(router, second)
      const { sent, answered } = await pinging.end()
      assert.equal(answered, sent)
      return `${sent} of ${sent} pings answered`
    },
  },
]

const upWithHoldTime = async (scene: Scene, holdTime: number) => {
  const router = await scene.router({ holdTime })
  const speaker = await scene.speaker({ settings: { holdTime } })
  await established(router, speaker)
  return { router, speaker }
}
