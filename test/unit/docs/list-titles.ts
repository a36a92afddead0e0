/** `node list-titles.ts FILE…`: prints the names of the tests of each file as JSON, without running any. */
import { registerHooks } from "node:module"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { takeNames } from "./recorder.ts"

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "node:test"
      ? { url: new URL("./recorder.ts", import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
})

const titles: Record<string, readonly string[]> = {}
for (const file of process.argv.slice(2)) {
  await import(pathToFileURL(resolve(file)).href)
  titles[file] = takeNames()
}
process.stdout.write(JSON.stringify(titles), () => process.exit())
