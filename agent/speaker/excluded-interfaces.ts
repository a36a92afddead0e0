import { readFileSync } from "node:fs"
import type { ParseYaml, YamlNode } from "../core/yaml/tree.ts"

/** MetalLB's own list: interfaces that belong to pods, tunnels and virtual switches, where no client of a VIP is. */
const usual = [
  "^docker.*",
  "^cbr.*",
  "^dummy.*",
  "^virbr.*",
  "^lxcbr.*",
  "^veth.*",
  "^lo$",
  "^cali.*",
  "^tunl.*",
  "^flannel.*",
  "^kube-ipvs.*",
  "^cni.*",
  "^nodelocaldns.*",
  "^lxc.*",
]

/** Where MetalLB's manifests mount the ConfigMap metallb-excludel2. */
export const excludeFile = "/etc/metallb/excludel2.yaml"
const key = "announcedInterfacesToExclude"

/** True for interfaces that are never announced on. */
export type IsExcluded = (name: string) => boolean

const matcher = (patterns: readonly string[]): IsExcluded => {
  const compiled = patterns.map(pattern => new RegExp(pattern))
  return name => compiled.some(pattern => pattern.test(name))
}

const listOf = (root: YamlNode): readonly string[] | undefined => {
  const value = root.kind === "map" ? root.entries.find(entry => entry.key === key)?.value : undefined
  if (value?.kind === "scalar" && value.value === null) return []
  return value?.kind === "list" && value.items.every(item => item.kind === "scalar")
    ? value.items.map(item => (item.kind === "scalar" ? item.text : ""))
    : undefined
}

/**
 * The exclude list of the file, where there is one, else the usual list. Regular expressions, not anchored, any of which
 * excludes. Rejects with an Error that names the file and what is wrong in it.
 */
export const readExcluded = async (parseYaml: () => Promise<ParseYaml>, file = excludeFile): Promise<IsExcluded> => {
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return matcher(usual)
    throw error
  }
  const parsed = (await parseYaml())(text)
  if (!parsed.ok) throw new Error(`${file}, line ${parsed.at.line}: ${parsed.message}`)
  const patterns = listOf(parsed.root)
  if (patterns === undefined) throw new Error(`${file}: ${key} is missing or no list of regular expressions`)
  try {
    return matcher(patterns)
  } catch (cause) {
    throw new Error(`${file}: ${key} holds something that is no regular expression`, { cause })
  }
}
