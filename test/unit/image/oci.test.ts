import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { test } from "node:test"
import { gunzipSync } from "node:zlib"
import { type ImageRequest, packImage } from "../../../agent/image/oci.ts"
import { type ImageFile, tar } from "../../../agent/image/tar.ts"

const long = `${"deep/".repeat(30)}file`
const files: ImageFile[] = [
  { path: "run", kind: "file", mode: 0o755, data: Buffer.from("hello"), capability: Buffer.from([1, 0, 0, 2, 10, 0]) },
  { path: "etc", kind: "dir", mode: 0o755 },
  { path: "etc/link", kind: "symlink", mode: 0o777, target: "../run" },
  { path: long, kind: "file", mode: 0o600, data: Buffer.alloc(512, 7) },
  { path: "größe", kind: "file", mode: 0o644 },
]
const request: ImageRequest = {
  reference: "lab.local/web:1",
  files,
  config: { Entrypoint: ["/run"] },
  architecture: "amd64",
}

/** Members of a ustar archive by name, without the extended headers. */
function members(archive: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  for (let at = 0; archive[at] !== 0; ) {
    const field = (from: number, to: number) => archive.toString("latin1", at + from, at + to).replace(/\0.*$/s, "")
    const size = Number.parseInt(field(124, 136), 8)
    if (field(156, 157) !== "x") found.set(field(0, 100), archive.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return found
}

function digestOf(data: Buffer): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`
}

function member(archive: Buffer, name: string): Buffer {
  const data = members(archive).get(name)
  assert.ok(data, `${name} is in the archive`)
  return data
}

test("the order in which files are given does not change a byte", () => {
  const turned = packImage({ ...request, files: [...files].reverse() })
  assert.deepEqual(turned.archive, packImage(request).archive)
})

test("index, manifest, configuration and layer point at each other by digest", () => {
  const { archive, digest, layerBytes, uncompressedBytes } = packImage(request)
  const blob = (name: string) => member(archive, `blobs/sha256/${name.slice("sha256:".length)}`)
  const index = JSON.parse(member(archive, "index.json").toString())
  assert.equal(index.manifests[0].digest, digest)
  assert.equal(index.manifests[0].annotations["io.containerd.image.name"], "lab.local/web:1")
  assert.equal(digestOf(blob(digest)), digest)
  const manifest = JSON.parse(blob(digest).toString())
  const layer = blob(manifest.layers[0].digest)
  assert.equal(layer.length, layerBytes)
  assert.equal(manifest.layers[0].size, layerBytes)
  const config = JSON.parse(blob(manifest.config.digest).toString())
  assert.equal(config.architecture, "amd64")
  assert.deepEqual(config.config, { Entrypoint: ["/run"] })
  const raw = gunzipSync(layer)
  assert.equal(raw.length, uncompressedBytes)
  assert.deepEqual(config.rootfs.diff_ids, [digestOf(raw)])
})

test("the system's tar reads every kind of entry, long and non-ASCII names included", () => {
  const listed = spawnSync("tar", ["--list", "--verbose", "--numeric-owner", "--quoting-style=literal"], {
    input: tar(files),
    env: { ...process.env, TZ: "UTC", LC_ALL: "C.UTF-8" },
  })
  assert.equal(listed.status, 0, listed.stderr.toString())
  const lines = listed.stdout.toString().trim().split("\n")
  assert.deepEqual(
    lines.map(line => line.replace(/ +/g, " ")),
    [
      "-rwxr-xr-x 0/0 5 1970-01-01 00:00 run",
      "drwxr-xr-x 0/0 0 1970-01-01 00:00 etc/",
      "lrwxrwxrwx 0/0 0 1970-01-01 00:00 etc/link -> ../run",
      `-rw------- 0/0 512 1970-01-01 00:00 ${long}`,
      "-rw-r--r-- 0/0 0 1970-01-01 00:00 größe",
    ],
  )
})

test("a file capability travels as an extended attribute, byte for byte", () => {
  const archive = tar([{ path: "run", kind: "file", mode: 0o755, capability: Buffer.from([1, 0, 255, 10]) }])
  const text = archive.toString("latin1", 512, 1024).replace(/\0+$/, "")
  assert.equal(text, `${text.length} SCHILY.xattr.security.capability=\x01\x00\xff\n\n`)
})

test("a path that leaves the image, or is there twice, is refused by name", () => {
  const withPath = (...paths: string[]) =>
    packImage({ ...request, files: paths.map(path => ({ path, kind: "dir", mode: 0o755 })) })
  assert.throws(() => withPath("../etc"), /"\.\.\/etc"/)
  assert.throws(() => withPath("/etc"), /"\/etc"/)
  assert.throws(() => withPath("etc", "etc"), /etc: it is there twice/)
})

test("a reference without a tag is refused by name", () => {
  assert.throws(() => packImage({ ...request, reference: "lab.local/web" }), /lab\.local\/web/)
  assert.equal(packImage({ ...request, reference: "localhost:5000/web:1.2" }).digest, packImage(request).digest)
})
