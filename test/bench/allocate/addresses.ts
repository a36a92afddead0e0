import { realClock } from "../../../agent/ports/clock.ts"
import type { KubeClient } from "../../../agent/ports/kube/client.ts"
import { createReflector } from "../../../agent/ports/kube/reflector.ts"
import { controlledServices } from "../../../agent/ports/kube/sources.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { realRandom } from "../../../agent/ports/random.ts"
import { pollUntil } from "../../lab/wait.ts"

/** When each service got the address that it has, in milliseconds of performance.now(). */
export type Addresses = {
  readonly since: (name: string) => number | undefined
  readonly of: (name: string) => string | undefined
  /** Waits until every one of these has an address, and gives the instant at which the last one got it. */
  readonly all: (names: readonly string[], timeoutMs?: number) => Promise<number>
  /** Waits until each of these says by a condition that it waits. */
  readonly told: (names: readonly string[]) => Promise<void>
  readonly stop: () => void
}

/** Follows the services as any client may, apart from the controller. */
export const followAddresses = async (client: KubeClient): Promise<Addresses> => {
  const control = new AbortController()
  const log = createLog({ level: "error", clock: realClock, write: line => process.stderr.write(line) }, "bench")
  const pending = new Set<string>()
  const seen = new Map<string, { readonly ip: string; readonly at: number }>()
  const services = createReflector(controlledServices, { client, clock: realClock, random: realRandom, log }, keys => {
    const at = performance.now()
    for (const key of keys) {
      const service = services.get(key)
      const ip = service?.ingress[0]?.ip
      const name = key.slice(key.indexOf("/") + 1)
      if (service?.pending === undefined) pending.delete(name)
      else pending.add(name)
      if (ip === undefined) seen.delete(name)
      else if (seen.get(name)?.ip !== ip) seen.set(name, { ip, at })
    }
  })
  void services.run(control.signal)
  await pollUntil("the services are followed", () => services.state().synced)
  return {
    since: name => seen.get(name)?.at,
    of: name => seen.get(name)?.ip,
    all: async (names, timeoutMs = 300_000) => {
      const left = new Set(names)
      await pollUntil(
        `${names.length} services have addresses`,
        () => {
          for (const name of left) if (seen.has(name)) left.delete(name)
          return left.size === 0
        },
        { timeoutMs, everyMs: 5 },
      )
      return Math.max(...names.map(name => seen.get(name)?.at ?? Number.NaN))
    },
    told: async names => {
      await pollUntil(`${names.length} services say that they wait`, () => names.every(name => pending.has(name)), {
        timeoutMs: 300_000,
      })
    },
    stop: () => control.abort(),
  }
}
