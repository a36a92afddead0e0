/** `npm run lint [-- --fix]`: formatter, linter and type check. */
import { join } from "node:path"
import { root } from "./places.ts"
import { program } from "./stage.ts"

const fix = process.argv.includes("--fix") ? ["--write"] : []
const bin = (name: string) => join(root, "node_modules/.bin", name)
const style = await program(root, bin("biome"), [
  "check",
  "--config-path=.config/style.json",
  "--error-on-warnings",
  ...fix,
  ".",
])()
const types = await program(root, bin("tsc"), ["-p", "."])()
process.exit(style.failed + types.failed > 0 ? 1 : 0)
