import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

type Manifest = { readonly name: string; readonly version: string; readonly license?: string }

/**
 * The licences of the packages whose folders are given, as one text for those who pass the bundles on. A package without
 * a licence text of its own is named with its licence's identifier. Throws an Error naming a package that declares neither.
 */
export const noticesOf = (folders: readonly string[]): string =>
  folders
    .map(folder => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest
      const text = licenceText(folder)
      if (license === undefined && text === undefined) {
        throw new Error(
          `package ${name} ${version}: it has no licence text and declares no licence, so it cannot be bundled`,
        )
      }
      return `${"=".repeat(80)}\n${name} ${version}${license === undefined ? "" : ` (${license})`}\n\n${text ?? ""}`
    })
    .join("\n")

const licenceText = (folder: string): string | undefined => {
  const file = readdirSync(folder)
    .filter(name => /^(licen[cs]e|copying)(\.|$)/i.test(name))
    .sort()[0]
  return file !== undefined && existsSync(join(folder, file))
    ? `${readFileSync(join(folder, file), "utf8").trim()}\n`
    : undefined
}
