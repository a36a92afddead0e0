import { createHash } from "node:crypto"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { bundleAgent, strip } from "./agent-bundle.ts"
import { packageVersion, root } from "./bundle.ts"
import { type ImageParts, imageConfig, imageFiles } from "./image-files.ts"
import { librariesOf } from "./libraries.ts"
import { noticesOf } from "./notices.ts"
import { type ImageRequest, packImage } from "./oci.ts"

export type ImageOptions = {
  readonly reference?: string
  /** Where the archive goes. */
  readonly output?: string
  /** The agent's entry point. */
  readonly entry?: string
}

export type BuiltImage = {
  readonly reference: string
  readonly path: string
  readonly digest: string
  readonly uncompressedBytes: number
  readonly layerBytes: number
  readonly archiveBytes: number
}

export const defaultReference = (): string => `ghcr.io/kubectl-metallb/agent:v${packageVersion()}`
export const defaultOutput = join(root, "dist/agent-image.tar")

const architectures: Readonly<Record<string, ImageRequest["architecture"]>> = { x64: "amd64", arm64: "arm64" }

/**
 * Builds the agent's image for this machine's architecture as an OCI archive. An archive that was packed from the very same files
 * before is left alone (about 3 s); packing takes some 10 s more. Needs strip and ldd, no Docker and no root.
 */
export const buildImage = async (options: ImageOptions = {}): Promise<BuiltImage> => {
  const { reference = defaultReference(), output = defaultOutput } = options
  const architecture = architectures[process.arch]
  if (architecture === undefined) throw new Error(`no image for ${process.arch}: x64 and arm64 are supported`)
  const work = mkdtempSync(join(tmpdir(), "agent-image-"))
  try {
    const parts = await collect(work, options.entry)
    const request = { reference, files: imageFiles(parts), config: imageConfig(packageVersion()), architecture }
    return packOnce(request, output)
  } finally {
    rmSync(work, { recursive: true })
  }
}

const collect = async (work: string, entry: string | undefined): Promise<ImageParts> => {
  const { agent, addon, packages } = await bundleAgent(work, entry)
  const runtime = dirname(createRequire(import.meta.url).resolve(`node-linux-${process.arch}/package.json`))
  const node = join(work, "node")
  strip(join(runtime, "bin/node"), node)
  return {
    node: readFileSync(node),
    libraries: librariesOf([node, addon]).map(path => ({ path, data: readFileSync(path) })),
    agent: readFileSync(agent),
    addon: readFileSync(addon),
    licences: Buffer.from(`${systemLibraries}\n${noticesOf([runtime, ...packages])}`),
  }
}

const systemLibraries = `The libraries below /lib and /lib64 are the operating system's own, unchanged and linked dynamically: the GNU C library
(LGPL-2.1-or-later), and libgcc, libstdc++ and libatomic of GCC (GPL-3.0-or-later with the GCC Runtime Library Exception).
`

/** What a built image was made from and what came out, beside the archive as NAME.json. */
type Receipt = BuiltImage & { readonly madeFrom: string }

const packOnce = (request: ImageRequest, path: string): BuiltImage => {
  const madeFrom = fingerprint(request)
  const receiptPath = path.replace(/(\.tar)?$/, ".json")
  if (existsSync(path) && existsSync(receiptPath)) {
    const { madeFrom: before, ...image } = JSON.parse(readFileSync(receiptPath, "utf8")) as Receipt
    if (before === madeFrom) return { ...image, path }
  }
  const { archive, digest, layerBytes, uncompressedBytes } = packImage(request)
  const image = {
    reference: request.reference,
    path,
    digest,
    uncompressedBytes,
    layerBytes,
    archiveBytes: archive.length,
  }
  mkdirSync(dirname(path), { recursive: true })
  rmSync(receiptPath, { force: true })
  writeFileSync(`${path}.new`, archive)
  renameSync(`${path}.new`, path)
  writeFileSync(receiptPath, `${JSON.stringify({ ...image, madeFrom } satisfies Receipt)}\n`)
  return image
}

const fingerprint = ({ files, ...rest }: ImageRequest): string => {
  const hash = createHash("sha256").update(`${process.version}\n`)
  for (const source of ["oci.ts", "tar.ts"]) hash.update(readFileSync(join(import.meta.dirname, source)))
  hash.update(JSON.stringify(rest))
  for (const { data, ...entry } of files)
    hash.update(`\n${JSON.stringify({ ...entry, size: data?.length })}\n`).update(data ?? "")
  return hash.digest("hex")
}
