import { join } from "node:path"
import { root } from "../run/places.ts"

/** Below it everything lies that is built or made at run time; git ignores it. */
export const cache = join(root, ".cache")

/** Folder of the lab's Kubernetes: one binary, and the names it is called by. */
export const kubeFolder = join(cache, "kube")

/** Folder with Kubernetes' programs but kubectl. */
export const kubePrograms = join(kubeFolder, "programs")

/** Folder with kubectl alone, fit for a PATH. */
export const kubectlFolder = join(kubeFolder, "path")
