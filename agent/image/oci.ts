import { createHash } from "node:crypto"
import { gzipSync } from "node:zlib"
import { type ImageFile, tar } from "./tar.ts"

/** What a container is started with: the `config` object of the OCI image specification. */
export type OciConfig = {
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Env?: readonly string[]
  readonly User?: string
  readonly WorkingDir?: string
  readonly StopSignal?: string
  readonly Labels?: Readonly<Record<string, string>>
}

export type ImageRequest = {
  /** Name the runtime lists the image under, with a tag: "lab.local/pause:1". */
  readonly reference: string
  readonly files: readonly ImageFile[]
  readonly config: OciConfig
  /** GOARCH name of the machine the files run on. */
  readonly architecture: "amd64" | "arm64"
}

export type PackedImage = {
  /** An OCI image layout as one tar, as `ctr images import` takes it. */
  readonly archive: Buffer
  readonly layerBytes: number
  readonly uncompressedBytes: number
  /** "sha256:…" of the image's manifest. */
  readonly digest: string
}

/**
 * Packs `files` as an image of one gzip layer. The same request gives the same bytes under the same Node version.
 * Throws an Error naming the reference without a tag, or the path that is not relative, not normal, or there twice.
 */
export function packImage(request: ImageRequest): PackedImage {
  const { reference, config, architecture } = request
  const tag = /^[^:]+(?::\d+\/[^:]+)?:([\w.-]+)$/.exec(reference)?.[1]
  if (tag === undefined)
    throw new Error(`image reference ${reference}: a name and a tag are needed, as in example/web:1`)
  const layer = tar(inOrder(request.files))
  const packed = gzipSync(layer, { level: 9 })
  const blobs: Blob[] = []
  const store = (mediaType: string, data: Buffer) => {
    const digest = sha256(data)
    blobs.push({ digest, data })
    return { mediaType, digest, size: data.length }
  }
  const storeJson = (mediaType: string, value: unknown) => store(mediaType, Buffer.from(JSON.stringify(value)))

  const layerEntry = store("application/vnd.oci.image.layer.v1.tar+gzip", packed)
  const configEntry = storeJson("application/vnd.oci.image.config.v1+json", {
    architecture,
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: [sha256(layer)] },
    history: [{ created: "1970-01-01T00:00:00Z" }],
  })
  const manifestType = "application/vnd.oci.image.manifest.v1+json"
  const manifest = storeJson(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config: configEntry,
    layers: [layerEntry],
  })
  const annotations = { "io.containerd.image.name": reference, "org.opencontainers.image.ref.name": tag }
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations, platform: { architecture, os: "linux" } }] }
  return {
    archive: tar([
      regular("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
      regular("index.json", Buffer.from(JSON.stringify(index))),
      ...blobs.map(({ digest, data }) => regular(`blobs/sha256/${digest.slice("sha256:".length)}`, data)),
    ]),
    layerBytes: packed.length,
    uncompressedBytes: layer.length,
    digest: manifest.digest,
  }
}

type Blob = { readonly digest: string; readonly data: Buffer }

function sha256(data: Buffer): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`
}

function regular(path: string, data: Buffer): ImageFile {
  return { path, kind: "file", mode: 0o644, data }
}

function inOrder(files: readonly ImageFile[]): ImageFile[] {
  const sorted = [...files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
  for (const [index, { path }] of sorted.entries()) {
    if (path.split("/").some(part => part === "" || part === "." || part === "..")) {
      throw new Error(`image file ${JSON.stringify(path)}: the path must be relative to the image's root and normal`)
    }
    if (sorted[index - 1]?.path === path) throw new Error(`image file ${path}: it is there twice`)
  }
  return sorted
}
