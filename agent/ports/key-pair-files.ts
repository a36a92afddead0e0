import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createSecureContext } from "node:tls"
import type { Clock } from "./clock.ts"
import { type Log, textOf } from "./log.ts"
import type { KeyPair } from "./self-signed.ts"

/** A mounted Secret is swapped by the kubelet about a minute after it changed; two small files are read this often. */
const lookEvery = 10_000

const read = (folder: string): KeyPair => ({
  cert: readFileSync(join(folder, "tls.crt"), "utf8"),
  key: readFileSync(join(folder, "tls.key"), "utf8"),
})

/** The pair in the folder. Throws an Error that names the folder where it cannot be read or does not belong together. */
export const readKeyPair = (folder: string): KeyPair => {
  try {
    const pair = read(folder)
    createSecureContext(pair)
    return pair
  } catch (cause) {
    throw new Error(`--metrics-cert-dir=${folder}: tls.crt and tls.key cannot be used`, { cause })
  }
}

/** Calls `onChange` with each new pair that can be used; while the files cannot be used the old pair stays. */
export const followKeyPair = (
  folder: string,
  first: KeyPair,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  onChange: (pair: KeyPair) => void,
): { readonly stop: () => void } => {
  let current = first
  let failing = ""
  const look = () => {
    try {
      const now = readKeyPair(folder)
      failing = ""
      if (now.cert !== current.cert || now.key !== current.key) {
        current = now
        onChange(now)
        log.info("certificate read again", { folder })
      }
    } catch (error) {
      const text = textOf(error)
      if (text !== failing) log.error("certificate not read, the last one stays in use", { error: text })
      failing = text
    }
    timer = clock.after(lookEvery, look)
  }
  let timer = clock.after(lookEvery, look)
  return { stop: () => timer.cancel() }
}
