import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, it } from "node:test"
import { listAt, textAt } from "../../../plugin/cluster/json.ts"
import { readDocuments } from "../../../plugin/cluster/yaml.ts"
import { fillKrewManifest, krewPlatform } from "../../../plugin/release/krew-manifest.ts"
import { tarOf } from "../../../plugin/release/tar.ts"
import { root } from "../../run/places.ts"

const facts = { version: "v1.2.3", os: "linux", arch: "amd64", uri: "https://x/y.tar.gz", sha256: "0".repeat(64) }

describe("release", () => {
  it("the archive is read by tar, files in name order with their modes, and is the same bytes each time", () => {
    const files = [
      { name: "kubectl-metallb", mode: 0o755, content: Buffer.from("x".repeat(700)) },
      { name: "LICENSE", mode: 0o644, content: Buffer.from("") },
    ]
    const bytes = tarOf(files)
    assert.deepEqual(bytes, tarOf([...files].reverse()))
    const listed = spawnSync("tar", ["tvf", "-", "--numeric-owner", "--utc"], { input: bytes, encoding: "utf8" })
    assert.equal(listed.stderr, "")
    assert.deepEqual(
      listed.stdout
        .trim()
        .split("\n")
        .map(line => line.replace(/\s+/g, " ")),
      ["-rw-r--r-- 0/0 0 1970-01-01 00:00 LICENSE", "-rwxr-xr-x 0/0 700 1970-01-01 00:00 kubectl-metallb"],
    )
  })

  it("refuses a name that does not fit the header", () => {
    assert.throws(() => tarOf([{ name: "n".repeat(101), mode: 0o644, content: Buffer.alloc(0) }]), /100 bytes/)
  })

  it("krew.yaml keeps krew's rules: name, lengths, one platform by os and arch, everything filled", () => {
    const template = readFileSync(join(root, "krew.yaml"), "utf8")
    const text = fillKrewManifest(template, facts)
    assert.doesNotMatch(text, /\$\{|#/)
    const [manifest] = readDocuments(text)
    assert.equal(textAt(manifest, "metadata", "name"), "metallb")
    assert.ok(textAt(manifest, "spec", "shortDescription").length <= 50)
    for (const line of textAt(manifest, "spec", "description").split("\n")) assert.ok(line.length <= 80, line)
    assert.equal(listAt(manifest, "spec", "platforms").length, 1)
    assert.equal(textAt(manifest, "spec", "platforms", 0, "sha256"), facts.sha256, "quoted, or digits become a number")
    assert.equal(textAt(manifest, "spec", "platforms", 0, "bin"), "kubectl-metallb")
  })

  it("refuses what krew would refuse, and a placeholder that nothing fills", () => {
    assert.throws(() => fillKrewManifest("", { ...facts, version: "1.2.3" }), /v1\.2\.3/)
    assert.throws(() => fillKrewManifest("", { ...facts, sha256: "A".repeat(64) }), /lower-case/)
    assert.throws(() => fillKrewManifest(`a: \${NEW}`, facts), /\$\{NEW\}/)
  })

  it("names platforms as krew does", () => {
    assert.deepEqual(krewPlatform("linux", "x64"), { os: "linux", arch: "amd64" })
    assert.deepEqual(krewPlatform("win32", "arm64"), { os: "windows", arch: "arm64" })
    assert.throws(() => krewPlatform("aix", "ppc64"), /no release is made for aix on ppc64/)
  })
})
