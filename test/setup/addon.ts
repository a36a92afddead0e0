import { addonIsBuilt, compileAddon } from "../../agent/native/compile.ts"
import { compilerNeeds, ensurePackages } from "./apt.ts"
import { longStep } from "./long-step.ts"

/** Builds the native addon unless it was built from these very sources; installs the compiler it needs. */
export async function ensureAddon(): Promise<void> {
  if (addonIsBuilt()) return
  await ensurePackages(compilerNeeds)
  await longStep("compiling the native addon", compileAddon)
}
