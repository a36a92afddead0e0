/** `node list-titles.ts FILE…`: prints the names of the tests of each file as JSON, without running any. */
import { registerHooks } from "node:module"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { takeNames } from "./recorder.ts"

/** The addon need not be built for names alone. */
const noAddon = "data:text/javascript,export const hasAddon = () => false; export const loadAddon = () => ({})"

const standsInFor = (specifier: string): string | undefined => {
  if (specifier === "node:test") return new URL("./recorder.ts", import.meta.url).href
  return specifier.endsWith("/native/addon.ts") ? noAddon : undefined
}

registerHooks({
  resolve: (specifier, context, next) => {
    const url = standsInFor(specifier)
    return url === undefined ? next(specifier, context) : { url, shortCircuit: true }
  },
})

const titles: Record<string, readonly string[]> = {}
for (const file of process.argv.slice(2)) {
  await import(pathToFileURL(resolve(file)).href)
  titles[file] = takeNames()
}
process.stdout.write(JSON.stringify(titles), () => process.exit())
