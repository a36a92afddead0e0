/** `npm run release`: builds, packs the plugin for the platform it runs on, and fills krew's manifest. */
import { spawnSync } from "node:child_process"
import { join, relative } from "node:path"
import { embeddedVersion } from "../cluster/embedded.ts"
import { releasesUri, writeRelease } from "./release.ts"

const root = join(import.meta.dirname, "../..")
const built = spawnSync(process.execPath, [join(root, "test/setup/build.ts")], {
  stdio: ["ignore", "inherit", "inherit"],
})
if (built.status !== 0) {
  process.stderr.write("error: the build failed; its output is above\n")
  process.exit(1)
}
const version = embeddedVersion()
const release = writeRelease({
  root,
  built: join(root, "dist"),
  folder: join(root, "dist/release"),
  version,
  baseUri: releasesUri(version),
})
process.stdout.write(
  [
    `${relative(root, release.archive)}  ${(release.bytes / 1024).toFixed(1)} KiB`,
    `${relative(root, release.manifest)}  sha256 ${release.sha256}`,
    `Try it: kubectl krew install --manifest=${relative(root, release.manifest)} --archive=${relative(root, release.archive)}`,
    "",
  ].join("\n"),
)
