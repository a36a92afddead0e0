/** `npm run image [-- --reference NAME:TAG] [-- --output FILE.tar]`: packs the agent's image and prints its sizes. */
import { parseArgs } from "node:util"
import { buildImage } from "./build-image.ts"

const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1).padStart(7)} MiB`

const { values } = parseArgs({ options: { reference: { type: "string" }, output: { type: "string" } } })
const began = performance.now()
process.stderr.write("image: building\n")
const image = await buildImage({
  ...(values.reference === undefined ? {} : { reference: values.reference }),
  ...(values.output === undefined ? {} : { output: values.output }),
})
process.stdout.write(`${image.reference}
  digest         ${image.digest}
  uncompressed ${mib(image.uncompressedBytes)}
  compressed   ${mib(image.layerBytes)}
  archive      ${mib(image.archiveBytes)}  ${image.path}
`)
process.stderr.write(`image: ready after ${((performance.now() - began) / 1000).toFixed(1)}s\n`)
