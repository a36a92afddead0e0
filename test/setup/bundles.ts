import { buildAll } from "./build.ts"
import { longStep } from "./long-step.ts"

/** Bundles the agent and the plugin into dist/, always: it takes a second, and the sources may have changed. */
export const ensureBundles = async (): Promise<void> => {
  await longStep("bundling the agent and the plugin", () => buildAll())
}
