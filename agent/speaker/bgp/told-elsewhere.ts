import { decodeCore } from "../../core/kube/decoded.ts"
import type { ObjectKey } from "../../core/model.ts"
import type { Edges } from "../../edges.ts"
import type { Timer } from "../../ports/clock.ts"
import { isStatus } from "../../ports/kube/api-error.ts"
import { paths } from "../../ports/kube/resources.ts"
import { textOf } from "../../ports/log.ts"

/** Which of a few services another node tells routers of. */
export type ToldElsewhere = {
  /** What to look for from now on: at once, and every half second while there is something. */
  readonly want: (services: ReadonlySet<ObjectKey>) => void
  readonly has: (service: ObjectKey) => boolean
  readonly stop: () => void
}

const every = 500
/** Names in one question; the others are in the next one. */
const namesMax = 50
const patience = 2_000

/**
 * Reads the ServiceBGPStatuses of services whose addresses are held back, and of no others: there is one for every service and node, too many
 * to follow. BOUNDED: what is wanted, one request at a time, two a second.
 */
export const lookElsewhere = (
  { client, clock, log }: Pick<Edges, "client" | "clock" | "log">,
  { namespace, node, onFound }: { readonly namespace: string; readonly node: string; readonly onFound: () => void },
): ToldElsewhere => {
  let wanted: ReadonlySet<ObjectKey> = new Set()
  let found = new Set<ObjectKey>()
  let timer: Timer | undefined
  let asking = false
  let turn = 0
  let failing = false
  let stopped = false
  const control = new AbortController()

  /** Those whose turn it is. */
  const batch = (): readonly string[] => {
    const names = [...new Set([...wanted].filter(key => !found.has(key)).map(key => key.slice(key.indexOf("/") + 1)))]
    if (turn >= names.length) turn = 0
    const some = names.slice(turn, turn + namesMax)
    turn += namesMax
    return some
  }

  const look = async (names: readonly string[]) => {
    asking = true
    try {
      const answer = await client.send({
        method: "GET",
        path: paths.serviceBgpStatuses(namespace),
        query: { labelSelector: `metallb.io/service-name in (${names.join(",")})` },
        timeout: patience,
        signal: control.signal,
      })
      failing = false
      const now = toldIn(answer, node).filter(key => wanted.has(key) && !found.has(key))
      for (const key of now) found.add(key)
      if (now.length > 0 && !stopped) onFound()
    } catch (error) {
      // Whoever waits for it waits no longer than it may.
      if (!(failing || stopped || isStatus(error, 404)))
        log.warn("what other nodes tell routers could not be read", { error: textOf(error) })
      failing = true
    } finally {
      asking = false
    }
    again()
  }

  const again = () => {
    timer?.cancel()
    timer = undefined
    if (!stopped && [...wanted].some(key => !found.has(key))) timer = clock.after(every, ask)
  }

  const ask = () => {
    if (asking || stopped) return
    const names = batch()
    if (names.length > 0) void look(names)
  }

  return {
    want: services => {
      const isNew = [...services].some(key => !wanted.has(key))
      wanted = services
      found = new Set([...found].filter(key => services.has(key)))
      if (isNew) ask()
    },
    has: service => found.has(service),
    stop: () => {
      stopped = true
      timer?.cancel()
      control.abort()
    },
  }
}

/** Services that another node says it tells routers of. */
const toldIn = (list: unknown, node: string): readonly ObjectKey[] => {
  const items = (list as { readonly items?: unknown } | null)?.items
  if (!Array.isArray(items)) return []
  return items.flatMap(item => {
    const decoded = decodeCore("servicebgpstatus", item, (_, root) => {
      const status = root.child("status")
      const key = `${status.text("serviceNamespace")}/${status.text("serviceName")}`
      const by = status.text("node")
      return by === "" || by === node ? undefined : key
    })
    return decoded.ok && decoded.value !== undefined ? [decoded.value] : []
  })
}
