import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { packImage } from "../../agent/image/oci.ts"
import { baseImages } from "./places.ts"
import { readIfThere } from "./process.ts"
import { must } from "./run.ts"

const names = ["pause", "echo"] as const

/** Images every node has from the start: lab.local/pause:1 holds pods, lab.local/echo:1 is what services lead to. */
export async function ensureBaseImages(say: (line: string) => void): Promise<void> {
  const sources = names.map(name => ({ name, source: join(import.meta.dirname, "images", `${name}.c`) }))
  const hash = createHash("sha256").update(compilation.join(" "))
  for (const { source } of sources) hash.update(readFileSync(source))
  const stamp = hash.digest("hex")
  if (readIfThere(join(baseImages, "stamp")) === stamp) return
  say("compiling the images pause and echo")
  rmSync(baseImages, { recursive: true, force: true })
  mkdirSync(baseImages, { recursive: true })
  for (const { name, source } of sources) writeFileSync(join(baseImages, `${name}.tar`), await build(name, source))
  writeFileSync(join(baseImages, "stamp"), stamp)
}

const compilation = ["-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror"]

async function build(name: string, source: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "lab-image-"))
  try {
    const program = join(folder, name)
    await must("gcc", [...compilation, "-o", program, source])
    return packImage({
      reference: `lab.local/${name}:1`,
      files: [{ path: name, kind: "file", mode: 0o755, data: readFileSync(program) }],
      config: { Entrypoint: [`/${name}`], User: "65534:65534" },
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
    }).archive
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
