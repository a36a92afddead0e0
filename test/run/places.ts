import { dirname } from "node:path"

/** The repository's top folder. */
export const root = dirname(dirname(import.meta.dirname))

/** Folders whose tests need neither root nor a cluster and take seconds. */
export const pureFolders = ["test/architecture", "test/unit", "test/property", "test/vectors", "test/replay"] as const
