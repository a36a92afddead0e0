import { swiftSettings } from "../../../agent/core/membership/settings.ts"
import { agree, createNetwork } from "./network.ts"

const nodes = 4

/** Deaths of nodes that lived, while `loss` of all packets got lost for so many minutes; several nodes that believe one death count once. */
export const falseDeaths = (loss: number, minutes: number, seed = 77): number => {
  const network = createNetwork({ nodes, seed, settings: swiftSettings })
  if (network.until(() => agree(network, network.names), 30_000) === undefined)
    throw new Error("the cluster never came together")
  network.run(2000 + network.random() * 1000)
  const began = network.now()
  network.setLoss(loss)
  network.run(minutes * 60_000)
  const last = new Map<string, number>()
  let alarms = 0
  for (const { at, effect } of network.told) {
    if (at < began || effect.kind !== "member" || effect.change !== "dead") continue
    const { name } = effect.member
    if (at - (last.get(name) ?? Number.NEGATIVE_INFINITY) > 3000) alarms += 1
    last.set(name, at)
  }
  return alarms
}

/** The same for each node and hour. */
export const falseDeathRate = (loss: number, minutes: number, seed?: number): number =>
  falseDeaths(loss, minutes, seed) / (nodes * (minutes / 60))
