import assert from "node:assert/strict"
import { execFile, spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { basename, delimiter, dirname, join } from "node:path"
import { after, before, describe, it } from "node:test"
import { embeddedVersion } from "../../plugin/cluster/embedded.ts"
import { type Release, writeRelease } from "../../plugin/release/release.ts"
import { root } from "../run/places.ts"
import { buildAll } from "../setup/build.ts"
import { kubectlFolder } from "../setup/cache.ts"
import { type KrewTools, krewTools } from "./tools.ts"

/**
 * krew's validator installs what the manifest names, over HTTP and through kubectl. So that no network is needed, the
 * archive is served on this machine's loopback and the manifest, apart from the place of the archive, is the released one.
 */
describe("release for krew", () => {
  const work = mkdtempSync(join(tmpdir(), "krew-test-"))
  const programs = join(work, "path")
  let tools: KrewTools
  let server: Server
  let release: Release
  let environment: NodeJS.ProcessEnv

  /** Not awaited synchronously: the archive is served by this very process. */
  const validate = (manifest: string) =>
    new Promise<{ readonly status: number; readonly said: string }>(resolve =>
      execFile(tools.validate, ["-manifest", manifest], { env: environment }, (error, stdout, stderr) =>
        resolve({ status: error === null ? 0 : 1, said: stdout + stderr }),
      ),
    )

  before(
    async () => {
      tools = await krewTools()
      await buildAll(join(work, "built"))
      server = createServer((request, response) => {
        const path = join(work, "release", basename(request.url ?? ""))
        response.writeHead(existsSync(path) ? 200 : 404).end(existsSync(path) ? readFileSync(path) : "not here")
      })
      await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
      const { port } = server.address() as AddressInfo
      release = writeRelease({
        root,
        built: join(work, "built"),
        folder: join(work, "release"),
        version: embeddedVersion(),
        baseUri: `http://127.0.0.1:${port}`,
      })
      environment = { PATH: preparePath(programs, tools), HOME: work, KREW_ROOT: join(work, "krew") }
    },
    { timeout: 600_000 },
  )

  after(() => {
    server?.close()
    rmSync(work, { recursive: true, force: true })
  })

  it("krew's own validator accepts the manifest and installs the plugin from it", async () => {
    const { status, said } = await validate(release.manifest)
    assert.equal(status, 0, said)
    assert.match(said, /all 1 spec\.platforms installed fine/)
  })

  it("krew's validator refuses the manifest once its checksum is wrong", async () => {
    const broken = join(work, "broken/metallb.yaml")
    mkdirSync(dirname(broken), { recursive: true })
    writeFileSync(broken, readFileSync(release.manifest, "utf8").replace(release.sha256, "0".repeat(64)))
    const { status, said } = await validate(broken)
    assert.notEqual(status, 0)
    assert.match(said, /checksum does not match/)
  })

  it("krew installs it offline from manifest and archive, and kubectl runs it", () => {
    const install = spawnSync(
      "kubectl",
      ["krew", "install", `--manifest=${release.manifest}`, `--archive=${release.archive}`],
      { env: environment, encoding: "utf8" },
    )
    assert.equal(install.status, 0, install.stderr)
    const withPlugins = { ...environment, PATH: `${join(work, "krew/bin")}${delimiter}${environment["PATH"]}` }
    const version = spawnSync("kubectl", ["metallb", "version", "--client"], { env: withPlugins, encoding: "utf8" })
    assert.equal(version.stderr, "")
    assert.equal(version.stdout, `plugin  ${embeddedVersion()}\n`)
    assert.equal(version.status, 0)
  })

  it("two releases from the same build are the same bytes", () => {
    const again = writeRelease({
      root,
      built: join(work, "built"),
      folder: join(work, "again"),
      version: embeddedVersion(),
      baseUri: "http://127.0.0.1",
    })
    assert.equal(again.sha256, release.sha256)
  })
})

/**
 * A PATH with kubectl, kubectl-krew and the Node that runs this test. kubectl is the lab's where it has been built; else a
 * stand-in that does what kubectl does for plugins: it runs kubectl-NAME.
 */
const preparePath = (folder: string, { krew }: KrewTools): string => {
  mkdirSync(folder, { recursive: true })
  symlinkSync(krew, join(folder, "kubectl-krew"))
  symlinkSync(process.execPath, join(folder, "node"))
  const kubectl = join(folder, "kubectl")
  if (existsSync(join(kubectlFolder, "kubectl"))) symlinkSync(join(kubectlFolder, "kubectl"), kubectl)
  else {
    writeFileSync(kubectl, '#!/bin/sh\nname=$1\nshift\nexec "kubectl-$name" "$@"\n')
    chmodSync(kubectl, 0o755)
  }
  return [folder, "/usr/bin", "/bin"].join(delimiter)
}
