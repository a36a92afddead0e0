import { nodeCapability } from "./file-capability.ts"
import type { OciConfig } from "./oci.ts"
import type { ImageFile } from "./tar.ts"

export type ImageParts = {
  /** The stripped binary. */
  readonly node: Uint8Array
  readonly libraries: readonly { readonly path: string; readonly data: Uint8Array }[]
  /** The bundle, agent.cjs. */
  readonly agent: Uint8Array
  /** agent.node */
  readonly addon: Uint8Array
  /** Licences of everything in the image, which have to go wherever it goes. */
  readonly licences: Uint8Array
}

/** uid and gid that the agents run as, in no other use: the pods' runAsUser names it too. */
export const agentUser = 65532

/**
 * Everything in the agent's image: what runs, what the C library looks up, and the licences. There is no shell, no
 * certificate store (Node brings its own) and no other program.
 */
export const imageFiles = (parts: ImageParts): readonly ImageFile[] => {
  const files: ImageFile[] = [
    { path: "usr/bin/node", kind: "file", mode: 0o755, data: parts.node, capability: nodeCapability() },
    ...parts.libraries.map(({ path, data }) => program(path.replace(/^\//, ""), data)),
    { path: "app/agent.cjs", kind: "file", mode: 0o644, data: parts.agent },
    program("app/agent.node", parts.addon),
    text("etc/passwd", `root:x:0:0:root:/:/nonexistent\nnonroot:x:${agentUser}:${agentUser}:nonroot:/:/nonexistent\n`),
    text("etc/group", `root:x:0:\nnonroot:x:${agentUser}:\n`),
    text("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
    { path: "licenses/third-party.txt", kind: "file", mode: 0o644, data: parts.licences },
  ]
  const folders = new Set(files.flatMap(({ path }) => parents(path)))
  return [
    ...[...folders].map((path): ImageFile => ({ path, kind: "dir", mode: 0o755 })),
    { path: "tmp", kind: "dir", mode: 0o1777 },
    ...files,
  ]
}

/** The pod's `args` are the whole command line of node: V8's flags, /app/agent.cjs, the agent's flags. */
export const imageConfig = (version: string): OciConfig => ({
  Entrypoint: ["/usr/bin/node"],
  Env: ["PATH=/usr/bin"],
  User: `${agentUser}:${agentUser}`,
  WorkingDir: "/",
  Labels: {
    "org.opencontainers.image.title": "kubectl-metallb agent",
    "org.opencontainers.image.description": "controller and speaker: load balancer services for bare metal",
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.licenses": "Apache-2.0",
  },
})

const program = (path: string, data: Uint8Array): ImageFile => ({ path, kind: "file", mode: 0o755, data })

const text = (path: string, content: string): ImageFile => ({
  path,
  kind: "file",
  mode: 0o644,
  data: new TextEncoder().encode(content),
})

const parents = (path: string): readonly string[] => {
  const names = path.split("/").slice(0, -1)
  return names.map((_, index) => names.slice(0, index + 1).join("/"))
}
