import type { SecretFacts } from "./core/model-bgp.ts"
import { createCrew } from "./crew.ts"
import type { Edges } from "./edges.ts"
import { createReflector, type Reflector } from "./ports/kube/reflector.ts"
import { secretNamed } from "./ports/kube/sources.ts"

/** What is known of the Secrets that peers name. Their values are never kept. */
export type ReferencedSecrets = {
  /** Follows these and no others from now on. */
  readonly seek: (names: ReadonlySet<string>) => void
  readonly facts: () => readonly SecretFacts[]
  /** Names of those that were read, whether they exist or not. */
  readonly sought: () => ReadonlySet<string>
  readonly reflectors: () => readonly (readonly [what: string, reflector: Reflector<unknown>])[]
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** A watch each: a router has a password, and a node few routers. Those beyond are not looked at, which means believed. */
const mostSecrets = 16

/** Follows Secrets one by one, by name, so that no other is ever read. BOUNDED: 16 watches. */
export const followReferencedSecrets = (edges: Edges, namespace: string, onChange: () => void): ReferencedSecrets => {
  const crew = createCrew()
  const followed = new Map<string, { readonly reflector: Reflector<SecretFacts>; readonly stop: () => void }>()

  const seek = (names: ReadonlySet<string>) => {
    const wanted = new Set([...names].sort().slice(0, mostSecrets))
    for (const [name, { stop }] of followed) {
      if (wanted.has(name)) continue
      stop()
      followed.delete(name)
    }
    for (const name of wanted) {
      if (followed.has(name)) continue
      const reflector = createReflector(secretNamed(namespace, name), edges, onChange, onChange)
      followed.set(name, { reflector, stop: crew.start(reflector.run) })
    }
  }
  return {
    seek,
    facts: () => [...followed.values()].flatMap(({ reflector }) => [...reflector.values()]),
    sought: () => new Set([...followed].flatMap(([name, { reflector }]) => (reflector.state().synced ? [name] : []))),
    reflectors: () => [...followed].map(([name, { reflector }]) => [`Secret ${name}`, reflector]),
    run: crew.run,
  }
}
