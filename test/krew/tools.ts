import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { cache } from "../setup/cache.ts"
import { Failure } from "../setup/failure.ts"
import { longStep, quietly } from "../setup/long-step.ts"
import { which } from "../setup/which.ts"

/** krew's own programs, built from the module that go.mod pins. */
export type KrewTools = { readonly krew: string; readonly validate: string }

const packages = ["sigs.k8s.io/krew/cmd/krew", "sigs.k8s.io/krew/cmd/validate-krew-manifest"] as const

/** Builds them unless that was done from these very versions; the second time is a look at a stamp. */
export const krewTools = async (): Promise<KrewTools> => {
  const folder = join(cache, "krew")
  const tools = { krew: join(folder, "krew"), validate: join(folder, "validate-krew-manifest") }
  const wanted = fingerprint()
  const stamp = join(folder, "stamp")
  const isBuilt = Object.values(tools).every(path => existsSync(path))
  if (isBuilt && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return tools
  mkdirSync(folder, { recursive: true })
  await longStep("building krew, once, under a minute", () =>
    quietly(findGo(), ["build", "-trimpath", "-buildvcs=false", "-o", `${folder}/`, ...packages], {
      cwd: import.meta.dirname,
      env: { ...process.env, CGO_ENABLED: "0" },
    }),
  )
  writeFileSync(stamp, wanted)
  return tools
}

const fingerprint = (): string => {
  const hash = createHash("sha256").update(process.arch)
  for (const name of ["go.mod", "go.sum"]) hash.update(readFileSync(join(import.meta.dirname, name)))
  return hash.digest("hex")
}

const findGo = (): string => {
  const go = which("go") ?? (existsSync("/usr/local/go/bin/go") ? "/usr/local/go/bin/go" : undefined)
  if (go === undefined) throw new Failure("Go is not installed", "install Go 1.26 or later, https://go.dev/dl/")
  return go
}
