import type { Problem } from "../core/config/model.ts"
import { problemText } from "../core/config/problem.ts"
import { configReference } from "../object-reference.ts"
import type { EventNote, EventRecorder } from "../ports/kube/events.ts"

export type ObjectEvents = {
  readonly tellProblem: (problem: Problem) => void
  /** `uid` is looked up where it is not given; an event about an object that is gone is none. */
  readonly tell: (object: string, note: Omit<EventNote, "about">, uid?: string) => void
}

/** Events about objects of the configuration, named as problems name them: "ipaddresspool/public". */
export const createObjectEvents = (
  recorder: EventRecorder,
  namespace: string,
  uidOf: (object: string) => string,
): ObjectEvents => {
  const tell: ObjectEvents["tell"] = (object, note, uid = uidOf(object)) => {
    const about = configReference(object, namespace, uid)
    if (about !== undefined) recorder.record({ about, ...note })
  }
  return {
    tell,
    tellProblem: problem => {
      const message = `${problemText(problem)} [${problem.reason}]`
      tell(problem.object, { type: "Warning", reason: "ConfigurationProblem", message })
    },
  }
}
