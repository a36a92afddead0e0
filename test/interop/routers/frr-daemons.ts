import { execFileSync } from "node:child_process"
import { chmodSync, chownSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Cable } from "./cable.ts"
import { daemons } from "./daemons.ts"
import { askTerminal } from "./frr-terminal.ts"
import { waitUntil } from "./patience.ts"

export const libraries = "/usr/lib/frr"

/** Lines of configuration; without `bfdd` no such daemon runs. */
export type FrrLines = { readonly bgpd: readonly string[]; readonly bfdd: readonly string[] | undefined }

/** FRR's daemons in the namespace at the far end. `tree`: the root that its programs live in; undefined: the system's own. */
export const frrDaemons = (tree: string | undefined, { theirs, folder }: Pick<Cable, "theirs" | "folder">) => {
  const processes = daemons({ theirs, folder })
  const vtysh = (...commands: readonly string[]) => {
    const words = commands.flatMap(command => ["-c", command])
    return processes.run(...inTree(tree, folder, "vtysh"), "--vty_socket", folder, ...words)
  }
  const launch = (name: string, lines: readonly string[], ...more: readonly string[]) => {
    const at = (file: string) => join(folder, file)
    // A file for each daemon: one for all has blocks that the others stumble over.
    writeFileSync(at(`${name}.conf`), `${lines.join("\n")}\n`)
    const files = ["-f", at(`${name}.conf`), "-i", at(`${name}.pid`), "-z", at("zserv.api"), "--vty_socket", folder]
    const user = ["-u", "frr", "-g", "frr", "-P", "0", "--log", `file:${at(`${name}.log`)}`]
    processes.spawn(name, [...inTree(tree, folder, `${libraries}/${name}`), ...files, ...user, ...more])
  }
  return {
    vtysh,
    /** Has it take a text as people give it one; throws where it does not know a line. */
    load: async (text: string) => {
      const file = join(folder, "given.conf")
      writeFileSync(file, text)
      const said = await processes.run(...inTree(tree, folder, "vtysh"), "--vty_socket", folder, "-f", file)
      if (said.includes("%")) throw new Error(said)
    },
    /** Asks one daemon on its own terminal: vtysh takes a process and a connection to each daemon for a question. */
    asJson: async (command: string, daemon: keyof FrrLines = "bgpd") =>
      JSON.parse(await askTerminal(join(folder, `${daemon}.vty`), `${command} json`)),
    signal: processes.signal,
    stop: processes.stop,
    start: async ({ bgpd, bfdd }: FrrLines) => {
      chmodSync(folder, 0o755)
      chownSync(folder, idOf("-u"), idOf("-g"))
      launch("zebra", [])
      const asked = (daemon: string, command: string) => askTerminal(join(folder, `${daemon}.vty`), command)
      await waitUntil("zebra listens", async () => (await asked("zebra", "show version")).includes("FRR"))
      // The older one has a socket besides, at a place that it shares with others unless told.
      const control = tree === undefined ? ["--bfdctl", join(folder, "bfdd.sock")] : []
      if (bfdd !== undefined) launch("bfdd", bfdd, ...control)
      launch("bgpd", bgpd, "-p", "179")
      await waitUntil("bgpd answers", async () => (await asked("bgpd", "show bgp summary")) !== "")
    },
  }
}

const idOf = (kind: "-u" | "-g") => Number(execFileSync("id", [kind, "frr"], { encoding: "utf8" }))

/** The words that start a program of the tree, which sees the folder at its own place. */
const inTree = (tree: string | undefined, folder: string, program: string): readonly [string, ...string[]] => {
  if (tree === undefined) return [program]
  const steps = [
    `mount -t proc proc ${tree}/proc`,
    `mount -t tmpfs tmpfs ${tree}/tmp`,
    `mkdir -p ${tree}${folder}`,
    `mount --bind ${folder} ${tree}${folder}`,
    `mount --bind /dev ${tree}/dev`,
    // Sockets with a path of their own.
    `mount --bind ${folder} ${tree}/run/frr`,
    `exec chroot ${tree} "$0" "$@"`,
  ]
  return ["unshare", "-m", "--propagation", "private", "sh", "-c", steps.join(" && "), program]
}
