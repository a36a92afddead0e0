import type { ConfigObject } from "../configuration-parts.ts"
import type { Problem } from "../core/config/model.ts"
import { isTold, validConditionOf } from "../core/config/object-condition.ts"
import type { Edges } from "../edges.ts"
import { configReference } from "../object-reference.ts"
import type { Timer } from "../ports/clock.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { applyPatch, sendPatiently } from "../ports/kube/client.ts"
import { NotLeadingError } from "../ports/kube/leader-client.ts"
import { paths } from "../ports/kube/resources.ts"
import { createWorkQueue, type WorkResult } from "../ports/kube/work-queue.ts"
import { textOf } from "../ports/log.ts"

export type ObjectConditions = {
  /** What is wrong with the configuration now. */
  readonly tell: (problems: readonly Problem[]) => void
  /** Looks again whether each object says so. */
  readonly check: () => void
  readonly stop: () => void
}

/** A role that does not allow it is tried again so often: somebody may have widened it. */
const deniedFor = 600_000

/** Owns our condition and nothing else of the status, so that counters and quarantines are written beside it. */
const fieldManager = "metallb-controller-conditions"

/**
 * Keeps the condition Valid of each resource of the configuration: one request where its reason, its words or the generation that they are about
 * differ, one at a time. Where the role does not allow it (it is older than the agent), that is told once, and tried again every ten
 * minutes. BOUNDED: the objects.
 */
export const keepObjectConditions = (
  edges: Edges,
  namespace: string,
  objects: () => Iterable<ConfigObject>,
  acting: () => boolean,
): ObjectConditions => {
  const { client, clock, random } = edges
  const log = edges.log.from("controller/object-conditions")
  /** undefined until the configuration was judged. */
  let problems: readonly Problem[] | undefined
  /** Kinds whose status may not be written for now, and those of which that was told. BOUNDED: the kinds. */
  const denied = new Map<string, Timer>()
  const told = new Set<string>()

  const deny = (kind: string) => {
    denied.get(kind)?.cancel()
    const again = () => {
      denied.delete(kind)
      check()
    }
    denied.set(kind, clock.after(deniedFor, again))
  }

  const wantedOf = ({ kind, resource: { name, generation, told } }: ConfigObject, found: readonly Problem[]) =>
    validConditionOf(nameOf(kind, name), generation, found, {
      before: told === undefined ? [] : [told],
      now: clock.wall(),
    })

  const check = () => {
    if (problems === undefined || !acting()) return
    for (const object of objects()) {
      const { kind, resource } = object
      if (!denied.has(kind) && !isTold(resource.told, wantedOf(object, problems)))
        queue.add(nameOf(kind, resource.name))
    }
  }

  const work = async (key: string): Promise<WorkResult> => {
    const object = [...objects()].find(({ kind, resource }) => nameOf(kind, resource.name) === key)
    if (object === undefined || problems === undefined || !acting()) return "done"
    const { kind, resource, learn } = object
    if (denied.has(kind)) return "done"
    const condition = wantedOf(object, problems)
    const reference = configReference(key, namespace, resource.uid)
    if (isTold(resource.told, condition) || reference === undefined) return "done"
    const { apiVersion, kind: apiKind } = reference
    const metadata = { name: resource.name, namespace, uid: resource.uid }
    const body = JSON.stringify({ apiVersion, kind: apiKind, metadata, status: { conditions: [condition] } })
    const path = paths.configStatus(namespace, kind, resource.name)
    const query = { fieldManager, force: "true" }
    try {
      learn(
        await sendPatiently(client, { method: "PATCH", path, query, contentType: applyPatch, body }, { clock, random }),
      )
      told.delete(kind)
      return "done"
    } catch (error) {
      // It went away, or is another one of that name by now: the watch is about to say so.
      if (error instanceof NotLeadingError || isStatus(error, 404) || isStatus(error, 409)) return "done"
      if (!isStatus(error, 403)) {
        log.warn("condition not written", { object: key, error: textOf(error) })
        return { again: true }
      }
      if (!told.has(kind)) log.warn("conditions may not be written", { object: key, error: textOf(error) })
      told.add(kind)
      deny(kind)
      return "done"
    }
  }

  const queue = createWorkQueue({
    clock,
    random,
    concurrency: 1,
    work,
    onBug: bug => {
      throw bug
    },
  })

  return {
    tell: found => {
      problems = found
      check()
    },
    check,
    stop: () => {
      for (const timer of denied.values()) timer.cancel()
      queue.stop()
    },
  }
}

const nameOf = (kind: string, name: string): string => `${kind}/${name}`
