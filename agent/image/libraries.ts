import { execFileSync } from "node:child_process"

/**
 * The shared libraries that the programs need, the dynamic loader among them, as absolute paths in name order.
 * Throws an Error naming a library that this machine lacks.
 */
export const librariesOf = (programs: readonly string[]): readonly string[] => {
  const found = programs.flatMap(program => parseLdd(execFileSync("ldd", [program], { encoding: "utf8" })))
  return [...new Set(found)].sort()
}

/** Reads what ldd prints: "name => path (address)", "path (address)" for the loader, and the kernel's vdso without a path. */
export const parseLdd = (text: string): readonly string[] =>
  text.split("\n").flatMap(line => {
    if (line.includes("not found")) throw new Error(`shared library missing on this machine: ${line.trim()}`)
    return /(?:^|\s)(\/\S+) \(0x[0-9a-f]+\)$/.exec(line)?.[1] ?? []
  })
