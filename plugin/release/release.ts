import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { fillKrewManifest, krewPlatform } from "./krew-manifest.ts"
import { type TarFile, tarOf } from "./tar.ts"

export type ReleaseOrder = {
  /** The repository. */
  readonly root: string
  /** Where `npm run build` put the plugin. */
  readonly built: string
  /** Where the release goes. */
  readonly folder: string
  readonly version: string
  /** Where the archive will be found; the archive's name is added. */
  readonly baseUri: string
}

export type Release = {
  readonly archive: string
  readonly manifest: string
  readonly sha256: string
  readonly bytes: number
}

/** Where releases are published. */
export const releasesUri = (version: string): string =>
  `https://github.com/kubectl-metallb/kubectl-metallb/releases/download/${version}`

/** Writes the archive, its checksum and krew's manifest for the platform it runs on. The same input gives the same bytes. */
export const writeRelease = ({ root, built, folder, version, baseUri }: ReleaseOrder): Release => {
  const { os, arch } = krewPlatform(process.platform, process.arch)
  const name = `kubectl-metallb-${version}-${os}-${arch}.tar.gz`
  const packed = gzipSync(tarOf(filesOf(root, built)), { level: 9 })
  const sha256 = createHash("sha256").update(packed).digest("hex")
  const template = readFileSync(join(root, "krew.yaml"), "utf8")
  const manifest = join(folder, "plugins/metallb.yaml")
  mkdirSync(join(folder, "plugins"), { recursive: true })
  writeFileSync(join(folder, name), packed)
  writeFileSync(join(folder, `${name}.sha256`), `${sha256}  ${name}\n`)
  writeFileSync(manifest, fillKrewManifest(template, { version, os, arch, uri: `${baseUri}/${name}`, sha256 }))
  return { archive: join(folder, name), manifest, sha256, bytes: packed.length }
}

/** package.json says that the program is CommonJS, whatever a package.json further up the user's folders says. */
const filesOf = (root: string, built: string): readonly TarFile[] => [
  { name: "LICENSE", mode: 0o644, content: readFileSync(join(root, "LICENSE")) },
  { name: "THIRD-PARTY.txt", mode: 0o644, content: readFileSync(join(built, "THIRD-PARTY.txt")) },
  { name: "kubectl-metallb", mode: 0o755, content: readFileSync(join(built, "kubectl-metallb")) },
  { name: "package.json", mode: 0o644, content: readFileSync(join(built, "package.json")) },
]
