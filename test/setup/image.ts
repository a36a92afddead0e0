import { existsSync } from "node:fs"
import { buildImage, defaultOutput } from "../../agent/image/build-image.ts"
import { ensureAddon } from "./addon.ts"
import { compilerNeeds, ensurePackages } from "./apt.ts"
import { longStep } from "./long-step.ts"

/** Packs the agent's image unless it was packed from these very files. */
export async function ensureImage(): Promise<void> {
  await ensureAddon()
  await ensurePackages(compilerNeeds)
  await longStep(existsSync(defaultOutput) ? "checking the agent's image" : "packing the agent's image", () =>
    buildImage(),
  )
}
