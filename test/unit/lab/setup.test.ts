import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { root } from "../../run/places.ts"
import { compilerNeeds, labNeeds, unmet } from "../../setup/apt.ts"
import { Failure, sentence } from "../../setup/failure.ts"
import { kubernetesVersion } from "../../setup/kube.ts"
import { prepare } from "../../setup/steps.ts"

test("only what is missing is asked of apt", () => {
  const missing = unmet(labNeeds, found => found !== "runc" && found !== "/usr/include/stdio.h")
  assert.deepEqual(
    missing.map(([, name]) => name),
    ["runc", "libc6-dev"],
  )
  assert.deepEqual(
    unmet([...labNeeds, ...compilerNeeds], () => true),
    [],
  )
})

test("the lab's Kubernetes has the version that its go.mod requires, and the staging modules match it", () => {
  const goMod = readFileSync(join(root, "test/lab/kube/go.mod"), "utf8")
  const version = kubernetesVersion(goMod)
  assert.match(version, /^v1\.\d+\.\d+$/)
  const staging = version.replace(/^v1\./, "v0.")
  const replaced = [...goMod.matchAll(/^\tk8s\.io\/\S+ => k8s\.io\/\S+ (\S+)$/gm)].map(([, one]) => one)
  assert.ok(replaced.length > 20)
  assert.deepEqual([...new Set(replaced)], [staging])
})

test("a set-up step that does not exist is refused with the names of those that do", async () => {
  await assert.rejects(prepare(["docker"]), { message: /docker/, fix: /lab/ })
})

test("a failure is shown as one sentence and its fix, without a stack", () => {
  assert.equal(sentence(new Failure("x is missing", "install x")), "error: x is missing\n  fix    install x\n")
  assert.match(sentence(new Error("bug")), /^error: Error: bug\n {4}at /)
})
