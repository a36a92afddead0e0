import type { BfdProfileResource } from "../../model-bgp.ts"
import type { ConfigSource } from "../model.ts"
import type { Problems } from "../problem.ts"
import type { BfdProfile } from "./model.ts"
import { checkNumber } from "./numbers.ts"

/** Judges one BFDProfile by itself; undefined where it cannot be used, or has been found unreadable before. */
export const readBfdProfile = (
  resource: BfdProfileResource,
  source: ConfigSource,
  problems: Problems,
): BfdProfile | undefined => {
  if (problems.broken) return undefined
  for (const { field, message } of resource.malformed ?? []) problems.error("ML201", field, message)
  const number = (key: "receiveInterval" | "transmitInterval" | "echoInterval", fallback: number) =>
    checkNumber(`spec.${key}`, resource[key] ?? fallback, 10, 60000, problems)
  const profile = {
    name: resource.name,
    source,
    receiveInterval: number("receiveInterval", 300),
    transmitInterval: number("transmitInterval", 300),
    detectMultiplier: checkNumber("spec.detectMultiplier", resource.detectMultiplier ?? 3, 2, 255, problems),
    echoInterval: number("echoInterval", 50),
    echoMode: resource.echoMode,
    passiveMode: resource.passiveMode,
    minimumTtl: checkNumber("spec.minimumTtl", resource.minimumTtl ?? 254, 1, 254, problems),
  }
  return problems.broken ? undefined : profile
}
