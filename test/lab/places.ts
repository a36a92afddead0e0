import { join } from "node:path"
import { cache } from "../setup/cache.ts"

/** Folder with the images every node has from the start. */
export const baseImages = join(cache, "lab-images")

/** Folder of every lab of this checkout. */
export const labs = join(cache, "lab")

/** Files of one lab. */
export type Places = ReturnType<typeof placesOf>

export function placesOf(lab: string) {
  const folder = join(labs, lab)
  return {
    folder,
    state: join(folder, "state.json"),
    lock: join(labs, `${lab}.lock`),
    kubeconfig: join(folder, "kubeconfig"),
    pki: join(folder, "pki"),
    control: join(folder, "control-plane"),
    etcd: join(folder, "etcd"),
    logs: join(folder, "log"),
    pids: join(folder, "pid"),
    nodes: join(folder, "nodes"),
    node: (name: string) => join(folder, "nodes", name),
    pid: (name: string) => join(folder, "pid", name),
  }
}
