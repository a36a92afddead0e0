/** What the template of krew's manifest leaves open. */
export type KrewFacts = {
  /** "v0.1.0": krew wants the v and strict semantic versioning. */
  readonly version: string
  /** As krew names them: linux, darwin, windows; amd64, arm64. */
  readonly os: string
  readonly arch: string
  readonly uri: string
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string
}

/** Fills the template. Throws for a fact that krew would refuse and for a placeholder that nothing fills. */
export const fillKrewManifest = (template: string, facts: KrewFacts): string => {
  if (!/^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(facts.version))
    throw new Error(`krew wants a version such as v1.2.3, not ${facts.version}`)
  if (!/^[0-9a-f]{64}$/.test(facts.sha256)) throw new Error("krew wants sha256 as 64 lower-case hexadecimal digits")
  const values: Readonly<Record<string, string>> = {
    VERSION: facts.version,
    OS: facts.os,
    ARCH: facts.arch,
    URI: facts.uri,
    SHA256: facts.sha256,
  }
  return template.replace(/^#.*\n/gm, "").replace(/\$\{([A-Z0-9]+)\}/g, (placeholder, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`krew.yaml has the placeholder ${placeholder}, which nothing fills`)
    return value
  })
}

const systems: Readonly<Record<string, string>> = { linux: "linux", darwin: "darwin", win32: "windows" }
const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" }

/** krew's names for this platform, from Node's. */
export const krewPlatform = (platform: string, arch: string): { readonly os: string; readonly arch: string } => {
  const os = systems[platform]
  const cpu = architectures[arch]
  if (os === undefined || cpu === undefined) throw new Error(`no release is made for ${platform} on ${arch}`)
  return { os, arch: cpu }
}
