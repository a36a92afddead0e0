import { ensureAddon } from "./addon.ts"
import { compilerNeeds, ensurePackages, labNeeds } from "./apt.ts"
import { Failure } from "./failure.ts"
import { ensureImage } from "./image.ts"
import { ensureKube } from "./kube.ts"

/** What a script may ask for before it starts; each is quick when it was done before. */
const steps = {
  apt: () => ensurePackages([...compilerNeeds, ...labNeeds]),
  kube: ensureKube,
  addon: ensureAddon,
  lab: async () => {
    await ensurePackages(labNeeds)
    await ensureKube()
  },
  image: ensureImage,
} as const satisfies Readonly<Record<string, () => Promise<void>>>

export type StepName = keyof typeof steps

/** Does the named steps in the order given. Throws a Failure that names a missing program, right or step. */
export async function prepare(names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!isStep(name)) throw new Failure(`no set-up step is called ${name}`, `one of: ${Object.keys(steps).join(", ")}`)
    await steps[name]()
  }
}

const isStep = (name: string): name is StepName => Object.hasOwn(steps, name)
