/**
 * `npm run test:oldest`: holds the CRDs to the oldest API server that the project supports. Builds it and its etcd
 * from their Go modules once (Go 1.23 or later; about 5 minutes of 2 idle cores), and runs test/e2e/crd.test.ts against it. Not
 * part of `npm test` because of that time; CONTRIBUTING.md says when it is run. Needs root, as the lab does, and the lab's kubectl.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../../run/places.ts"
import { cache } from "../../setup/cache.ts"
import { ensureKube, kubernetesVersion } from "../../setup/kube.ts"
import { longStep, quietly } from "../../setup/long-step.ts"
import { which } from "../../setup/which.ts"

const source = join(root, "test/e2e/oldest")
const folder = join(cache, "oldest")
const binary = join(folder, "kube")
const stamp = join(folder, "stamp")
const programs = join(folder, "programs")

const wanted = ["go.mod", "go.sum", "main.go"].map(name => readFileSync(join(source, name), "utf8")).join("\n")

const build = async (): Promise<void> => {
  const version = kubernetesVersion(readFileSync(join(source, "go.mod"), "utf8"))
  const [major, minor] = version.slice(1).split(".")
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor }
  const flags = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
  const args = ["build", "-trimpath", "-buildvcs=false", "-ldflags", ["-s -w", ...flags].join(" ")]
  await quietly(which("go") ?? "/usr/local/go/bin/go", [...args, "-o", `${binary}.next`, "."], {
    cwd: source,
    env: { ...process.env, CGO_ENABLED: "0" },
  })
  renameSync(`${binary}.next`, binary)
}

mkdirSync(programs, { recursive: true })
if (!existsSync(binary) || !existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  await longStep("building the oldest API server, once", build)
  for (const name of ["etcd", "kube-apiserver"]) {
    rmSync(join(programs, name), { force: true })
    symlinkSync("../kube", join(programs, name))
  }
  writeFileSync(stamp, wanted)
}
await ensureKube()
const { status } = spawnSync(process.execPath, ["--test", join(root, "test/e2e/crd.test.ts")], {
  stdio: "inherit",
  env: { ...process.env, API_SERVER_PROGRAMS: programs },
})
process.exit(status ?? 1)
