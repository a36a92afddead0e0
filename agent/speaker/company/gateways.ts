import type { Clock } from "../../ports/clock.ts"
import type { Gateways } from "./links.ts"

/** Routers come with advertisements, seconds after the link; a change of routes is no change of links, so nothing tells of it. */
const lookEvery = 10_000

/** The routers of this node's links, looked at every ten seconds; `onChange` where they are others than before. */
export const followGateways = (
  clock: Clock,
  read: () => Gateways,
  onChange: () => void,
): { readonly now: () => Gateways; readonly stop: () => void } => {
  let gateways: Gateways = new Map()
  const look = () => {
    timer = clock.after(lookEvery, look)
    const next = read()
    if (textOf(next) === textOf(gateways)) return
    gateways = next
    onChange()
  }
  let timer = clock.after(lookEvery, look)
  return {
    now: () => {
      gateways = read()
      return gateways
    },
    stop: () => timer.cancel(),
  }
}

const textOf = (gateways: Gateways) => JSON.stringify([...gateways])
