import { compilerNeeds, ensurePackages, labNeeds, routerNeeds } from "./apt.ts"
import { Failure } from "./failure.ts"

/** What a script may ask for before it starts; each is quick when it was done before, and loads its code only when asked. */
const steps = {
  apt: () => ensurePackages([...compilerNeeds, ...labNeeds]),
  routers: async () => {
    await ensurePackages(routerNeeds)
    await (await import("./newer-frr.ts")).ensureNewerFrr()
  },
  kube: async () => (await import("./kube.ts")).ensureKube(),
  addon: async () => (await import("./addon.ts")).ensureAddon(),
  lab: async () => {
    await ensurePackages(labNeeds)
    await steps.kube()
  },
  image: async () => (await import("./image.ts")).ensureImage(),
  bundles: async () => {
    await steps.addon()
    await (await import("./bundles.ts")).ensureBundles()
  },
}

export type StepName = keyof typeof steps

/** Does the named steps in the order given. Throws a Failure that names a missing program, right or step. */
export async function prepare(names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!isStep(name)) throw new Failure(`no set-up step is called ${name}`, `one of: ${Object.keys(steps).join(", ")}`)
    await steps[name]()
  }
}

const isStep = (name: string): name is StepName => Object.hasOwn(steps, name)
